"""Run in the browser in place of a page's ``main.py``: the same page, whose own hands a test moves.

``virtualpersona.showGestures(left, right)`` takes Gesture numbers. They go through the page's
layers, its encoder and its call like gestures that were seen.
"""

import importlib
from dataclasses import replace
from typing import Any

from persona_core.face.params import FaceParams, Gesture
from persona_web.bridge.log import log_to_console
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.parts.face_capture import FaceCapture

shown = (Gesture.NONE, Gesture.NONE)


def show(left: int, right: int) -> None:
    global shown
    shown = (Gesture(left), Gesture(right))


def layer(face: FaceParams, _now_ms: float) -> FaceParams:
    return replace(face, gestures=shown)


open_studio = FaceCapture.open.__func__


async def open_with_layer(cls: type[FaceCapture], *parts: Any) -> FaceCapture:
    face_capture = await open_studio(cls, *parts)
    face_capture.add_layer(layer)
    return face_capture


FaceCapture.open = classmethod(open_with_layer)
log_to_console()
hooks = Page()
hooks.publish("showGestures", show)
folder = hooks.address.partition("#")[0].rstrip("/").rpartition("/")[2]
module = importlib.import_module(f"persona_web.pages.{folder.replace('-', '_')}")
page = await module.open_page(Site())  # noqa: F704 - PyScript runs a page's script as a coroutine
