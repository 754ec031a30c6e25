"""Whether a graphics card reads faces on this machine: measured once for each card."""

from __future__ import annotations

from typing import Final, Literal, get_args

from persona_core.base.ports import Storage
from persona_core.graphics.capabilities import Capabilities

DELEGATE_KEY: Final = "face.delegate"

Delegate = Literal["CPU", "GPU"]


class DelegateChoice:
    """MediaPipe's delegate for faces.

    Without a graphics card it is the CPU, and nothing is tried: a GPU that the CPU plays costs
    more. With one, what was measured is remembered for as long as it is the same card and driver.
    """

    def __init__(self, storage: Storage, capabilities: Capabilities) -> None:
        self._storage = storage
        webgl = capabilities.webgl  # which MediaPipe computes by, whatever else there is
        self._has_gpu = webgl.error is None and not webgl.software
        self._card = webgl.renderer

    @property
    def wanted(self) -> Literal["CPU", "GPU", "try"]:
        """What reads the face next; ``try`` begins on the CPU and measures both."""
        if not self._has_gpu:
            return "CPU"
        delegate, _, card = (self._storage.get(DELEGATE_KEY) or "").partition(" ")
        if card != self._card:
            return "try"
        return next((each for each in get_args(Delegate) if each == delegate), "try")

    def keep(self, delegate: str) -> None:
        """``CPU`` or ``GPU`` turned out to be the better one on this card."""
        self._storage.set(DELEGATE_KEY, f"{delegate} {self._card}")
