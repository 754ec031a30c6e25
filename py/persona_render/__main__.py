"""``python -m persona_render``: draws portraits for people whose device cannot."""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import replace

from persona_core.errors import PersonaError
from persona_render.config import RenderConfig
from persona_render.engines.loading import open_engine
from persona_render.sentences import SENTENCES
from persona_render.serving import RenderServer
from persona_server import journal
from persona_server.sentences import sentence
from persona_server.serving import raise_file_limit


def main(arguments: list[str] | None = None) -> int:
    """Serves until Ctrl-C or SIGTERM. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        config = RenderConfig.from_env()
        given = {name: value for name, value in vars(options).items() if value is not None}
        config = replace(config, **given)
        journal.write_to(sys.stderr, config.log_level)
        if not raise_file_limit(4 * config.session_limit + config.max_http):
            journal.Journal().note("few-files", level=logging.WARNING)
        engine = open_engine(config.engine, config.engine_options)
        server = RenderServer(config, engine, _announce)
        try:
            listener = server.listen()
        except PersonaError:
            engine.close()
            raise
    except PersonaError as error:
        sys.stderr.write(sentence(error, SENTENCES) + "\n")
        return 1
    server.serve_until_signal(listener)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m persona_render",
        description="A render server: WebSocket at /render, health at /healthz, figures at "
        "/metrics.",
        epilog="Everything else is set by environment variables named VP_RENDER_...; "
        "docs/hosting.md lists them.",
    )
    parser.add_argument("--model", metavar="DIR", help="the model's folder (default: Lite)")
    parser.add_argument("--engine", help="its name (default: what belongs to the model)")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "tensorrt"])
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="0 picks a free one (default: 8010)")
    parser.add_argument("--workers", type=int, help="pictures at the same time (default: cores)")
    parser.add_argument("--batch", type=int, help="pictures at once, by engines that can")
    return parser


def _announce(address: str) -> None:
    sys.stdout.write(f"The render server is at {address.replace('http', 'ws', 1)}render\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
