"""``Look``: a style worked out into the colours and measures that all parts share."""

from __future__ import annotations

from dataclasses import dataclass

from persona_core.drawn.palette import lightness, mix, tone
from persona_core.drawn.style import AvatarStyle, Build

NECK_HALF_WIDTH = {Build.SLIGHT: 34.0, Build.MEDIUM: 39.0, Build.BROAD: 46.0}
SHOULDER_HALF_WIDTH = {Build.SLIGHT: 140.0, Build.MEDIUM: 154.0, Build.BROAD: 174.0}


@dataclass(frozen=True, slots=True)
class Ramp:
    """One material's colours from light to line."""

    shine: str
    light: str
    base: str
    shade: str
    deep: str
    line: str


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and measures of one style."""

    style: AvatarStyle
    skin: Ramp
    hair: Ramp
    clothes: Ramp
    accent: Ramp
    blush: str
    lips: Ramp
    brow: str
    lash: str
    neck: float
    shoulders: float

    @classmethod
    def of(cls, style: AvatarStyle) -> Look:
        skin = _skin_ramp(style.skin)
        hair = _hair_ramp(style.hair_colour)
        lash = mix(tone(style.hair_colour, 0.5, 0.7), "#241512", 0.6)
        return cls(
            style=style,
            skin=skin,
            hair=hair,
            clothes=_cloth_ramp(style.clothes_colour),
            accent=_cloth_ramp(style.accent_colour),
            blush=mix(tone(style.skin, 0.94, 1.5), "#e0564f", 0.45),
            lips=_lip_ramp(mix(style.skin, style.lip_colour, 0.72)),
            brow=mix(_hair_ramp(style.brow_colour or style.hair_colour).shade, skin.line, 0.25),
            lash=lash,
            neck=NECK_HALF_WIDTH[style.build],
            shoulders=SHOULDER_HALF_WIDTH[style.build],
        )


def _skin_ramp(base: str) -> Ramp:
    # Shadows on skin turn redder and richer: light that went through it.
    dark = lightness(base) < 0.6
    return Ramp(
        shine=tone(base, 1.17 if dark else 1.07, 0.95 if dark else 0.8, 3),
        light=tone(base, 1.09 if dark else 1.035, 0.98 if dark else 0.92, 2),
        base=tone(base),
        shade=tone(base, 0.87, 1.2, -8),
        deep=tone(base, 0.74, 1.3, -14),
        line=tone(base, 0.5, 1.15, -18),
    )


def _hair_ramp(base: str) -> Ramp:
    # Dark hair needs a visible sheen, light hair a visible shadow.
    dark = lightness(base) < 0.4
    return Ramp(
        shine=tone(base, 1.85 if dark else 1.24, 1.0, 6),
        light=tone(base, 1.42 if dark else 1.12, 1.15, 4),
        base=tone(base),
        shade=tone(base, 0.8 if dark else 0.84, 1.05, -6),
        deep=tone(base, 0.62 if dark else 0.68, 0.85, -8),
        line=tone(base, 0.46 if dark else 0.53, 0.7, -8),
    )


def _cloth_ramp(base: str) -> Ramp:
    return Ramp(
        shine=tone(base, 1.12, 0.8, 4),
        light=tone(base, 1.05, 0.95, 2),
        base=tone(base),
        shade=tone(base, 0.88, 1.08, -6),
        deep=tone(base, 0.76, 1.1, -10),
        line=tone(base, 0.56, 1.0, -12),
    )


def _lip_ramp(base: str) -> Ramp:
    return Ramp(
        shine=tone(base, 1.2, 0.75),
        light=tone(base, 1.08, 0.95),
        base=tone(base),
        shade=tone(base, 0.86, 1.08, -4),
        deep=tone(base, 0.68, 1.1, -6),
        line=tone(base, 0.48, 1.0, -8),
    )
