"""``python -m persona_server``: the signaling server, with the site if a folder is given."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import replace
from pathlib import Path

from persona_core.errors import PersonaError
from persona_server import journal
from persona_server.config import ServerConfig
from persona_server.serving import SignalingServer


def main(arguments: list[str] | None = None) -> int:
    """Serves until Ctrl-C or SIGTERM. Returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        config = ServerConfig.from_env()
        config = replace(
            config,
            host=config.host if options.host is None else options.host,
            port=config.port if options.port is None else options.port,
        )
        if options.site is not None and not options.site.is_dir():
            raise PersonaError(f"{options.site} is not a folder", code="no-site")
        journal.write_to(sys.stderr, config.log_level)
        server = SignalingServer(config, options.site, on_ready=_announce)
        listener = server.listen()
    except PersonaError as error:
        sys.stderr.write(_sentence(error) + "\n")
        return 1
    # Uvicorn raises the signal again after a clean end; by then it has done its work.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server.run(sockets=[listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m persona_server",
        description="Signaling for VirtualPersona calls: WebSocket at /signal, health at /healthz.",
        epilog="Everything else is set by environment variables named VP_...; "
        "persona_server/config.py lists them.",
    )
    parser.add_argument("--host", help="address to listen on (default: VP_HOST or 127.0.0.1)")
    parser.add_argument("--port", type=int, help="0 picks a free one (default: VP_PORT or 8000)")
    parser.add_argument("--site", type=Path, help="folder of the built site, served at /")
    return parser


def _announce(address: str) -> None:
    sys.stdout.write(f"VirtualPersona is at {address}\n")
    sys.stdout.flush()


def _sentence(error: PersonaError) -> str:
    match error.code:
        case "port-in-use":
            return f"The port is in use ({error.detail}). Choose another with --port, or 0 for any."
        case "cannot-listen":
            return f"Cannot listen there ({error.detail}). Check --host and --port."
        case _:
            return f"Cannot start: {error.detail}."


if __name__ == "__main__":
    sys.exit(main())
