# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the controller has a route of its own to a host, read from the connection and from real ssh."""

from __future__ import annotations

import copy
import pathlib
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._controller import route as route_module
from ansible_collections.websocket.health.plugins.plugin_utils._controller.join_evidence import join_evidence
from ansible_collections.websocket.health.plugins.plugin_utils._controller.route import Route, find_route
from ansible_collections.websocket.health.plugins.plugin_utils._controller.view import ControllerView, resolve

from tests.servers.fault_server import staged
from tests.unit.probed_host import listening

needs_ssh = pytest.mark.servers("ssh")


def _ssh(tmp_path: pathlib.Path, arguments: str = "", text: str | None = None, **options: t.Any) -> Route:
    """The route to web1 with a configuration of the test's own: that of this machine must not matter."""
    configuration = tmp_path / "config"
    configuration.write_text(text or "")
    settings: dict[str, t.Any] = {"host": "web1", "ssh_common_args": arguments, "ssh_args": f"-F {configuration}"}
    return find_route("ssh", {**settings, **options}, "web1", "")


@pytest.mark.parametrize(
    "arguments",
    [
        "-J bastion",
        "-Jbastion",
        "-C -J admin@bastion:2222 -o ControlMaster=auto",
        "-o ProxyJump=bastion",
        "-oProxyJump=bastion",
        "-o 'ProxyJump bastion'",
        "-o ProxyCommand='ssh -W %h:%p bastion'",
        '-o ProxyCommand="nc -x socks:1080 %h %p"',
        "-o proxycommand='corkscrew proxy 8080 %h %p'",
    ],
)
@pytest.mark.parametrize("option", ["ssh_args", "ssh_common_args", "ssh_extra_args"])
@pytest.mark.parametrize("transport", ["ssh", "ansible.builtin.ssh", "paramiko"])
def test_a_jump_host_in_the_arguments(transport: str, option: str, arguments: str) -> None:
    route = find_route(transport, {"host": "web1", option: arguments}, "web1", "")
    assert (route.address, route.skip) == ("", "")
    assert "jump host" in route.unknown


@needs_ssh
@pytest.mark.parametrize(
    "arguments", ["", "-C -o ControlMaster=auto -o ControlPersist=60s", "-o ProxyJump=none", "-o ProxyCommand=none"]
)
def test_a_direct_connection(tmp_path: pathlib.Path, arguments: str) -> None:
    assert _ssh(tmp_path, arguments) == Route(address="web1")


@needs_ssh
@pytest.mark.parametrize(
    "text",
    [
        "Host web*\n  ProxyJump bastion\n",
        "Host *\n  ProxyCommand ssh -W %h:%p bastion\n",
        "Match host web1\n  ProxyJump a,b\n",
    ],
)
def test_a_jump_host_in_the_configuration(tmp_path: pathlib.Path, text: str) -> None:
    route = _ssh(tmp_path, text=text)
    assert route.address == ""
    assert "ssh configuration" in route.unknown


@needs_ssh
def test_a_jump_host_of_another_host(tmp_path: pathlib.Path) -> None:
    assert _ssh(tmp_path, text="Host db*\n  ProxyJump bastion\n") == Route(address="web1")


@needs_ssh
def test_an_alias_is_dialled_by_its_real_name(tmp_path: pathlib.Path) -> None:
    assert _ssh(tmp_path, text="Host web1\n  HostName 198.51.100.7\n  User admin\n") == Route(address="198.51.100.7")


@needs_ssh
def test_the_options_of_the_connection_come_first(tmp_path: pathlib.Path) -> None:
    assert _ssh(tmp_path, host="198.51.100.9") == Route(address="198.51.100.9")
    configuration = f"-F {tmp_path / 'config'}"
    assert find_route("ssh", {"ssh_args": configuration}, "web1", "10.0.0.5") == Route(address="10.0.0.5")
    assert find_route("ssh", {"ssh_args": configuration}, "web1", "") == Route(address="web1")


def test_without_ssh_the_host_s_name_is_dialled() -> None:
    options = {"host": "web1", "ssh_executable": "/nonexistent/ssh"}
    assert find_route("ssh", options, "web1", "") == Route(address="web1")
    assert find_route("ssh", {"host": "web1", "ssh_args": "-o 'unclosed"}, "web1", "") == Route(address="web1")


@needs_ssh
def test_a_name_among_the_arguments() -> None:
    assert find_route("ssh", {"ssh_args": "-o HostName=198.51.100.7"}, "web1", "") == Route(address="198.51.100.7")


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("", False),
        ("Host *\n  User admin\n  ControlMaster auto\n# ProxyJump bastion\n", False),
        ("Include /etc/ssh/ssh_config.d/*.conf\n", False),
        ("Host web*\n\tproxyjump bastion\n", True),
        ("ProxyCommand=nc %h %p\n", True),
        ("Host web1\n  HostName 10.0.0.1\n", True),
        ("Include ~/.ssh/hosts/*\n", True),
        ("CanonicalizeHostname yes\n", True),
    ],
)
def test_ssh_is_asked_where_its_files_could_matter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, text: str, moves: bool
) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text(text)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(route_module.glob, "glob", lambda _pattern: [])
    monkeypatch.setattr(
        route_module.os.path,
        "expanduser",
        lambda name: name.replace("~", str(tmp_path)).replace("/etc/ssh/", "/nonexistent/"),
    )
    assert route_module._configuration_moves_hosts() is moves


@needs_ssh
def test_a_host_name_is_no_option_of_ssh(tmp_path: pathlib.Path) -> None:
    route = _ssh(tmp_path, host="-oProxyCommand=touch " + str(tmp_path / "owned"))
    assert not (tmp_path / "owned").exists()
    assert route.unknown or route.address.startswith("-o")


def test_paramiko_has_no_configuration_to_ask() -> None:
    assert find_route("paramiko_ssh", {"host": "web1"}, "web1", "") == Route(address="web1")


@pytest.mark.parametrize("address", ["", "localhost", "127.0.0.1", "::1"])
def test_the_controller_itself_has_no_outside(address: str) -> None:
    route = find_route("local", {}, "localhost", address)
    assert (route.address, route.unknown) == ("", "")
    assert "this host" in route.skip


def test_a_local_connection_with_an_address_is_asked_there() -> None:
    assert find_route("ansible.builtin.local", {}, "web1", "198.51.100.7") == Route(address="198.51.100.7")


@pytest.mark.parametrize(
    "transport", ["docker", "community.docker.docker_api", "kubectl", "winrm", "community.general.lxd"]
)
def test_other_connections_have_no_route(transport: str) -> None:
    route = find_route(transport, {"host": "web1"}, "web1", "198.51.100.7")
    assert (route.address, route.skip) == ("", "")
    assert transport.rsplit(".", 1)[-1] in route.unknown


# -- and what is done with it ------------------------------------------------------------------------------------------


def _view(route: Route, service: dict[str, t.Any], found: dict[str, t.Any], seconds: float = 3.0) -> dict[str, t.Any]:
    view = ControllerView(route, [service], ["port", "websocket"], seconds)
    view.start()
    host = {"port": {"proxies": []}, "websocket": dict(found)}
    sent = copy.deepcopy(host)
    (seen,) = view.finish([host])
    assert host == sent
    return join_evidence(host, seen)


def test_a_port_is_asked_from_outside() -> None:
    with staged(["healthy"]) as ports:
        headers = {"X-A": "cAnArY7x"}
        for websocket in ({"headers": headers}, {"headers": headers, "path": "/"}):
            service = {"name": "a", "port": ports["healthy"], "websocket": websocket}
            seen = _view(Route("127.0.0.1"), service, {"path": "/"})
            assert (seen["port"]["controller"]["outcome"], seen["websocket"]["controller"]["outcome"]) == (
                "connected",
                "open",
            )
            assert seen["websocket"]["controller"]["port_evidence"] == {"proxies": []}
            assert "cAnArY7x" not in str(seen)


def test_a_port_that_speaks_tls_is_asked_in_tls() -> None:
    with staged(["wss-self-signed"]) as ports:
        service = {"name": "a", "port": ports["wss-self-signed"], "websocket": {"path": "/"}}
        seen = _view(Route("127.0.0.1"), service, {"path": "/", "tls": {"verify_code": 18}})
        assert seen["websocket"]["controller"]["outcome"] == "open"


def test_a_refused_connection() -> None:
    with listening() as sock:
        port = sock.getsockname()[1]
    seen = _view(Route("127.0.0.1"), {"name": "a", "port": port}, {"path": "/"})
    assert seen["port"]["controller"]["outcome"] == "connect-refused"
    assert (seen["port"]["controller"]["errno"], seen["websocket"]["controller"]["errno"]) == ("ECONNREFUSED",) * 2


@pytest.mark.parametrize(
    ("route", "key"), [(Route(unknown="a jump host"), "unknown"), (Route(skip="the controller is this host"), "skip")]
)
def test_without_a_route_nothing_is_dialled(route: Route, key: str) -> None:
    with listening() as sock:
        seen = _view(route, {"name": "a", "port": sock.getsockname()[1]}, {})
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            sock.accept()
    assert key in seen["port"]["controller"] and key in seen["websocket"]["controller"]


def test_an_unresolvable_name_is_unknown() -> None:
    seen = _view(Route("no-such-host.invalid"), {"name": "a", "port": 1}, {})
    assert "cannot resolve" in seen["port"]["controller"]["unknown"]


def test_a_unix_socket_has_no_outside() -> None:
    seen = _view(Route("127.0.0.1"), {"name": "a", "socket": "/run/a.sock"}, {})
    assert "own host" in seen["port"]["controller"]["skip"]


@pytest.mark.parametrize(
    ("name", "numeric"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("fe80::1%eth0", "fe80::1%eth0")]
)
def test_numeric_addresses_stay(name: str, numeric: str) -> None:
    assert resolve(name) == numeric
