"""Node, which paints for the render server: tests that need it where there is none are skipped."""

from __future__ import annotations

import pytest

from persona_render.engines.painter import node_command
from persona_render.errors import RenderError


def _why_not() -> str:
    try:
        node_command()
    except RenderError as error:
        return f"{error.detail}: build.py setup --group node"
    return ""


_REASON = _why_not()
needs_node = pytest.mark.skipif(bool(_REASON), reason=_REASON)
