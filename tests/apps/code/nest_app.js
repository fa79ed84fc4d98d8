// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// NestJS's gateway with its WsAdapter, compiled by hand: https://docs.nestjs.com/websockets/adapter
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { WsAdapter } = require('@nestjs/platform-ws');
const { WebSocketGateway, SubscribeMessage } = require('@nestjs/websockets');

class EventsGateway {
  handleEvent(client, data) {
    return { event: 'events', data };
  }
}
SubscribeMessage('events')(
  EventsGateway.prototype,
  'handleEvent',
  Object.getOwnPropertyDescriptor(EventsGateway.prototype, 'handleEvent'),
);
WebSocketGateway({ path: '/events' })(EventsGateway);

class AppModule {}
Module({ providers: [EventsGateway] })(AppModule);

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(process.env.PORT, process.env.HOST);
}
bootstrap();
