"""The ASGI application: signaling, health, and the static site if there is one to serve."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from persona_server.config import ServerConfig
from persona_server.hub import Hub
from persona_server.metrics import may_read
from persona_server.site import StaticSite


def create_app(config: ServerConfig, site: Path | None = None) -> Starlette:
    """WebSocket at ``/signal``, JSON at ``/healthz``, Prometheus' text at ``/metrics``, the
    folder ``site`` at ``/``.

    The hub is at ``app.state.hub``; whoever runs the application awaits its ``start()`` before
    the first socket and its ``close()`` before the sockets are torn down.
    """
    hub = Hub(config)

    async def health(_request: Request) -> JSONResponse:
        found = hub.health()
        return JSONResponse(found, status_code=200 if found["status"] == "ok" else 503)

    async def metrics(request: Request) -> Response:
        host = request.client.host if request.client else None
        if not may_read(config.metrics_token, request.headers.get("authorization", ""), host):
            return PlainTextResponse("Not for you.\n", 403)
        return PlainTextResponse(hub.metrics.render(), media_type="text/plain; version=0.0.4")

    routes: list[BaseRoute] = [
        WebSocketRoute("/signal", hub.serve),
        Route("/healthz", health),
        Route("/metrics", metrics),
    ]
    if site is not None:
        routes.append(Mount("/", StaticSite(site)))
    app = Starlette(routes=routes)
    app.state.hub = hub
    return app
