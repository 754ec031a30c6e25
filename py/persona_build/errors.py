"""What can go wrong while building, and what the developer can do about it.

PersonaError
└── BuildError             a step of the build could not be done
    ├── AssetError         a web asset is missing, corrupt or cannot be fetched
    ├── SourceError        one source of an asset does not give it (the next is tried)
    ├── LockError          a lock file that cannot be understood
    ├── PageError          the table of the pages, a page or a partial is wrong
    └── ToolError          a program that the build runs is missing or failed
"""

from __future__ import annotations

from collections.abc import Sequence

from persona_core.errors import PersonaError


class BuildError(PersonaError):
    """A step of the build could not be done.

    Args:
        failed: one sentence: what failed.
        tried: what was tried, one line each, with how it failed.
        remedy: what the developer can do now.
    """

    def __init__(self, failed: str, *, tried: Sequence[str] = (), remedy: str = "") -> None:
        lines = [failed, *(f"  tried: {attempt}" for attempt in tried)]
        if remedy:
            lines.append(f"  remedy: {remedy}")
        super().__init__("\n".join(lines))
        self.failed = failed
        self.tried = tuple(tried)
        self.remedy = remedy


class AssetError(BuildError):
    """A web asset is missing, corrupt or cannot be fetched."""


class SourceError(BuildError):
    """One source of an asset does not give it; the next one is tried."""


class LockError(BuildError):
    """A lock file that cannot be understood."""


class PageError(BuildError):
    """The table of the pages, a page or a partial is not as the build needs it."""


class ToolError(BuildError):
    """A program that the build runs is missing or failed."""
