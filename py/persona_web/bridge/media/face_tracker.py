"""Workers that find something before a camera, and the one that finds a face: MediaPipe's Face
Landmarker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from persona_core.face.observation import ARRAY_LENGTH, DETAILED_LENGTH, FaceObservation, Sighting
from persona_web.bridge.media.camera import CameraTrack
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

MEDIAPIPE = {"bundle": "vendor/mediapipe/vision_bundle.mjs", "wasm": "vendor/mediapipe/wasm"}
FILES = MEDIAPIPE | {"model": "vendor/models/face_landmarker.task"}


ENDS = ("failed", "no-webgl", "scrambled", "hung")
"""Events after which a worker is of no more use."""


class KeepsDelegate(Protocol):
    """What of MediaPipe's delegates reads faces here."""

    @property
    def wanted(self) -> str:
        """``CPU``, ``GPU``, or ``try``: begin on the CPU, and go on by what costs less."""
        ...

    def keep(self, delegate: str) -> None:
        """``CPU`` or ``GPU`` turned out to be the better one."""
        ...


class Detector:
    """One worker that looks at a camera, made when it is first wanted."""

    _worker: ClassVar[str]
    _files: Mapping[str, str]
    """What the worker loads, below the site's root."""
    _options: Mapping[str, bool | str] = {}
    _stills = False
    """Whether it is sent pictures one at a time: most of a stream would be thrown away."""

    def __init__(self, module: Any, site: Site) -> None:
        self.on_event: Callable[[str, str], None] = lambda _kind, _detail: None
        """Hears ``ready``; ``slow`` when loading takes long; ``stuck`` when the worker hung and
        another one is loading; ``failed`` with a detail, ``no-webgl`` and ``scrambled`` where the
        browser is why (``sight.js``); ``hung`` when it was no use to take another; and ``ended``
        (the camera's stream)."""
        self._module = module
        self._site = site
        self._proxies = Proxies()
        self._tracker: Any = None

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load("bridge/media/tracker.js"), site)

    def prepare(self) -> None:
        """Begins to load, which takes seconds and needs no camera yet."""
        if self._tracker is None:
            files = {name: self._site.address(path) for name, path in self._files.items()}
            self._tracker = self._module.createTracker(
                self._site.web_address(self._worker),
                self._site.to_object({**files, **self._options}),
                self._proxies.keep(self._heard),
                self._stills,
            )

    def start(self, camera: CameraTrack) -> None:
        """Follows a camera from now on."""
        self.prepare()
        self._tracker.start(camera.js_track)

    def stop(self) -> None:
        """Follows no camera; the worker stays loaded and costs nothing."""
        if self._tracker is not None:
            self._tracker.stop()

    def close(self) -> None:
        """Ends the worker; the next :meth:`prepare` makes another."""
        if self._tracker is not None:
            self._tracker.close()
            self._tracker = None
        self._proxies.close()

    def _heard(self, kind: str, detail: str) -> None:
        self.on_event(kind, detail)


class BrowserTracker(Detector):
    """Follows a face. A page that shows the demo makes no worker.

    A worker that fails is given up, so that the next wish for it tries again.
    """

    _worker = "bridge/media/tracker.worker.js"
    _files = FILES

    def __init__(self, module: Any, site: Site) -> None:
        super().__init__(module, site)
        # One array for each length that the worker may post, now and just after a change.
        self._values = {
            length: np.zeros(length, dtype=np.float64) for length in (ARRAY_LENGTH, DETAILED_LENGTH)
        }
        self._rate: float | None = None
        self._reads_landmarks = False
        self._company = 0.0
        self._failed = False
        self._delegates: KeepsDelegate | None = None

    def read_by(self, delegates: KeepsDelegate) -> None:
        """Lets it be decided what reads faces, and hears what turned out to be better."""
        self._delegates = delegates

    def prepare(self) -> None:
        if self._failed:
            self.close()
        is_new = self._tracker is None
        if self._delegates is not None:
            self._options = {"delegate": self._delegates.wanted}
        super().prepare()
        if is_new:
            if self._rate is not None:
                self._tracker.limit(self._rate)
            if self._reads_landmarks:
                self._tracker.readLandmarks(True)
            if self._company:
                self._tracker.lookForCompany(self._company)

    def limit(self, rate_hz: float) -> None:
        """Reads no more frames a second than this, on average."""
        if rate_hz == self._rate:
            return
        self._rate = rate_hz
        if self._tracker is not None:
            self._tracker.limit(rate_hz)

    def read_landmarks(self, wanted: bool) -> None:
        """Whether faces come with their landmarks, soon after."""
        if wanted == self._reads_landmarks:
            return
        self._reads_landmarks = wanted
        if self._tracker is not None:
            self._tracker.readLandmarks(wanted)

    def look_for_company(self, share: float) -> None:
        """Whether faces come with how many there are: of others, those count that are wider than
        this share of the nearest. 0 looks for nobody else, which takes less time."""
        if share == self._company:
            return
        self._company = share
        if self._tracker is not None:
            self._tracker.lookForCompany(share)

    def take(self) -> Sighting | None:
        """The newest sighting that was not yet taken; never a queue."""
        posted = None if self._tracker is None else self._tracker.take()
        if posted is None:
            return None
        values = self._values[posted.length]
        posted.assign_to(values)
        _, captured_ms, done_ms = values[:3].tolist()
        return Sighting(captured_ms, done_ms, FaceObservation.from_array(values))

    def close(self) -> None:
        super().close()
        self._failed = False

    def _heard(self, kind: str, detail: str) -> None:
        self._failed |= kind in ENDS
        if kind != "delegate":
            super()._heard(kind, detail)
        elif self._delegates is not None:
            self._delegates.keep(detail)
