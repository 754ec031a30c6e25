"""The laboratory's own parts: what the drawing went through, what the probe found out, and a way to
lose the graphics card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.ladder_commands import LadderEntry
from persona_web.ui.words import gpu_reason_key, rung_key
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings


class LadderLog:
    """``#ladder-log``, an ``<ol>`` with the newest entry last, else ``#ladder-empty``."""

    def __init__(self, page: Page, strings: Strings) -> None:
        self._page = page
        self._strings = strings
        self._list = page.element("ladder-log")
        self._empty = page.element("ladder-empty")
        self._shown: tuple[LadderEntry, ...] = ()
        page.on_language(lambda: self._render(self._shown, anew=True))

    def show(self, entries: Sequence[LadderEntry]) -> None:
        """Brings the list up to date. Cheap where nothing is new: once a frame."""
        if len(entries) != len(self._shown) or (entries and entries[-1] is not self._shown[-1]):
            self._render(tuple(entries), anew=entries[: len(self._shown)] != self._shown)

    def _render(self, entries: tuple[LadderEntry, ...], *, anew: bool) -> None:
        if anew:
            self._list.clear()
        for entry in entries if anew else entries[len(self._shown) :]:
            self._list.append(self._line(entry))
        self._shown = entries
        self._empty.hidden = bool(entries)

    def _line(self, entry: LadderEntry) -> Element:
        text = self._strings.text
        to, why = text(rung_key(entry.entered)), text(gpu_reason_key(entry.reason.value))
        time = f"{entry.time_ms / 1000.0:.1f}"
        line = self._page.create("li")
        if entry.left is None:
            line.text = text("ladder.entry-begin", time=time, to=to)
        elif entry.left is entry.entered:
            line.text = text("ladder.entry-again", time=time, to=to, why=why)
        else:
            left = text(rung_key(entry.left))
            line.text = text("ladder.entry", time=time, to=to, why=why, left=left)
        if entry.detail:
            line.append(self._detail(entry.detail))
        return line

    def _detail(self, detail: str) -> Element:
        """What the platform said, in its own words."""
        element = self._page.create("span")
        element.set("class", "ladder-detail")
        element.set("translate", "no")
        element.text = detail
        return element


class ProbeTable:
    """``#probe``, a ``<table>`` filled from ``#probe-row``."""

    def __init__(self, page: Page, strings: Strings, capabilities: Capabilities) -> None:
        self._page = page
        self._strings = strings
        self._body = page.element("probe").find("tbody")
        self._capabilities = capabilities
        page.on_language(self._render)
        self._render()

    def _render(self) -> None:
        self._body.clear()
        for name, value in self._rows():
            row = self._page.clone("probe-row")
            row.find("th").text = self._strings.text(f"lab.probe.{name}")
            row.find("td").text = value
            self._body.append(row)

    def _rows(self) -> Iterator[tuple[str, str]]:
        found = self._capabilities
        webgpu, webgl = found.webgpu, found.webgl
        text = self._strings.text
        yield "webgpu", self._state(webgpu.error, webgpu.software)
        if webgpu.error is None:
            yield "adapter", self._told(", ".join(webgpu.info.values()))
            yield "half", self._yes(found.has_half_floats)
            yield "features", self._told(", ".join(sorted(webgpu.features)))
        yield "webgl", self._state(webgl.error, webgl.software)
        if webgl.error is None:
            yield "renderer", self._told(webgl.renderer)
            yield "texture", self._strings.text("lab.probe.pixels", value=webgl.max_texture)
        yield "simd", self._yes(found.wasm_simd)
        yield "threads", self._yes(found.wasm_threads)
        yield "isolated", self._yes(found.isolated)
        yield "cores", str(found.cores)
        memory = found.memory_gb
        gigabytes = "" if memory is None else text("lab.probe.gigabytes", value=f"{memory:g}")
        yield "memory", self._told(gigabytes)

    def _state(self, error: str | None, software: bool) -> str:
        text = self._strings.text
        if error is not None:
            return text("lab.probe-no", why=text(gpu_reason_key(error)))
        return text("lab.probe-software" if software else "lab.probe-yes")

    def _yes(self, holds: bool) -> str:
        return self._strings.text("lab.probe-yes" if holds else "lab.probe-not")

    def _told(self, words: str) -> str:
        return words or self._strings.text("lab.probe-unknown")


class LoseButton:
    """``#lose``; dimmed while there is nothing to lose."""

    def __init__(self, page: Page, graphics: Graphics) -> None:
        self._button = page.element("lose")
        self._graphics = graphics
        self._button.on("click", graphics.lose)
        graphics.on_change(self._show)
        self._show()

    def _show(self) -> None:
        possible = self._graphics.has_surface
        self._button.set("aria-disabled", "false" if possible else "true")
