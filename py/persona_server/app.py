"""The ASGI application: signaling, health, and the static site if there is one to serve."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from persona_server.config import ServerConfig
from persona_server.hub import Hub
from persona_server.site import Site


def create_app(config: ServerConfig, site: Path | None = None) -> Starlette:
    """WebSocket at ``/signal``, JSON at ``/healthz``, the folder ``site`` at ``/``.

    The hub is at ``app.state.hub``; whoever runs the application calls its ``close()`` before
    the sockets are torn down.
    """
    hub = Hub(config)

    async def health(_request: Request) -> JSONResponse:
        found = hub.health()
        return JSONResponse(found, status_code=200 if found["status"] == "ok" else 503)

    routes: list[BaseRoute] = [WebSocketRoute("/signal", hub.serve), Route("/healthz", health)]
    if site is not None:
        routes.append(Mount("/", Site(site)))
    app = Starlette(routes=routes)
    app.state.hub = hub
    return app
