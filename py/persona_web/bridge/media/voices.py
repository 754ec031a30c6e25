"""The voices of a call: played, and measured on the audio thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from persona_core.call.media.voice_mouth import SILENCE, VoiceFeatures
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

VALUES = 4


class Voices:
    """Numbered places, each with one voice or none.

    Attributes:
        on_blocked: called with whether the browser refuses to play before the person acts.
    """

    def __init__(self, module: Any, site: Site, places: int) -> None:
        self.on_blocked: Callable[[bool], None] = lambda _blocked: None
        self._proxies = Proxies()
        self._values: npt.NDArray[np.float32] = np.zeros((places, VALUES), dtype=np.float32)
        self._measured = [SILENCE] * places
        self._heard: set[int] = set()
        self._chooses_speaker = bool(module.choosesSpeaker)
        worklet = site.web_address("bridge/media/voice.worklet.js")
        on = self._proxies.keep(lambda kind: self.on_blocked(kind == "blocked"))
        self._voices = module.createVoices(worklet, places, on)
        self._live = self._voices.values

    @classmethod
    async def load(cls, site: Site, places: int) -> Self:
        return cls(await site.load("bridge/media/voice.js"), site, places)

    def attach(self, place: int, track: object, *, audible: bool) -> None:
        """Gives a place a voice (a ``MediaStreamTrack``); ``audible``: it is played, too."""
        self._heard.add(place)
        self._voices.attach(place, track, audible)

    def detach(self, place: int) -> None:
        self._heard.discard(place)
        self._measured[place] = SILENCE
        self._voices.detach(place)

    def set_volume(self, place: int, volume: float) -> None:
        """How loud a place is played, 0 to 1, whatever voices it gets."""
        self._voices.setVolume(place, volume)

    def unblock(self) -> None:
        """Plays what the browser held back; only of use in answer to a gesture."""
        self._voices.unblock()

    def read(self) -> None:
        """Takes over what was measured last, for :meth:`features`."""
        if not self._heard:
            return
        self._live.assign_to(self._values)
        for place in self._heard:
            level, *shape = self._values[place].tolist()
            self._measured[place] = VoiceFeatures(level, *shape) if level > 0.0 else SILENCE

    def features(self, place: int) -> VoiceFeatures:
        """What the voice of a place was like at the last :meth:`read`."""
        return self._measured[place]

    @property
    def chooses_speaker(self) -> bool:
        """Whether this browser lets a page say which speaker plays."""
        return self._chooses_speaker

    async def set_speaker(self, device: str) -> bool:
        """Plays all through a speaker, empty for the system's choice; whether it does now."""
        return bool(await self._voices.setSpeaker(device))

    def close(self) -> None:
        self._voices.close()
        self._proxies.close()
