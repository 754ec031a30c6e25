"""A page in memory: as much of one as widgets need on CPython.

Elements are made when they are asked for, so nothing says whether the HTML has them; the tests in
Pyodide do.
"""

from __future__ import annotations

from collections.abc import Callable


class FakeElement:
    """What a widget can do to an element; events come from :meth:`fire`."""

    def __init__(self, tag: str = "") -> None:
        self.tag = tag
        self.text = self.value = ""
        self.hidden = self.checked = self.focused = False
        self.enabled = self.is_seen = True
        self.attributes: dict[str, str] = {}
        self.children: list[FakeElement] = []
        self.node = FakeNode()
        self._found: dict[str, FakeElement] = {}
        self._handlers: dict[str, list[Callable[[], None]]] = {}

    def set(self, attribute: str, value: str) -> None:
        self.attributes[attribute] = value

    def unset(self, attribute: str) -> None:
        self.attributes.pop(attribute, None)

    def find(self, selector: str) -> FakeElement:
        return self._found.setdefault(selector, FakeElement(selector))

    def on(self, event: str, handler: Callable[[], None]) -> None:
        self._handlers.setdefault(event, []).append(handler)

    def on_change(self, handler: Callable[[], None]) -> None:
        self.on("change", handler)

    def append(self, child: FakeElement) -> None:
        self.children.append(child)

    def clear(self) -> None:
        self.children.clear()

    def focus(self) -> None:
        self.focused = True

    def fire(self, event: str = "click") -> None:
        """Something happens to the element."""
        for handler in self._handlers.get(event, []):
            handler()


class FakeNode:
    """What is set on the node itself."""

    open = False


class FakePage:
    """Elements by id, and templates that can be cloned."""

    prefers_stillness = False

    def __init__(self) -> None:
        self._elements: dict[str, FakeElement] = {}
        self._languages: list[Callable[[], None]] = []

    def element(self, element_id: str) -> FakeElement:
        return self._elements.setdefault(element_id, FakeElement(element_id))

    def create(self, tag: str) -> FakeElement:
        return FakeElement(tag)

    def clone(self, template_id: str) -> FakeElement:
        return FakeElement(template_id)

    def on_language(self, handler: Callable[[], None]) -> None:
        self._languages.append(handler)

    def change_language(self) -> None:
        """The person chose another language."""
        for handler in self._languages:
            handler()


class FakeStrings:
    """Sentences that are their keys, with their values behind them."""

    def text(self, key: str, **values: object) -> str:
        return " ".join([key, *(str(value) for value in values.values())])


class FakeKeys:
    """Shortcuts that can be pressed."""

    def __init__(self) -> None:
        self._handlers: dict[str, Callable[[], object]] = {}

    def on(self, key: str, handler: Callable[[], object]) -> None:
        self._handlers[key] = handler

    def press(self, key: str) -> None:
        self._handlers[key]()
