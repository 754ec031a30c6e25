"""What can go wrong when a model is made, and what the person at the command line can do.

PersonaError
└── ConversionError        a model could not be made
    └── CheckpointError    a file of weights that is missing, wrong or damaged
"""

from __future__ import annotations

from typing import ClassVar

from persona_core.errors import PersonaError


class ConversionError(PersonaError):
    """A model could not be made.

    Args:
        failed: one sentence: what failed.
        remedy: what the person can do now.
    """

    default_code: ClassVar[str] = "conversion-failed"

    def __init__(self, failed: str, *, remedy: str = "", code: str | None = None) -> None:
        super().__init__(f"{failed}\n  remedy: {remedy}" if remedy else failed, code=code)
        self.failed = failed
        self.remedy = remedy


class CheckpointError(ConversionError):
    """A file of weights that is missing, wrong or damaged.

    Codes: ``checkpoint-missing`` no file; ``checkpoint-unofficial`` another size or hash;
    ``checkpoint-unreadable`` not of the format that its name says; ``checkpoint-foreign`` another
    model's, or keys or shapes are wrong; ``checkpoint-damaged`` values that are not finite.
    """

    default_code = "checkpoint-unreadable"
