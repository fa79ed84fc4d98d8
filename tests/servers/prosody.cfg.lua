-- Copyright (c) 2026, websocket.health contributors
-- SPDX-License-Identifier: GPL-3.0-or-later
-- XMPP over WebSocket by Prosody on HOST and PORT, path /xmpp-websocket; it keeps all in memory.
-- Environment:
--   DOMAIN (default: localhost): the one it serves
--   REQUIRE_ENCRYPTION=1: clients must be encrypted, and over plain HTTP none is; unless
--   SECURE=1: a proxy has seen to it (consider_websocket_secure)

run_as_root = true
daemonize = false
data_path = "."
certificates = "."
modules_enabled = { "http", "websocket", "saslauth", "roster", "disco", "ping" }
modules_disabled = { "s2s", "posix" }
authentication = "anonymous"
storage = "memory"
c2s_ports = { }
c2s_direct_tls_ports = { }
http_ports = { ENV_PORT }
http_interfaces = { ENV_HOST or "127.0.0.1" }
https_ports = { }
http_default_host = ENV_DOMAIN or "localhost"
c2s_require_encryption = ENV_REQUIRE_ENCRYPTION == "1"
consider_websocket_secure = ENV_SECURE == "1"
log = { info = "*console" }

VirtualHost(ENV_DOMAIN or "localhost")
