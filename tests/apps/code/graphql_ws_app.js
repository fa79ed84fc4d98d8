// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// graphql-ws' recipe "With ws": https://the-guild.dev/graphql/ws/get-started
const { WebSocketServer } = require('ws');
const { useServer } = require('graphql-ws/use/ws');
const { buildSchema } = require('graphql');

const schema = buildSchema('type Query { hello: String } type Subscription { greetings: String }');
const server = new WebSocketServer({ port: Number(process.env.PORT), host: process.env.HOST, path: '/graphql' });

useServer({ schema, roots: { query: { hello: () => 'world' } } }, server);
console.log('Listening to port ' + process.env.PORT);
