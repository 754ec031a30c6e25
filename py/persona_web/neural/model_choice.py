"""Which neural model a person chose, kept between visits."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from persona_core.base.ports import Storage

MODEL_KEY: Final = "neural.model"
PARAMETER: Final = "models"
TESTS: Final = "test"


class ModelChoice:
    """The model that was in use last.

    Args:
        storage: keeps its name; without one nothing is kept.
        address: the page's. ``?models=test`` offers the models for tests in place of those for
            people; a name is kept for each of the two.

    Attributes:
        tests: whether the models for tests are offered.
    """

    def __init__(self, storage: Storage | None = None, address: str = "") -> None:
        self._storage = storage
        self.tests = parse_qs(urlsplit(address).query).get(PARAMETER, [""])[-1] == TESTS
        self._key = f"{MODEL_KEY}.{TESTS}" if self.tests else MODEL_KEY

    @property
    def name(self) -> str | None:
        """Its name; None for none."""
        return (self._storage.get(self._key) if self._storage else None) or None

    def keep(self, name: str) -> None:
        if self._storage is not None:
            self._storage.set(self._key, name)

    def forget(self) -> None:
        if self._storage is not None:
            self._storage.remove(self._key)
