"""The ASGI application: portraits at ``/render``, health, figures."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Lifespan

from persona_render.studio import Studio
from persona_server.metrics import may_read


def create_app(studio: Studio, life: Lifespan[Starlette] | None = None) -> Starlette:
    """WebSocket at ``/render``, JSON at ``/healthz``, Prometheus' text at ``/metrics``.

    Whoever runs the application awaits the studio's ``start()`` before the first socket and its
    ``close()`` before the sockets are torn down.

    Args:
        life: does so, for servers that keep to ASGI's own beginning and end.
    """

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse(studio.health(), status_code=503 if studio.is_closing else 200)

    async def metrics(request: Request) -> Response:
        host = request.client.host if request.client else None
        token = studio.config.metrics_token
        if not may_read(token, request.headers.get("authorization", ""), host):
            return PlainTextResponse("Not for you.\n", 403)
        return PlainTextResponse(studio.metrics.render(), media_type="text/plain; version=0.0.4")

    return Starlette(
        routes=[
            WebSocketRoute("/render", studio.serve),
            Route("/healthz", health),
            Route("/metrics", metrics),
        ],
        lifespan=life,
    )
