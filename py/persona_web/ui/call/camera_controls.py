"""A room's controls of the own face's source: one switch for the camera, the rest in the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persona_web.capture.device import DeviceState
from persona_web.ui.source_controls import SourceActions, SourceView, source_sentence

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings


class CameraControls:
    """``#use-camera``, ``#use-demo``, ``#stop-source``, ``#calibrate``, ``#source-status``."""

    def __init__(self, page: Page, strings: Strings, actions: SourceActions) -> None:
        self._strings = strings
        self._actions = actions
        self._is_on = False
        self._camera = page.element("use-camera")
        self._words = self._camera.find("span")
        self._icon = self._camera.find("use")
        self._camera.on("click", self._switch)
        self._demo = page.element("use-demo")
        self._stop = page.element("stop-source")
        self._calibrate = page.element("calibrate")
        self._status = page.element("source-status")
        self._demo.on("click", actions.use_demo)
        self._stop.on("click", actions.stop)
        self._calibrate.on("click", actions.calibrate)

    def show(self, view: SourceView) -> None:
        """Brings buttons and sentence up to date; an entry that would do nothing is not there."""
        demo = view.motion.demo
        self._is_on = view.motion.camera is not DeviceState.OFF and not demo
        word = "off" if self._is_on else "on"
        self._words.text = self._strings.text(f"bar.camera-{word}")
        icon = "icons.svg#camera" if self._is_on else "call.svg#camera-off"
        self._icon.set("href", f"../icons/{icon}")
        self._camera.set("data-live", "true" if self._is_on else "false")
        self._demo.hidden = demo
        self._stop.hidden = not demo
        self._calibrate.hidden = view.motion.camera is not DeviceState.OPEN or demo
        self._status.text = self._strings.text(source_sentence(view))
        self._status.set("data-problem", "true" if view.motion.problem else "false")

    def _switch(self) -> None:
        (self._actions.stop if self._is_on else self._actions.use_camera)()
