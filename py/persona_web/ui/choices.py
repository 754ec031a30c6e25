"""A row of radio buttons made from a template, one for each of a few words."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings


class Choices:
    """A container filled from ``#choice``.

    Args:
        container: where the buttons go.
        name: the radio group's, one of its own on the page.
        values: what can be chosen, in order.
        key: the catalogue's key of a value's name.
        on_choice: hears what the person picks.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        container: Element,
        name: str,
        values: Sequence[str],
        key: Callable[[str], str],
        on_choice: Callable[[str], None],
    ) -> None:
        self._strings = strings
        self._key = key
        self._radios: dict[str, Element] = {}
        self._names: dict[str, Element] = {}
        container.clear()
        for value in values:
            label = page.clone("choice")
            radio = label.find("input")
            radio.value = value
            radio.node.name = name
            radio.on_change(functools.partial(on_choice, value))
            self._radios[value] = radio
            self._names[value] = label.find(".choice-name")
            container.append(label)
        self._translate()
        page.on_language(self._translate)

    def show(self, chosen: str, blocked: Container[str] = ()) -> None:
        """Brings the buttons up to date.

        Args:
            blocked: the values that cannot be chosen now.
        """
        for value, radio in self._radios.items():
            radio.checked = value == chosen
            if radio.enabled is (value in blocked):
                radio.enabled = value not in blocked

    def _translate(self) -> None:
        for value, name in self._names.items():
            name.text = self._strings.text(self._key(value))
