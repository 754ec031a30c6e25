"""Our real servers on free loopback ports, each in a thread of its own."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from persona_render.config import RenderConfig
from persona_render.engines.engine import Engine
from persona_render.serving import RenderServer
from persona_server.config import ServerConfig
from persona_server.serving import GuardedServer, SignalingServer

PATIENCE_S = 20.0

Config = TypeVar("Config", ServerConfig, RenderConfig)
Server = TypeVar("Server", bound=GuardedServer)


class _Running(ABC, Generic[Config, Server]):
    """Serves inside a ``with`` block; can be stopped and started again on the same port."""

    def __init__(self, config: Config) -> None:
        self._config: Config = replace(config, port=0)
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self.address = ""

    @abstractmethod
    def _make(self, config: Config, on_ready: Callable[[str], None]) -> Server: ...

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://").rstrip("/")

    def start(self) -> None:
        ready = threading.Event()

        def on_ready(address: str) -> None:
            self.address = address
            ready.set()

        server = self._make(self._config, on_ready)
        listener = server.listen()
        self._config = replace(self._config, port=listener.getsockname()[1])
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert ready.wait(PATIENCE_S), "the server did not start"
        self._server, self._thread = server, thread

    def stop(self) -> None:
        """Ends the server as SIGTERM does, and waits until it is gone."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is not None and thread is not None:
            server.should_exit = True
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "the server did not stop"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class RunningServer(_Running[ServerConfig, SignalingServer]):
    """The signaling server."""

    def __init__(self, config: ServerConfig | None = None, site: Path | None = None) -> None:
        super().__init__(config or ServerConfig())
        self._site = site

    def _make(self, config: ServerConfig, on_ready: Callable[[str], None]) -> SignalingServer:
        return SignalingServer(config, self._site, on_ready)

    @property
    def signal_url(self) -> str:
        return self.address.replace("http:", "ws:") + "signal"


class RunningRenderServer(_Running[RenderConfig, RenderServer]):
    """The render server; ends its engine when it stops."""

    def __init__(self, engine: Callable[[], Engine], config: RenderConfig | None = None) -> None:
        super().__init__(config or RenderConfig())
        self._engine = engine

    def _make(self, config: RenderConfig, on_ready: Callable[[str], None]) -> RenderServer:
        return RenderServer(config, self._engine(), on_ready)

    @property
    def server(self) -> RenderServer:
        assert self._server is not None
        return self._server

    @property
    def url(self) -> str:
        return self.address.replace("http:", "ws:") + "render"
