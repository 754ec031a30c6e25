"""What a ``Ladder`` says: commands for its owner, and the lines of its log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from persona_core.graphics.modes import Rung


class Reason(Enum):
    """Why a rung was entered; the catalogue's key is ``gpu.reason.<value>``."""

    BEGIN = "begin"
    CHOSEN = "chosen"
    CREATION_FAILED = "creation-failed"
    FIRST_RUN_FAILED = "first-run-failed"
    RUN_FAILED = "run-failed"
    TIMED_OUT = "timed-out"
    DEVICE_LOST = "device-lost"
    CONTEXT_LOST = "context-lost"
    SLOW = "slow"
    MEMORY = "memory"
    RECOVERED = "recovered"
    MODEL_LOADED = "model-loaded"
    MODEL_GONE = "model-gone"
    SERVER_READY = "server-ready"
    SERVER_LOST = "server-lost"
    SERVER_LEFT = "server-left"
    NEEDED = "needed"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, slots=True)
class Start:
    """Draw on this rung from now on; what is shown stays until it has drawn."""

    rung: Rung
    reason: Reason


@dataclass(frozen=True, slots=True)
class StartBase:
    """Draw whom no model draws on this rung from now on; the others go on as they are."""

    rung: Rung
    reason: Reason


@dataclass(frozen=True, slots=True)
class Suggest:
    """Offer the person a lower rung, which is taken at ``due_ms`` unless they object."""

    rung: Rung
    reason: Reason
    due_ms: float


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the suggestion back, for it was answered or is past."""


Command = Start | StartBase | Suggest | Withdraw
Commands = tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class LadderEntry:
    """One line of the log.

    Attributes:
        left: the rung before; None at the very beginning; the same as ``entered`` for a restart.
        detail: what the platform said, for reports.
    """

    time_ms: float
    left: Rung | None
    entered: Rung
    reason: Reason
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data for reports."""
        return {
            "time_ms": round(self.time_ms),
            "from": None if self.left is None else self.left.value,
            "to": self.entered.value,
            "reason": self.reason.value,
            "detail": self.detail,
        }
