// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// GraphQL over the present sub-protocol, graphql-transport-ws, by the package confusingly named graphql-ws.
const { GraphQLObjectType, GraphQLSchema, GraphQLString } = require('graphql');
const { useServer } = require('graphql-ws/use/ws');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const greetings = async function* () {
  for (const hello of ['Hi', 'Bonjour', 'Hola']) yield { hello };
};
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { hello: { type: GraphQLString, resolve: () => 'world' } },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: { hello: { type: GraphQLString, subscribe: greetings } },
  }),
});

const wss = new WebSocketServer({ host, port, path: '/graphql' }, () => {
  console.log(`GraphQL WebSocket server listening on port ${port}`);
});
// useServer logs the server's errors and goes on; without this, a taken port would end in exit code 0
wss.on('error', () => {
  process.exitCode = 1;
});
useServer(
  {
    schema,
    onConnect: () => console.log('client connected'),
    onDisconnect: (context, code) => console.log(`client disconnected code=${code}`),
  },
  wss,
);
