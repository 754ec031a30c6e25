"""What an operator is told when a server cannot start: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from persona_core.errors import PersonaError

LISTENING: Final = {
    "port-in-use": "The port is in use ({detail}). Choose another with --port, or 0 for any.",
    "cannot-listen": "Cannot listen there ({detail}). Check --host and --port.",
}


def sentence(error: PersonaError, further: Mapping[str, str]) -> str:
    """One sentence or two.

    Args:
        further: what a command says of its own errors, by code, with a place for ``detail``.
    """
    form = (LISTENING | dict(further)).get(error.code, "Cannot start: {detail}.")
    return form.format(detail=error.detail or error.code)
