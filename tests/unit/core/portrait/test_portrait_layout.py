"""Python and the shaders read one block of uniforms."""

from __future__ import annotations

from pathlib import Path

import persona_web
from persona_core.portrait import layout
from persona_core.portrait.contours import refining


def test_shaders_are_told_the_layout_that_python_has() -> None:
    module = Path(persona_web.__file__).parent / "view" / "js" / "portrait_layout.js"
    assert module.read_text("utf-8") == layout.as_javascript()


def test_rims_have_as_many_points_as_the_contours_refine_to() -> None:
    assert len(refining()) == 2 * layout.EYE_RIM + layout.MOUTH_RIM
