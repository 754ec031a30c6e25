"""What is done to the picture of an avatar before it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final

from persona_core.errors import EffectError

MOST_TAPS: Final = 3
"""The finest quality level of the passes."""


class EffectStyle(StrEnum):
    """How the whole picture is painted anew."""

    NONE = "none"
    CARTOON = "cartoon"
    WATERCOLOUR = "watercolour"
    PIXEL = "pixel"


@dataclass(frozen=True, slots=True)
class EffectSettings:
    """The person's choice of effects, and how finely this machine computes them.

    Attributes:
        style: how the picture is painted.
        strength: of the style, 0 (untouched) to 1.
        blur: of the background behind a portrait, 0 to 1; a drawn character has none.
        sharpen: 0 to 1.
        taps: quality level, 0 (fewest samples, coarsest inner pictures) to 3.
        cutout: whether a portrait is seen without its background, which is transparent then.

    Raises:
        EffectError: a field is none of this; the detail names it.
    """

    style: EffectStyle = EffectStyle.NONE
    strength: float = 1.0
    blur: float = 0.0
    sharpen: float = 0.0
    taps: int = 2
    cutout: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.style, str) or self.style not in set(EffectStyle):
            raise EffectError(f"style: {self.style!r:.40} is not one of {', '.join(EffectStyle)}")
        object.__setattr__(self, "style", EffectStyle(self.style))
        for name in ("strength", "blur", "sharpen"):
            object.__setattr__(self, name, _share(name, getattr(self, name)))
        if type(self.taps) is not int or not 0 <= self.taps <= MOST_TAPS:
            raise EffectError(f"taps: expected 0 to {MOST_TAPS}, got {self.taps!r:.40}")
        if type(self.cutout) is not bool:
            raise EffectError(f"cutout: expected true or false, got {self.cutout!r:.40}")

    @property
    def is_plain(self) -> bool:
        """Whether the picture is shown as it is."""
        styled = self.style is not EffectStyle.NONE and self.strength > 0.0
        return not styled and self.blur == 0.0 and self.sharpen == 0.0

    def with_taps(self, taps: int) -> EffectSettings:
        """The same effects at another quality level."""
        return replace(self, taps=taps)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-friendly description that :meth:`from_dict` takes back."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        return data | {"style": str(self.style)}

    @classmethod
    def from_dict(cls, data: object) -> EffectSettings:
        """Reads a description from anywhere, as a browser's storage. Missing fields take their
        defaults, unknown ones (a newer version's) are ignored.

        Raises:
            EffectError: not a mapping, or a field that means nothing.
        """
        if not isinstance(data, Mapping):
            raise EffectError(f"effects must be an object, not {type(data).__name__}")
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


def _share(name: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0:
        return float(value)
    raise EffectError(f"{name}: expected 0 to 1, got {value!r:.40}")
