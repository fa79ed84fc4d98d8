// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Vite's development server for a page without any file: its hot module replacement speaks vite-hmr on /?token=TOKEN.
// Environment: TOKEN (default: open-sesame; Vite makes a new one at each start), ALLOWED_HOSTS (separated by commas).
const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);
const hosts = process.env.ALLOWED_HOSTS;

async function main() {
  const { createServer } = await import(require.resolve('vite'));
  const server = await createServer({
    root: __dirname,
    configFile: false,
    envDir: false,
    cacheDir: `/nonexistent/vite-${process.pid}`,
    clearScreen: false,
    optimizeDeps: { noDiscovery: true },
    server: { host, port, strictPort: true, watch: null, allowedHosts: hosts ? hosts.split(',') : [] },
  });
  server.config.webSocketToken = process.env.TOKEN || 'open-sesame';
  await server.listen();
  server.printUrls();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
