"""``python -m persona_server``: the signaling server, with the site if a folder is given.

``python -m persona_server token`` signs room tokens for it.
"""

from __future__ import annotations

import argparse
import logging
import re
import secrets
import sys
import time
from dataclasses import replace
from pathlib import Path

from persona_core.call.invitation import Invitation
from persona_core.errors import PersonaError
from persona_core.wire.signaling import ROOM_PATTERN
from persona_server import journal
from persona_server.config import ServerConfig
from persona_server.room_tokens import make_room_token
from persona_server.sentences import sentence
from persona_server.serving import SignalingServer, raise_file_limit

_SENTENCES = {
    "no-room-secret": "Cannot sign: set VP_ROOM_SECRETS (or VP_ROOM_SECRETS_FILE) as for the "
    "server.",
    "no-room-named": "Cannot sign: name the room with --room, or ask for a whole --link.",
}
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def main(arguments: list[str] | None = None) -> int:
    """Runs the command. Returns the exit status."""
    options = _parser().parse_args(arguments)
    return int(options.run(options))


def serve(options: argparse.Namespace) -> int:
    """Serves until Ctrl-C or SIGTERM."""
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
        if not raise_file_limit(config.max_peers + config.max_pending + config.max_http):
            journal.Journal().note("few-files", level=logging.WARNING, wanted=config.max_peers)
        server = SignalingServer(config, options.site, on_ready=_announce)
        listener = server.listen()
    except PersonaError as error:
        sys.stderr.write(sentence(error, _SENTENCES) + "\n")
        return 1
    server.serve_until_signal(listener)
    return 0


def sign(options: argparse.Namespace) -> int:
    """Prints a room token, or a whole invitation that holds one."""
    try:
        config = ServerConfig.from_env()
        if not config.room_secrets:
            raise PersonaError(code="no-room-secret")
        if options.room is None and options.link is None:
            raise PersonaError(code="no-room-named")
    except PersonaError as error:
        sys.stderr.write(sentence(error, _SENTENCES) + "\n")
        return 1
    invitation = Invitation.create(secrets.token_bytes)
    room = options.room or invitation.room
    token = make_room_token(config.room_secrets[0], room, int(time.time()) + options.ttl)
    if options.link is not None:
        invitation = Invitation(room, invitation.secret, token)
        sys.stdout.write(invitation.link(options.link) + "\n")
    else:
        sys.stdout.write(token + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m persona_server",
        description="Signaling for VirtualPersona calls: WebSocket at /signal, health at "
        "/healthz, figures at /metrics.",
        epilog="Everything else is set by environment variables named VP_...; docs/hosting.md "
        "lists them.",
    )
    parser.add_argument("--host", help="address to listen on (default: VP_HOST or 127.0.0.1)")
    parser.add_argument("--port", type=int, help="0 picks a free one (default: VP_PORT or 8000)")
    parser.add_argument("--site", type=Path, help="folder of the built site, served at /")
    parser.set_defaults(run=serve)
    commands = parser.add_subparsers(metavar="token")
    token = commands.add_parser(
        "token",
        help="sign a room token with VP_ROOM_SECRETS",
        description="Print a token that lets people into one room until it expires. The server "
        "asks for one where VP_ROOM_SECRETS is set.",
    )
    token.add_argument(
        "--room", type=_room, metavar="R", help="the room's id (default with --link: a new one)"
    )
    token.add_argument(
        "--ttl", type=_duration, default=3600, metavar="T", help="such as 3600, 90m, 12h or 7d"
    )
    token.add_argument(
        "--link", metavar="PAGE", help="print an invitation to this room page, with a new key"
    )
    token.set_defaults(run=sign)
    return parser


def _room(text: str) -> str:
    if ROOM_PATTERN.fullmatch(text):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is no room id (1 to 64 of A-Z a-z 0-9 _ -)")


def _duration(text: str) -> int:
    form = re.fullmatch(r"([1-9][0-9]{0,8})([smhd]?)", text)
    if form:
        return int(form[1]) * _UNITS[form[2]]
    raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 3600, 90m, 12h or 7d")


def _announce(address: str) -> None:
    sys.stdout.write(f"VirtualPersona is at {address}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
