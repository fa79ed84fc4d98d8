// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// GraphQL over the retired sub-protocol, which is named graphql-ws and spoken by subscriptions-transport-ws.
const http = require('http');
const { GraphQLObjectType, GraphQLSchema, GraphQLString, execute, subscribe } = require('graphql');
const { SubscriptionServer } = require('subscriptions-transport-ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { hello: { type: GraphQLString, resolve: () => 'world' } },
  }),
});

const server = http.createServer((request, response) => {
  response.writeHead(404);
  response.end();
});
SubscriptionServer.create(
  {
    schema,
    execute,
    subscribe,
    onConnect: () => console.log('client connected'),
    onDisconnect: () => console.log('client disconnected'),
  },
  { server, path: '/graphql' },
);

server.listen(port, host, () => console.log(`GraphQL subscription server listening on port ${port}`));
