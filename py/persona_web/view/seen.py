"""What is to be seen of a person."""

from __future__ import annotations

from enum import StrEnum


class Seen(StrEnum):
    """As pages' reports name it."""

    DRAWN = "drawn"
    """The drawn character that they wear."""
    PORTRAIT = "portrait"
    """Their portrait, moving."""
    STILL = "still"
    """Their portrait's photo, with a level meter."""
    SILHOUETTE = "silhouette"
    """Somebody, nobody knows who."""
