"""What a call refuses, so that a loop over many cases can say which one it let through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Refusal = TypeVar("Refusal", bound=Exception)


def refusal(kind: type[Refusal], call: Callable[..., object], *arguments: object) -> Refusal | None:
    """The error of this kind that the call raises; None when it raises none, others go through."""
    try:
        call(*arguments)
    except kind as error:
        return error
    return None
