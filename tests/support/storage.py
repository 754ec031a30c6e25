"""The :class:`Storage` port in memory."""

from __future__ import annotations


class DictStorage(dict[str, str]):
    """A store that forgets nothing."""

    def set(self, key: str, value: str) -> bool:
        self[key] = value
        return True

    def remove(self, key: str) -> None:
        self.pop(key, None)
