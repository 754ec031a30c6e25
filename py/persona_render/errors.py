"""What can go wrong here; :mod:`persona_render.sentences` has a remedy for each code."""

from __future__ import annotations

from persona_core.errors import PersonaError


class RenderError(PersonaError):
    """An engine cannot be started, or has failed."""

    default_code = "render-failed"
