# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options of a service, shared by the checklist and every probe."""

from __future__ import annotations

import textwrap

_OPTIONS = {
    "port": """
port:
  description:
    - TCP port that the service is expected to listen on, from 1 to 65535.
    - Mutually exclusive with O(socket).
  type: int
""",
    "socket": """
socket:
  description:
    - Path of the unix socket that the service is expected to listen on.
    - Mutually exclusive with O(port).
  type: path
""",
    "exposure": """
exposure:
  description:
    - Who is meant to reach the port.
    - V(direct) means that clients connect to it; V(proxied) that only a reverse proxy on the same host does;
      V(local) that only programs on the same host do.
    - With V(auto) a service counts as proxied if a reverse proxy on the host forwards to it, or may do so; otherwise nothing is assumed,
      and what the controller can reach is reported as it is.
  type: str
  choices: [auto, direct, proxied, local]
  default: auto
""",
    "process": """
process:
  description:
    - Which processes belong to the service. All options given must match.
    - If none is given, the owner of the port is used.
  type: dict
  suboptions:
    command:
      description: Regular expression to search for in the command line.
      type: str
    user:
      description: Name of the user that the process runs as.
      type: str
    unit:
      description: Name of the systemd unit that the process runs in, such as V(chat.service).
      type: str
    pidfile:
      description: File that contains the process ID.
      type: path
    min:
      description: Smallest number of instances. Workers of one master count as one instance.
      type: int
      default: 1
    max:
      description: Largest number of instances.
      type: int
""",
    "environment": """
environment:
  description:
    - Variables to check in the environment of the running process, in addition to the common ones.
  type: dict
  suboptions:
    expect:
      description: Variables and the values they must have.
      type: dict
    require:
      description: Variables that must be set. Their values never leave the host.
      type: list
      elements: str
    forbid:
      description: Variables that must not be set. Their values never leave the host.
      type: list
      elements: str
    file:
      description:
        - File with the declared variables.
        - By default C(.env) in the working directory of the process is used.
      type: path
""",
    "logs": """
logs:
  description:
    - Logs of the service.
    - If none is given, the files behind its standard output and error, other log files it has open, or the
      journal of its unit are read.
  type: list
  elements: dict
  suboptions:
    path:
      description:
        - Path of a log file; may be a glob. Rotated and compressed versions are read as well.
        - Mutually exclusive with O(logs[].unit); one of the two is required.
      type: path
    unit:
      description: Name of a systemd unit whose journal is read.
      type: str
    ready:
      description: Regular expression of the start-up line. A group named V(port) is compared with the service's port.
      type: str
    websocket:
      description: Regular expression of the line that says that the WebSocket server is ready.
      type: str
""",
    "websocket": """
websocket:
  description:
    - How the WebSocket is tested.
  type: dict
  suboptions:
    path:
      description:
        - Path of the WebSocket, including the query.
        - If none is given, the path of O(public_url) and then well-known ones are tried.
      type: str
    dialect:
      description:
        - Protocol of the messages on the WebSocket. With V(auto) it is recognised by the greeting or the selected sub-protocol.
        - "Others: V(echo), V(socketio), V(socketio2), V(sockjs), V(graphql-transport-ws), V(graphql-ws), V(stomp),
          V(mqtt), V(actioncable), V(signalr), V(phoenix), V(jsonrpc), V(wamp), V(xmpp), V(pusher), V(home-assistant), V(vite-hmr),
          V(ddp)."
      type: str
      default: auto
    origin:
      description:
        - Origin of the page that opens the WebSocket, such as V(https://chat.example.com).
        - By default that of the host that is connected to. The handshake is also tried without any Origin.
      type: str
    subprotocols:
      description: Sub-protocols to offer.
      type: list
      elements: str
    headers:
      description:
        - Headers to send with the handshake, such as C(Authorization).
        - Their values are sent to the host inside the module's payload, and appear in no log and no report.
      type: dict
    send:
      description:
        - Text message to send after the handshake. Without it only what the dialect defines is sent.
        - "In V(echo) and V(sockjs) it is the message; V(actioncable) (a C(subscribe) command), V(wamp) (HELLO), V(xmpp)
          (C(<open/>)) and V(home-assistant) (C(auth)) use it in their own exchange. In every other dialect it is sent as it is once
          that is done. V(mqtt) refuses it: its messages are binary."
      type: str
    expect:
      description:
        - Regular expression that the answer to O(websocket.send) must match. By default V(echo) and V(sockjs) expect the same text, and
          other dialects any answer.
      type: str
    hold:
      description:
        - Seconds to hold the connection idle after the exchange; then a ping shows whether it still works.
        - Held on the host, through its proxy, and from the controller at the port and at C(public_url). The deadline has to be longer.
      type: int
      default: 0
    reveal:
      description:
        - Shows names of unpublished sub-protocols, what is sent and expected, and the content of messages. By default
          only their kind and size are reported, and they stay on the host, since browser applications hide tokens in them.
      type: bool
      default: false
""",
    "public_url": """
public_url:
  description:
    - URL that clients use, such as V(wss://chat.example.com/ws).
    - Its host is sent as Host and Origin, its path is the first one tried.
  type: str
""",
    "tls": """
tls:
  description:
    - How the certificates are judged if TLS is terminated on the host, at the port of the service or at that of O(public_url).
  type: dict
  suboptions:
    ca_path:
      description: File on the host with CA certificates to trust in addition to the system's store, in PEM format.
      type: path
    min_days:
      description: Days for which a certificate must still be valid. Fewer are a warning.
      type: int
      default: 21
""",
    "proxy": """
proxy:
  description:
    - The reverse proxy on the host, in front of the service. By default every proxy that listens on the host is examined.
  type: dict
  suboptions:
    kind:
      description:
        - Which kind of proxy is examined. With V(none) no proxy is.
        - The configurations of these kinds are read. Other proxies are judged by the answer to a handshake through them.
      type: str
      choices: [auto, nginx, apache, haproxy, caddy, none]
      default: auto
    config:
      description: Its main configuration file, if that is neither the one on its command line nor the built-in one.
      type: path
    dump:
      description:
        - Lets the proxy's own binary print and test its configuration (C(nginx -T), C(httpd -t -D DUMP_CONFIG), C(haproxy -c),
          C(caddy adapt)), as the user who runs the probe. By default the files are read as data and no program is involved.
        - That executes what the files say. Modules and scripts that they name are loaded; nginx creates log files and
          directories and changes their owners.
        - As root it is done only if only root can change the binary and every file that it would read or load,
          and all directories above them.
      type: bool
      default: false
""",
    "capture": """
capture:
  description:
    - How much is captured.
  type: dict
  suboptions:
    seconds:
      description: Seconds for which the capture runs.
      type: float
      default: 3.0
    packets:
      description: Packets after which it ends earlier.
      type: int
      default: 500
    snaplen:
      description: Bytes of each packet that are captured.
      type: int
      default: 2048
    pcap:
      description: Whether the packets themselves are returned, for other tools. They are not redacted.
      type: bool
      default: false
""",
    "frontend": """
frontend:
  description:
    - The page that opens the WebSocket.
  type: dict
  suboptions:
    url:
      description:
        - URL of the page, such as V(https://chat.example.com/). The machine that runs Ansible fetches it with its scripts, once per run.
        - A browser there also opens it, unless O(frontend.browser=false). See M(websocket.health.browser_probe).
      type: str
    root:
      description: Directory on the host that the built front end is served from. All scripts below it are read, except those in C(node_modules).
      type: path
    browser:
      description: Whether the checklist opens the page in a browser.
      type: bool
      default: true
""",
    "chromium": """
chromium:
  description:
    - The browser that opens O(frontend.url).
  type: dict
  suboptions:
    path:
      description:
        - The program. By default the first of C(chromium), C(chromium-browser), C(google-chrome) and others that is found.
      type: path
    where:
      description:
        - With V(controller), the machine that runs Ansible opens the page once per run. With V(host), each service's host (that of the task,
          or the one that it is delegated to) opens it.
      type: str
      choices: [controller, host]
      default: controller
    arguments:
      description:
        - Additional command line arguments, such as C(--proxy-server=…) or C(--host-resolver-rules=…).
      type: list
      elements: str
    user:
      description:
        - The user that runs the browser if root starts it. It never runs as root.
        - Use an unprivileged user that runs nothing else; other programs of the same user could read and stop the browser.
        - If a user other than root starts it, it runs as that user, and this has no effect.
      type: str
      default: nobody
    stay:
      description:
        - Seconds to watch the page once it is loaded.
        - If WebSockets are still being opened then, it waits up to five seconds more.
      type: float
      default: 3.0
    screenshot:
      description:
        - Whether the evidence of M(websocket.health.browser_probe) includes a screenshot of the page.
        - It is not redacted, and shows what the page shows.
        - Has no effect in the checklist.
      type: bool
      default: false
""",
    "electron": """
electron:
  description:
    - An Electron app on the host that uses the service. Its scripts are read, not run.
  type: dict
  suboptions:
    path:
      description:
        - Path of the app, its archive (C(app.asar)), its unpacked directory, or the directory that it is installed in.
      type: path
""",
}

_RUN = """
options:
  deadline:
    description:
      - Seconds that all checks together may take on the host. One absolute deadline covers connections,
        handshakes, every read and every close.
    type: float
    default: 30.0
  skip:
    description: Check ids to leave out; may be globs such as V(log.*). A subject with all its checks left out is not probed.
    type: list
    elements: str
  only:
    description: Check ids to keep; may be globs. By default all.
    type: list
    elements: str
  payload:
    description:
      - Filled in by the action plugin; leave it out. It contains the services, the code that probes them and websocket-client,
        which are used from memory on the host.
    type: str
"""


def _options(*names: str) -> str:
    text = "".join(_OPTIONS[name].lstrip("\n") for name in names)
    return "options:\n" + textwrap.indent(text, "  ")


def _services() -> str:
    name = """
name:
  description: Name of the service, unique on its host.
  type: str
  required: true
"""
    # Inside services the other options are suboptions, and are referred to by their full path.
    # A capture is an option of its probe alone.
    options = {option: text for option, text in _OPTIONS.items() if option != "capture"}
    body = textwrap.indent(name.lstrip("\n") + "".join(text.lstrip("\n") for text in options.values()), "      ")
    for option in options:
        body = body.replace("O(%s)" % option, "O(services[].%s)" % option)
        body = body.replace("O(%s." % option, "O(services[].%s." % option).replace(
            "O(%s[]" % option, "O(services[].%s[]" % option
        )
    return (
        "options:\n  services:\n    description:\n"
        "      - The WebSocket back ends of the host. Only V(name) and one of V(port) and V(socket) are required.\n"
        "    type: list\n    elements: dict\n    required: true\n    suboptions:\n" + body
    )


class ModuleDocFragment:
    """Fragments by the name of the option.

    Annotated, because ansible-test takes a plain assignment for a literal and stops at a call.
    """

    PORT: str = _options("port", "socket")
    EXPOSURE: str = _options("exposure")
    PROCESS: str = _options("process")
    ENVIRONMENT: str = _options("environment")
    LOGS: str = _options("logs")
    WEBSOCKET: str = _options("websocket")
    URL: str = _options("public_url", "tls")
    TLS: str = _options("public_url", "tls")
    PUBLIC_URL: str = _options("public_url")
    PROXY: str = _options("public_url", "proxy")
    ELECTRON: str = _options("electron")
    CAPTURE: str = _options("capture")
    FRONTEND: str = _options("frontend")
    BROWSER: str = _options("frontend", "chromium")
    SERVICES: str = _services()
    RUN: str = _RUN
    FAIL_ON = """
options:
  fail_on:
    description:
      - Which status fails the task. The result is returned in full either way.
      - V(fail) fails on checks that fail, V(warn) on warnings too, V(never) never.
      - A probe that could observe nothing of what was requested fails as well, unless this is V(never).
    type: str
    choices: [fail, warn, never]
    default: fail
"""
