"""The own face in figures: presence, rates, pose and the 52 blendshapes as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams
from persona_web.base.meter import Meter, RateMeter
from persona_web.capture.face_source import FaceSource
from persona_web.report.page_report import PageMeters

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

INTERVAL_MS = 100.0
"""Ten times a second is as fast as figures can be read; writing 52 bars costs a millisecond."""

SHAPES = [shape for shape in Blendshape if shape is not Blendshape.NEUTRAL]


class TrackingValues:
    """``#presence``, ``#figure-*``, ``#pose-*`` and ``#shapes``.

    ``#shapes`` is filled from the templates ``#shape-group`` (a heading and a list for each
    part of the face) and ``#shape`` (a name, a bar and a figure).
    """

    def __init__(
        self, page: Page, strings: Strings, motion: FaceSource[Any], meters: PageMeters
    ) -> None:
        self._strings = strings
        self._motion = motion
        self._meters = meters
        self._due_ms = 0.0
        self._presence = page.element("presence")
        names = ("fps", "tracking", "reading", "python")
        self._figures = {name: page.element(f"figure-{name}") for name in names}
        places = ("yaw", "pitch", "roll", "x", "y", "scale")
        self._pose = {name: page.element(f"pose-{name}") for name in places}
        self._headings: list[tuple[str, Element]] = []
        self._bars: list[tuple[Element, Element]] = []
        self._shown: list[float] = [-1.0] * len(SHAPES)
        self._fill(page)
        self._translate()
        page.on_language(self._translate)

    def step(self, face: FaceParams, now_ms: float) -> None:
        """Writes everything when it is time."""
        if now_ms < self._due_ms:
            return
        self._due_ms = now_ms + INTERVAL_MS
        motion = self._motion
        word = "demo" if motion.status.demo else motion.pipeline.presence.value
        self._presence.text = self._strings.text(f"presence.{word}")
        self._write_figures(now_ms)
        self._write_pose(face)
        self._write_shapes(face)

    def _fill(self, page: Page) -> None:
        container = page.element("shapes")
        container.clear()
        rows: Element | None = None
        for shape in SHAPES:
            part = shape.name.partition("_")[0].lower()
            if rows is None or part != self._headings[-1][0]:
                group = page.clone("shape-group")
                self._headings.append((part, group.find("h3")))
                rows = group.find("ul")
                container.append(group)
            row = page.clone("shape")
            row.find(".shape-name").text = shape.camel_name
            bar = row.find("meter")
            bar.set("aria-label", shape.camel_name)
            self._bars.append((bar, row.find(".shape-value")))
            rows.append(row)

    def _translate(self) -> None:
        for part, heading in self._headings:
            heading.text = self._strings.text(f"shapes.{part}")

    def _write_figures(self, now_ms: float) -> None:
        self._write_rate("fps", self._meters.frames, now_ms)
        self._write_rate("tracking", self._motion.tracking, now_ms)
        self._write_time("reading", self._motion.tracking_ms, digits=0)
        self._write_time("python", self._meters.python_ms, digits=1)

    def _write_rate(self, name: str, meter: RateMeter, now_ms: float) -> None:
        self._figures[name].text = f"{meter.rate(now_ms):.0f}"

    def _write_time(self, name: str, meter: Meter, digits: int) -> None:
        key = "figure.milliseconds" if meter.count else "figure.unknown"
        value = f"{meter.median:.{digits}f}"
        self._figures[name].text = self._strings.text(key, value=value)

    def _write_pose(self, face: FaceParams) -> None:
        angles = quaternion.to_yaw_pitch_roll(face.rotation)
        for name, degrees in zip(("yaw", "pitch", "roll"), angles, strict=True):
            self._pose[name].text = f"{round(degrees):+d}°"
        for name, value in zip(("x", "y"), face.translation.tolist(), strict=True):
            self._pose[name].text = f"{round(value, 2) + 0.0:+.2f}"  # never -0.00
        self._pose["scale"].text = f"{face.scale:.2f}"

    def _write_shapes(self, face: FaceParams) -> None:
        values = face.blendshapes.round(2).tolist()[SHAPES[0] :]
        for number, (value, shown) in enumerate(zip(values, self._shown, strict=True)):
            if value != shown:
                bar, figure = self._bars[number]
                bar.node.value = value
                figure.text = f"{value:.2f}"
        self._shown = values
