"""The catalogues, so that tests expect what people read without repeating it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

STRINGS = Path(__file__).resolve().parents[2] / "app" / "strings"


@cache
def catalogue(language: str = "en") -> dict[str, str]:
    return json.loads((STRINGS / f"{language}.json").read_text(encoding="utf-8"))


def sentence(key: str, language: str = "en") -> str:
    """What the page says for a key."""
    return catalogue(language)[key]
