"""Colours and their shades.

Shades are made in OKLCH (Björn Ottosson, "A perceptual color space for image processing",
2020), where equal steps of lightness look equal on every skin and hair colour.
"""

from __future__ import annotations

import math

_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_LAB = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_FROM_LMS = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)

Triple = tuple[float, float, float]


def tone(
    colour: str, light: float = 1.0, chroma: float = 1.0, hue: float = 0.0, alpha: float = 1.0
) -> str:
    """``colour`` with its OKLCH lightness and chroma multiplied and its hue turned.

    Args:
        colour: ``#rrggbb`` or ``#rrggbbaa`` (whose alpha is replaced).
        light: factor on lightness; the result is clipped to the sRGB gamut.
        chroma: factor on chroma.
        hue: degrees added to the hue.
        alpha: opacity of the result, in [0, 1].

    Returns:
        ``#rrggbbaa``.
    """
    lightness, a, b = _lab(colour)
    turn = math.radians(hue)
    a, b = (
        chroma * (a * math.cos(turn) - b * math.sin(turn)),
        chroma * (a * math.sin(turn) + b * math.cos(turn)),
    )
    return _hex((min(1.0, lightness * light), a, b), alpha)


def mix(first: str, second: str, share: float, alpha: float = 1.0) -> str:
    """The colour ``share`` of the way from ``first`` to ``second`` in OKLab, as ``#rrggbbaa``."""
    blend = tuple(x + (y - x) * share for x, y in zip(_lab(first), _lab(second), strict=True))
    return _hex((blend[0], blend[1], blend[2]), alpha)


def fade(colour: str, alpha: float) -> str:
    """``colour`` at opacity ``alpha``, as ``#rrggbbaa``."""
    return f"{colour[:7]}{round(255 * alpha):02x}"


def lightness(colour: str) -> float:
    """OKLab lightness in [0, 1]: 0 black, 1 white."""
    return _lab(colour)[0]


HUES: tuple[tuple[float, str], ...] = (
    (15.0, "pink"), (40.0, "red"), (75.0, "orange"), (115.0, "yellow"), (165.0, "green"),
    (215.0, "teal"), (275.0, "blue"), (325.0, "purple"), (360.0, "pink"),
)  # fmt: skip
"""Where in OKLCH a hue's name ends, in degrees."""
GREY_CHROMA = 0.025
DARK_ORANGE, PALE_ORANGE = 0.62, 0.74
"""Lightness below which orange is brown: any orange, and one of little chroma, which is beige
above."""
PALE_CHROMA = 0.12


def colour_words(colour: str) -> tuple[str, str]:
    """What people call a colour: a tone (``light``, ``dark`` or empty) and a name.

    Args:
        colour: ``#rrggbb``.
    """
    light, a, b = _lab(colour)
    chroma, hue = math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360.0
    if chroma < GREY_CHROMA:
        if light < 0.3:
            return "", "black"
        if light > 0.93:
            return "", "white"
        return _tone(light, 0.5, 0.75), "grey"
    name = next(name for end, name in HUES if hue < end)
    is_pale = chroma < PALE_CHROMA
    if name in ("orange", "yellow"):
        if light < DARK_ORANGE or (is_pale and light < PALE_ORANGE):
            return _tone(light, 0.4, 0.58), "brown"
        if is_pale:
            return _tone(light, 0.78, 0.88), "beige"
    if name == "red" and is_pale:
        if light < 0.4:
            return "dark", "brown"
        if light > 0.7:
            return "", "pink"
    return _tone(light, 0.5, 0.75), name


def _tone(light: float, dark_below: float, light_above: float) -> str:
    return "dark" if light < dark_below else "light" if light > light_above else ""


def _apply(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    x, y, z = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def _lab(colour: str) -> Triple:
    r, g, b = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    l, m, s = _apply(_TO_LMS, (r, g, b))  # noqa: E741 - the cone names of the source
    return _apply(_TO_LAB, (math.cbrt(l), math.cbrt(m), math.cbrt(s)))


def _hex(lab: Triple, alpha: float) -> str:
    l, m, s = _apply(_FROM_LAB, lab)  # noqa: E741
    channels = _apply(_FROM_LMS, (l**3, m**3, s**3))
    body = "".join(f"{round(255 * _encoded(min(1.0, max(0.0, c)))):02x}" for c in channels)
    return f"#{body}{round(255 * alpha):02x}"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
