"""The real signaling server on a free loopback port, in a thread of its own."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from persona_server.config import ServerConfig
from persona_server.serving import SignalingServer

PATIENCE_S = 20.0


class RunningServer:
    """Serves inside a ``with`` block; can be stopped and started again on the same port."""

    def __init__(self, config: ServerConfig | None = None, site: Path | None = None) -> None:
        self._config = replace(config or ServerConfig(), port=0)
        self._site = site
        self._server: SignalingServer | None = None
        self._thread: threading.Thread | None = None
        self.address = ""

    @property
    def signal_url(self) -> str:
        return self.address.replace("http:", "ws:") + "signal"

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://").rstrip("/")

    def start(self) -> None:
        ready = threading.Event()

        def on_ready(address: str) -> None:
            self.address = address
            ready.set()

        server = SignalingServer(self._config, self._site, on_ready)
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
