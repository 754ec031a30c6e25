"""What everything that waits or remembers needs of its platform, as typed ports.

The rules of :mod:`persona_core.call.ports` hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock."""

    def now_ms(self) -> float:
        """Milliseconds since an arbitrary, fixed instant."""
        ...


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Makes the call not happen; harmless when it has happened."""
        ...


class Scheduler(Protocol):
    """Runs callbacks later, in hidden tabs too."""

    def call_later(self, delay_ms: float, callback: Callable[[], None]) -> Timer:
        """Calls ``callback`` once after ``delay_ms`` (>= 0)."""
        ...


class Storage(Protocol):
    """Small strings kept between visits. A full or forbidden store forgets, it never raises."""

    def get(self, key: str) -> str | None: ...

    def set(self, key: str, value: str) -> bool:
        """Keeps ``value``; False when the platform would not."""
        ...

    def remove(self, key: str) -> None: ...
