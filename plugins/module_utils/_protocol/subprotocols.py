# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which names of sub-protocols may be shown. Browsers can send no header of their own with a handshake, so applications hide
tokens among the sub-protocols: an unpublished name may be one."""

from __future__ import annotations

import re

#: Names of the registry (https://www.iana.org/assignments/websocket/websocket.xml#subprotocol-name), compared in lower case.
_REGISTERED = """
    mbws.huawei.com mblws.huawei.com soap wamp wamp.2.json wamp.2.msgpack v10.stomp v11.stomp v12.stomp ocpp1.2 ocpp1.5
    ocpp1.6 ocpp2.0 ocpp2.0.1 ocpp2.1 rfb sip notificationchannel-netapi-rest.openmobilealliance.org wpcp amqp mqtt jsflow
    rwpcp xmpp ship mielecloudconnect v10.pcp.sap.com msrp v1.saltyrtc.org tlcp-2.0.0.lightstreamer.com
    tlcp-2.1.0.lightstreamer.com tlcp-2.2.0.lightstreamer.com tlcp-2.3.0.lightstreamer.com tlcp-2.4.0.lightstreamer.com
    tlcp-2.5.0.lightstreamer.com bfcp sldp.softvelum.com opcua+uacp opcua+uajson v1.swindon-lattice+json v1.usp
    mles-websocket coap sqlnet.oracle.com onem2m.r2.0.json onem2m.r2.0.xml onem2m.r2.0.cbor
"""
#: Names that the documentation of widespread software publishes, and the one of the probes' own.
_PUBLISHED = """
    graphql-ws graphql-transport-ws actioncable-v1-json actioncable-unsupported mqttv3.1 mqttv3.1.1 wamp.2.cbor
    wamp.2.json.batched wamp.2.msgpack.batched vite-hmr vite-ping webpack-hmr json.webpubsub.azure.v1
    json.reliable.webpubsub.azure.v1 binary base64 janus-protocol jsonrpc-2.0 v1.kernel.websocket.jupyter.org
    channel.k8s.io v4.channel.k8s.io v5.channel.k8s.io base64.channel.k8s.io v4.base64.channel.k8s.io signalr messagepack
    wshealth.nobody
"""
PUBLIC = frozenset((_REGISTERED + _PUBLISHED).split())
#: What stands in the place of others.
_TOLD = re.compile(r"\[[0-9]{1,6} characters\]|\[redacted\]")


def is_public(name: str) -> bool:
    """Whether a sub-protocol's name is published, and so no secret."""
    return name.strip().lower() in PUBLIC


def shown(name: str) -> str:
    """A sub-protocol's name as it may be sent: of an unpublished one only the length.

    What has been shown once stays as it is.
    """
    name = name.strip()
    known = not name or is_public(name) or _TOLD.fullmatch(name) is not None
    return name if known else "[%d characters]" % len(name)
