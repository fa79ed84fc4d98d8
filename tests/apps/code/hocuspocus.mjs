// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Hocuspocus' getting started: https://tiptap.dev/docs/hocuspocus/getting-started/overview
import { Server } from '@hocuspocus/server';

const server = new Server({ name: 'hocuspocus-fra1-01', port: Number(process.env.PORT), address: process.env.HOST, timeout: 30000 });

server.listen();
