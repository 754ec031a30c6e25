"""Reads single fields of a message of the reliable channel, each with its type checked."""

from __future__ import annotations

import re
import sys
from typing import Any, Final

from persona_core.errors import ControlError

MAX_COUNT: Final = 2**53 - 1
"""Largest integer that survives JSON in every language (IEEE 754 double)."""

Fields = dict[str, Any]


def text(fields: Fields, name: str, default: str | None = None) -> str:
    """A text; the default where the field is absent."""
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise ControlError(f"{name} must be a text")
    return value


def hex_digits(fields: Fields, name: str, digits: int) -> str:
    """That many lower-case hex digits."""
    value = text(fields, name)
    if not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
        raise ControlError(f"{name} must be {digits} hex digits")
    return value


def flag(fields: Fields, name: str, default: bool | None = None) -> bool:
    """True or false; the default where the field is absent."""
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise ControlError(f"{name} must be true or false")
    return value


def integer(fields: Fields, name: str, low: int, high: int) -> int:
    """An integer in [low, high]."""
    value = fields.get(name)
    if type(value) is not int or not low <= value <= high:
        raise ControlError(f"{name} must be an integer from {low} to {high}")
    return value


def number(fields: Fields, name: str) -> float:
    """A finite number."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"{name} must be a number")
    if not abs(value) <= sys.float_info.max:
        raise ControlError(f"{name} must be finite")
    return float(value)
