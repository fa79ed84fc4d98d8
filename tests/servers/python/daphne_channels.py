# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Django Channels under Daphne: an echo consumer on /ws/. Run as `daphne -b HOST -p PORT daphne_channels:application`.

CHECK_ORIGIN=1 puts the AllowedHostsOriginValidator before it, as Channels' tutorial does.
"""

from __future__ import annotations

import os

import django
from channels.generic.websocket import WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    DEBUG=False,
    SECRET_KEY="only-for-tests",
    ALLOWED_HOSTS=["localhost", "127.0.0.1", "chat.example.com"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[],
)
django.setup()


def index(request: HttpRequest) -> HttpResponse:
    """Answer plain HTTP."""
    return HttpResponse("chat")


urlpatterns = [path("", index)]


class Echo(WebsocketConsumer):
    """Sends every message back."""

    def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Handle one message."""
        self.send(text_data=text_data, bytes_data=bytes_data)


websocket = URLRouter([path("ws/", Echo.as_asgi())])
if os.environ.get("CHECK_ORIGIN") == "1":
    websocket = AllowedHostsOriginValidator(websocket)

application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": websocket})
