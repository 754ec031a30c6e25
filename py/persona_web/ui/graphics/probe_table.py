"""What the probe found out about this device, as a table."""

from __future__ import annotations

from collections.abc import Iterator

from persona_core.graphics.capabilities import Capabilities
from persona_web.bridge.page import Page, Strings
from persona_web.ui.words import gpu_reason_key


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
