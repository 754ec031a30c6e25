"""Trying the microphone before a call: it is opened for its level alone, and goes nowhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from persona_core.base.ports import Storage
from persona_web.capture.voice_capture import MUTED_KEY, Opened, VoiceCapture, VoiceStatus


class _Unmuted:
    """A storage in which the person has wished to be heard, whatever they wish for calls."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def get(self, key: str) -> str | None:
        return "false" if key == MUTED_KEY else self._storage.get(key)

    def set(self, key: str, value: str) -> bool:
        return key == MUTED_KEY or self._storage.set(key, value)

    def remove(self, key: str) -> None:
        if key != MUTED_KEY:
            self._storage.remove(key)


def voice_trial(
    open_microphone: Callable[[str, Callable[[], None]], Awaitable[Opened]],
    storage: Storage,
    on_change: Callable[[VoiceStatus], None],
) -> VoiceCapture[Opened]:
    """A voice that is heard by nobody: ``enter`` begins the trial, ``rest`` ends it.

    Args:
        open_microphone: see :class:`~persona_web.capture.voice_capture.VoiceCapture`.
        storage: has the person's device; the wish to be heard in calls stays as it is.
        on_change: hears every change.
    """
    return VoiceCapture(open_microphone, _Unmuted(storage), on_change)
