"""The catalogues, so that tests expect what people read without repeating it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

STRINGS = Path(__file__).resolve().parents[2] / "app" / "strings"


@cache
def catalogue(language: str = "en", part: str = "") -> dict[str, str]:
    return json.loads((STRINGS / part / f"{language}.json").read_text(encoding="utf-8"))


def sentence(key: str, language: str = "en", part: str = "") -> str:
    """What the page says for a key; ``part`` names a catalogue that is loaded later."""
    return catalogue(language, part)[key]
