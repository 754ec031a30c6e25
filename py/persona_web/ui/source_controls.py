"""The buttons that choose where the own face comes from, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from persona_web.capture.device import DeviceState
from persona_web.capture.face_source import FaceSourceStatus

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings


@dataclass(frozen=True, slots=True)
class SourceActions:
    """What the buttons do."""

    use_camera: Callable[[], None]
    use_demo: Callable[[], None]
    stop: Callable[[], None]
    calibrate: Callable[[], None]


LOADING = "starting-tracker"


@dataclass(frozen=True, slots=True)
class SourceView:
    """What is to be seen of the source.

    Attributes:
        waiting: what is said while the tracker is not ready, as ``source.<word>``.
    """

    motion: FaceSourceStatus
    tracker_ready: bool
    face_found: bool
    waiting: str = LOADING


class ShowsSource(Protocol):
    """Controls of a face's source."""

    def show(self, view: SourceView) -> None:
        """Brings buttons and sentence up to date."""
        ...


def source_sentence(view: SourceView) -> str:
    """The key of what there is to say of a source."""
    motion = view.motion
    if motion.problem is not None:
        return f"error.{motion.problem}"
    if motion.demo:
        return "source.demo"
    if motion.camera is DeviceState.OFF:
        return "source.idle"
    if motion.camera is DeviceState.OPENING:
        return "source.starting-camera"
    if not view.tracker_ready:
        return f"source.{view.waiting}"
    return "source.tracking" if view.face_found else "source.no-face"


class SourceControls:
    """``#use-camera``, ``#use-demo``, ``#stop-source``, ``#calibrate``, ``#source-status``."""

    def __init__(self, page: Page, strings: Strings, actions: SourceActions) -> None:
        self._strings = strings
        self._camera = self._button(page, "use-camera", actions.use_camera)
        self._demo = self._button(page, "use-demo", actions.use_demo)
        self._stop = self._button(page, "stop-source", actions.stop)
        self._stop_words = self._stop.find("span")
        self._calibrate = self._button(page, "calibrate", actions.calibrate)
        self._status = page.element("source-status")

    @staticmethod
    def _button(page: Page, element_id: str, action: Callable[[], None]) -> Element:
        button = page.element(element_id)
        button.on("click", action)
        return button

    def show(self, view: SourceView) -> None:
        """Brings buttons and sentence up to date; a button that would do nothing is not there."""
        camera_on = view.motion.camera is not DeviceState.OFF
        self._camera.hidden = camera_on and not view.motion.demo
        self._demo.hidden = view.motion.demo
        self._stop.hidden = not (camera_on or view.motion.demo)
        word = "bar.stop-demo" if view.motion.demo else "bar.camera-off"
        self._stop_words.set("data-i18n", word)  # so that another language finds it, too
        self._stop_words.text = self._strings.text(word)
        self._calibrate.hidden = view.motion.camera is not DeviceState.OPEN or view.motion.demo
        self._status.text = self._strings.text(source_sentence(view))
        self._status.set("data-problem", "true" if view.motion.problem else "false")
