"""The brush that hair is painted with: masses, locks and single strands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from persona_core.drawn.look import Look
from persona_core.drawn.palette import fade, mix
from persona_core.drawn.shape import Array, both_sides, mantle, points, smoothstep, tapered
from persona_core.drawn.sketch import Binding, Run, Sketch, Stops

Pairs = Sequence[tuple[float, float]]


@dataclass(slots=True)
class Brush:
    """Paints hair on a sketch.

    Attributes:
        root, tip: heights between which the hair's swing grows from none to all.
        lift: how far hair lies above the skull.
    """

    s: Sketch
    look: Look
    root: float = 30.0
    tip: float = -190.0
    lift: float = 9.0

    def run(self, xy: npt.ArrayLike, behind: bool = False) -> Run:
        """A run of hair on the skull, or of the layer behind the head."""
        p = np.asarray(xy, dtype=np.float64)
        surface, roundness = mantle(p, self.lift)
        sway = smoothstep((self.root - p[:, 1]) / (self.root - self.tip))
        # Long hair rests on the shoulders: its ends follow the head only in part.
        rest = 0.7 * smoothstep((-60.0 - p[:, 1]) / 200.0)
        binding = Binding(follow=1.0 - rest, roundness=roundness, sway=sway)
        if behind:
            # Beside the skull it is the head's own outline, which a turn must not uncover;
            # below it hangs at the nape.
            surface = -10.0 + 28.0 * smoothstep((p[:, 1] + 100.0) / 70.0)
        return self.s.run(p, surface, binding)

    def mass(
        self,
        *edges: npt.ArrayLike,
        stops: Stops,
        axis: Pairs,
        behind: bool = False,
        line: float = 0.8,
    ) -> None:
        """A body of hair between edges (a corner where one edge ends and the next begins),
        shaded along ``axis``: where the stops begin and end."""
        self.s.begin()
        if len(edges) == 1:
            self.s.loop(self.run(edges[0], behind))
        else:
            for edge in edges:
                self.s.curve(self.run(edge, behind))
            self.s.close()
        self.s.linear(self.frame(axis, behind), stops)
        if line:
            self.s.stroke(fade(self.look.hair.line, line), 1.4)

    def back(self, half: npt.ArrayLike, stops: Stops, top: float, foot: float) -> None:
        """Hair behind the head, from its half at positive x (see :func:`both_sides`); the stops
        lie between two heights."""
        axis = ((0.0, top), (0.0, foot))
        self.mass(both_sides(half), stops=stops, axis=axis, behind=True)

    def frame(self, axis: Pairs, behind: bool = False) -> Run:
        """A linear gradient's frame along an axis."""
        (x0, y0), (x1, y1) = axis
        return self.run(points((x0, y0), (x1, y1), (x0 - (y1 - y0), y0 + (x1 - x0))), behind)

    def lock(
        self,
        line: npt.ArrayLike,
        widths: Sequence[float],
        behind: bool = False,
        shade: float = 0.0,
        outline: float = 0.6,
    ) -> None:
        """A lock from root to tip: dark at the root, lit where it bends, dark at the tip.

        Args:
            line: its middle, from root to tip.
            widths: its width at each point; the tip's is taken as 0.
            behind: whether it hangs behind the head.
            shade: 0 in the light to 1 in the shade.
            outline: opacity of its line.
        """
        centre = np.array(line, dtype=np.float64)
        full = np.array([*widths[:-1], 0.0])
        body = tapered(centre, full)
        n = len(centre)
        a, b = self.run(body[:n], behind), self.run(body[n - 1 :], behind)
        hair = self.look.hair
        root, tip = centre[0], centre[-1]
        axis = ((float(root[0]), float(root[1])), (float(tip[0]), float(tip[1])))
        self.s.begin().curve(a).curve(b).linear(
            self.frame(axis, behind),
            [
                (0.0, mix(hair.base, hair.shade, 0.35 + 0.5 * shade)),
                (0.34, mix(hair.light, hair.base, 0.25 + 0.6 * shade)),
                (0.66, mix(hair.base, hair.shade, shade)),
                (1.0, mix(hair.shade, hair.deep, 0.2 + 0.5 * shade)),
            ],
        )
        if outline:
            self.s.stroke(fade(hair.line, outline), 1.1)

    def strands(
        self,
        lines: Iterable[npt.ArrayLike],
        width: float = 1.6,
        colour: str | None = None,
        alpha: float = 0.5,
        behind: bool = False,
    ) -> None:
        """Tapered lines along the hair, in one path; dark without a colour."""
        self.s.begin()
        for line in lines:
            centre = np.asarray(line, dtype=np.float64)
            u = np.linspace(0.0, 1.0, len(centre))
            body = tapered(centre, width * (0.15 + 0.85 * np.sin(np.pi * u) ** 0.8))
            self.s.loop(self.run(body, behind))
        self.s.fill(fade(colour or self.look.hair.deep, alpha))

    def shine(self, line: Pairs, width: float, alpha: float = 0.5) -> None:
        """A band of light across the hair that fades to both sides and to its ends."""
        centre = np.array(line, dtype=np.float64)
        u = np.linspace(0.0, 1.0, len(centre))
        body = tapered(centre, width * (0.08 + 0.92 * np.sin(np.pi * u) ** 0.7))
        middle = len(centre) // 2
        a, c = body[middle], body[-1 - middle]
        colour = self.look.hair.shine
        self.s.begin().loop(self.run(body)).linear(
            self.frame(((a[0], a[1]), (c[0], c[1]))),
            [(0.0, fade(colour, 0.0)), (0.5, fade(colour, alpha)), (1.0, fade(colour, 0.0))],
        )


def fan(centre: tuple[float, float], start: Pairs, end: Pairs, count: int) -> list[Array]:
    """Lines that spread between two outer lines of equally many points; ``centre`` opens
    each. For strands that leave a parting."""
    first, last = np.array(start, dtype=np.float64), np.array(end, dtype=np.float64)
    head = np.array([centre], dtype=np.float64)
    return [
        np.concatenate([head, first + (last - first) * k]) for k in np.linspace(0.0, 1.0, count)
    ]
