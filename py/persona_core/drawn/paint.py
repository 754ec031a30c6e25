"""Soft paint: light and shade without an edge."""

from __future__ import annotations

from collections.abc import Callable

from persona_core.drawn.palette import fade
from persona_core.drawn.shape import Array, depth, flesh, points
from persona_core.drawn.sketch import Run, Sketch

Place = Callable[[Array], Run]
"""Adds points the way the painted surface moves."""


def spot(
    s: Sketch,
    place: Place,
    at: tuple[float, float],
    radii: tuple[float, float],
    colour: str,
    peak: float,
    opacity: int | None = None,
) -> None:
    """A soft ellipse: ``peak`` opacity in its middle, none at its rim."""
    (x, y), (rx, ry) = at, radii
    box = place(points((x - rx, y + ry), (x + rx, y + ry), (x + rx, y - ry), (x - rx, y - ry)))
    frame = place(points((x, y), (x + rx, y), (x, y + ry)))
    s.begin().lines(box).close().radial(
        frame,
        # Close to a Gaussian, whose end no eye finds.
        [
            (0.0, fade(colour, peak)),
            (0.3, fade(colour, 0.74 * peak)),
            (0.6, fade(colour, 0.26 * peak)),
            (1.0, fade(colour, 0.0)),
        ],
        opacity,
    )


def skin_spot(
    s: Sketch,
    at: tuple[float, float],
    radii: tuple[float, float],
    colour: str,
    peak: float,
    opacity: int | None = None,
) -> None:
    """A :func:`spot` on the face that moves as the skin under its middle does."""
    centre = points(at)
    moves, z = flesh(centre), float(depth(centre)[0])
    spot(s, lambda xy: s.run(xy, z, morphs=moves), at, radii, colour, peak, opacity)
