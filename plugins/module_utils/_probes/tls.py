# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Where TLS ends on this host for a service, and what a client sees there: protocol, certificates, demands.

It ends at the service's own port (``own``), or at the port that clients dial (``edge``) if something else listens
there. The code that opens sessions is imported when something answers in TLS, and not before.
"""

from __future__ import annotations

import importlib
import typing as t

from .._protocol.client import endpoints_of, spoken
from .._protocol.handshake import Request
from .._protocol.plain_http import get
from .._protocol.recording_socket import Endpoint
from .._protocol.web_url import WebUrl, web_url
from .._run.context import Context
from .._run.evidence import add_gap, new_evidence, os_reason
from .._system.local_address import resolving

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.service import Service
    from .._evidence.tls import Place, Session, Tls, Verified

#: Seconds that the WebSocket probe gets to find out what the own port speaks, and that one question may take.
_TOLD, _PATIENCE = 1.0, 2.0
#: Seconds that the resolver may take.
_RESOLVE = 1.5


def probe(service: Service, context: Context) -> Tls:
    """Find where TLS ends, and open sessions there.

    :param service: one entry of websocket_health_services.
    :returns: ``name`` that clients ask for, ``dialled`` (scheme, host and port of the public URL, or None), ``own``
        and ``edge`` (``endpoint``, ``speaks``: tls, plain, closed, unknown; None: there is none), ``addresses`` of the
        name, each with whether it is ``local``, ``stores`` of trusted roots, ``sessions`` (see tls_session.py; ``role``
        own or edge, ``asks`` for the name, none, or one that no site serves, ``verified`` against each store), ``clock``.
    """
    evidence = new_evidence("tls", clock=int(context.now()), name="", dialled=None, own=None, edge=None)
    evidence.update({"addresses": None, "stores": [], "sessions": []})
    return _Looking(service, context, evidence).look()


class _Looking:
    """One service, looked at once."""

    def __init__(self, service: Service, context: Context, evidence: Tls) -> None:
        self.service = service
        self.context = context
        self.evidence = evidence
        self.deadline = context.deadline.within(max(1.0, 0.5 * context.deadline.seconds))
        self.url = _url(service)
        self._stores: list[t.Any] | None = None

    def look(self) -> Tls:
        url, evidence = self.url, self.evidence
        if url is not None:
            evidence["name"] = url.host
            evidence["dialled"] = {"scheme": url.scheme, "host": url.host, "port": url.port}
        edge, addresses = self._edge_endpoint(), None
        if url is not None and (edge is not None or url.port == self.service.get("port")):
            addresses = resolving(url.host)
        if edge is not None:
            self._ask("edge", edge, variants=True)
        own = self._own()
        if own is not None:
            # Behind a TLS edge no client verifies it: one session is enough.
            behind = (evidence["edge"] or {}).get("speaks") == "tls"
            self._ask("own", own, variants=not behind)
        if addresses is not None:
            evidence["addresses"] = addresses(_RESOLVE)
        return evidence

    # Where.

    def _own(self) -> Endpoint | None:
        """The service's own port, if it speaks TLS or may."""
        if not (self.service.get("port") or self.service.get("socket")):
            return None
        told = self.context.told(self.service, "spoken", _TOLD)
        if told in ("plain", "closed"):
            self.evidence["own"] = {"endpoint": self._target(), "speaks": told}
            return None
        endpoints = endpoints_of(self.service, self.context.found(self.service).on_port)
        speaks = told or "closed"
        for endpoint in endpoints if not told else ():
            speaks = self._spoken(endpoint)
            if speaks != "closed":
                endpoints = [endpoint]
                break
        self.evidence["own"] = {"endpoint": str(endpoints[0]), "speaks": "unknown" if speaks == "maybe" else speaks}
        return endpoints[0] if speaks in ("tls", "maybe") else None

    def _target(self) -> str:
        return self.service.get("socket") or "port %s" % self.service.get("port")

    def _edge_endpoint(self) -> Endpoint | None:
        """Where something other than the service listens on the port that clients dial."""
        url = self.url
        if url is None or url.port == self.service.get("port") or (not url.secure and url.port == 80):
            return None
        listeners = [row for row in self.context.system.listeners if row.port == url.port and row.netns == "host"]
        self.evidence["edge"] = {"endpoint": "port %d" % url.port, "speaks": "closed", "owners": []}
        if not listeners:
            return None
        endpoint = endpoints_of({"port": url.port}, listeners)[0]
        names = {self._name_of(pid) for row in listeners for pid in row.pids[:2]} - {""}
        speaks = "maybe" if url.secure else self._spoken(endpoint)
        self.evidence["edge"] = {"endpoint": str(endpoint), "owners": sorted(names), "speaks": speaks}
        return endpoint if speaks == "maybe" else None

    def _name_of(self, pid: int) -> str:
        process = self.context.system.processes.get(pid)
        return process.name if process is not None else ""

    def _spoken(self, endpoint: Endpoint) -> str:
        """What a port speaks, tried without TLS: a server that speaks no TLS logs an error for clients that start with it."""
        host = self.url.authority if self.url is not None else str(endpoint)
        request = Request(path="/", host=host)
        return spoken(get(endpoint, request, self.deadline.within(_PATIENCE), self.context.redactor))

    # What.

    def _ask(self, role: t.Literal["own", "edge"], endpoint: Endpoint, variants: bool) -> None:
        """Open the session that clients open, and what else there is to know about it."""
        library = importlib.import_module(__name__.rsplit(".", 2)[0] + "._protocol.tls_session")
        name = self.url.host if self.url is not None else ""
        path, host = (self.url.path, self.url.authority) if self.url is not None else ("/", str(endpoint))
        main: Session = library.open_session(endpoint, name, self.deadline, _PATIENCE, path, host)
        self._add(role, "name" if main["sni"] else "none", main)
        place = t.cast("Place", self.evidence[role])
        if not main["spoke"]:
            if place["speaks"] == "maybe":
                place["speaks"] = self._spoken(endpoint).replace("maybe", "unknown")
            return
        place["speaks"] = "tls"
        main["verified"] = []
        if not variants:
            return
        if main["outcome"] == "established":
            stores = self._trusted(library)
            main["verified"] = [library.verify(endpoint, name, self.deadline, store, _PATIENCE) for store in stores]
            self._name_organizations(library, stores, main["verified"])
        self._ask_otherwise(library, role, endpoint, name, main)
        if main["sni"]:
            self._add(role, "none", library.open_session(endpoint, "", self.deadline, _PATIENCE))
            self._add(role, "nobody", library.open_session(endpoint, library.NOBODY, self.deadline, _PATIENCE))

    def _ask_otherwise(
        self, library: t.Any, role: t.Literal["own", "edge"], endpoint: Endpoint, name: str, main: Session
    ) -> None:
        """Open what only another client gets, where something speaks for one: what flips tells the cause."""
        clients = {
            "h2": main.get("alert") == library.NO_APPLICATION_PROTOCOL,
            "rsa": library.has_edwards_key(main["chain"]),
            "browser": main.get("protocol") == "TLSv1.2" and main.get("cipher") not in library.BROWSERS_CIPHERS,
        }
        for client in [client for client, speaks_for in clients.items() if speaks_for]:
            self._add(role, client, library.open_otherwise(endpoint, name, self.deadline, client, _PATIENCE))

    def _name_organizations(self, library: t.Any, stores: list[t.Any], verified: list[Verified]) -> None:
        """The organizations of the system's roots, where a chain reaches no root: its issuer may be of one of them."""
        if any(row["code"] not in library.ISSUER_NOT_FOUND for row in verified):
            return
        for store in stores:
            if store.name == "system":
                self.evidence["stores"][0]["organizations"] = library.organizations(store)

    def _add(self, role: str, asks: str, session: Session) -> None:
        session.update({"role": role, "asks": asks})
        if asks != "name" and self.evidence["sessions"] and session["chain"]:
            # Only which certificate it is matters; whole chains would travel three times.
            session["chain"] = session["chain"][:1]
        self.evidence["sessions"].append(session)

    def _trusted(self, library: t.Any) -> list[t.Any]:
        """The stores to verify against: the host's own, and that of the inventory."""
        if self._stores is None:
            self._stores = []
            system = library.system_store()
            if system is not None:
                self._stores.append(system)
            self.evidence["stores"].append({"name": "system", "usable": system is not None})
            path = (self.service.get("tls") or {}).get("ca_path")
            if path:
                self._add_file(library, path)
        return self._stores

    def _add_file(self, library: t.Any, path: str) -> None:
        try:
            store, certificates = library.file_store(path)
        except OSError as error:
            reason = (
                os_reason(error) if type(error).__name__ != "SSLError" else "it contains no certificate in PEM format"
            )
            add_gap(
                self.evidence,
                "ca_path",
                "tls.ca_path %s: %s" % (path, reason),
                "set it to a file on the host with CA certificates in PEM format",
            )
            self.evidence["stores"].append({"name": "ca_path", "path": path, "usable": False})
            return
        t.cast(t.List[t.Any], self._stores).append(store)
        self.evidence["stores"].append({"name": "ca_path", "path": path, "usable": True, "certificates": certificates})


def _url(service: Service) -> WebUrl | None:
    try:
        return web_url(service.get("public_url") or "")
    except ValueError:
        return None
