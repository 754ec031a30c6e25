"""What a page says, and how it is said in another language."""

from __future__ import annotations

from collections.abc import Callable


class Sentence(str):
    """A sentence in the language in which it was asked for.

    Args:
        text: what it is.
        renew: says the same in the language of then.
    """

    __slots__ = ("_renew",)
    _renew: Callable[[], str]

    def __new__(cls, text: str, renew: Callable[[], str]) -> Sentence:
        made = super().__new__(cls, text)
        made._renew = renew
        return made

    @property
    def now(self) -> str:
        """The same in the language of now."""
        return self._renew()


def said_now(value: object) -> object:
    """A value to be put into a sentence; one that is a sentence itself in the language of now."""
    return value.now if isinstance(value, Sentence) else value


def joined(*sentences: str) -> Sentence:
    """Several sentences as one, with a space between."""

    def say() -> str:
        return " ".join(str(said_now(one)) for one in sentences)

    return Sentence(" ".join(sentences), say)
