"""The page's elements, as far as Python shows and hears things."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import jsnull

from persona_web.base.sentence import Sentence, said_now
from persona_web.bridge.proxies import Proxies

PLACE = re.compile(r"\{(\w+)\}")


class Element:
    """One element of the page."""

    def __init__(self, node: Any, proxies: Proxies) -> None:
        self.node = node
        self._proxies = proxies

    @property
    def text(self) -> str:
        return str(self.node.textContent)

    @text.setter
    def text(self, value: str) -> None:
        # Writing what is already there would make screen readers say it again.
        if self.node.textContent != value:
            self.node.textContent = value

    @property
    def value(self) -> str:
        return str(self.node.value)

    @value.setter
    def value(self, value: str) -> None:
        self.node.value = value

    @property
    def hidden(self) -> bool:
        return bool(self.node.hidden)

    @hidden.setter
    def hidden(self, hidden: bool) -> None:
        if bool(self.node.hidden) != hidden:
            self.node.hidden = hidden

    @property
    def enabled(self) -> bool:
        return not self.node.disabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self.node.disabled = not enabled
        self.node.removeAttribute("aria-disabled")

    @property
    def checked(self) -> bool:
        """Whether a radio button or a box is on."""
        return bool(self.node.checked)

    @checked.setter
    def checked(self, checked: bool) -> None:
        if self.checked is not checked:
            self.node.checked = checked

    @property
    def focused(self) -> bool:
        """Whether the keyboard's focus is on it."""
        return bool(js.document.activeElement == self.node)

    def set(self, attribute: str, value: str) -> None:
        """Sets an attribute where it differs."""
        if self.node.getAttribute(attribute) != value:
            self.node.setAttribute(attribute, value)

    def style(self, name: str, value: str) -> None:
        """Sets a property of its own style, as ``--size``."""
        self.node.style.setProperty(name, value)

    def unset(self, attribute: str) -> None:
        """Takes an attribute off, where it is."""
        self.node.removeAttribute(attribute)

    def find(self, selector: str) -> Element:
        """The first descendant that matches a CSS selector.

        Raises:
            LookupError: there is none.
        """
        node = self.node.querySelector(selector)
        if node is jsnull:
            raise LookupError(f"no {selector} in the page")
        return Element(node, self._proxies)

    def find_all(self, selector: str) -> list[Element]:
        """All descendants that match a CSS selector, as they stand in the page."""
        found = self.node.querySelectorAll(selector)
        return [Element(found.item(index), self._proxies) for index in range(found.length)]

    def on(self, event: str, handler: Callable[[], None]) -> None:
        """Calls ``handler`` on a DOM event, whose default action does not happen."""

        def heard(js_event: Any) -> None:
            js_event.preventDefault()
            handler()

        self.node.addEventListener(event, self._proxies.keep(heard))

    def on_press(self, handler: Callable[[], None]) -> None:
        """Calls ``handler`` on a click whose default action happens all the same, as a link's."""
        self.node.addEventListener("click", self._proxies.keep(lambda _event: handler()))

    def on_change(self, handler: Callable[[], None]) -> None:
        """Calls ``handler`` when an input's value was changed by the person."""
        self.node.addEventListener("change", self._proxies.keep(lambda _event: handler()))

    def on_escape(self, handler: Callable[[], None]) -> None:
        """Calls ``handler`` when Escape is pressed in it, whatever is being typed there."""

        def pressed(event: Any) -> None:
            if str(event.key) == "Escape" and not event.isComposing:
                event.preventDefault()
                event.stopPropagation()
                handler()

        self.node.addEventListener("keydown", self._proxies.keep(pressed))

    @property
    def is_seen(self) -> bool:
        """Whether it takes any room on the page, which whatever is around it may hide."""
        return int(self.node.getClientRects().length) > 0

    def remove(self) -> None:
        """Takes it off the page."""
        self.node.remove()

    def take_file(self) -> Any | None:
        """The JavaScript ``File`` that an ``<input type=file>`` was given; None for nothing.

        The input is empty again afterwards, so that the same file can be chosen once more.
        """
        file = self.node.files.item(0)
        self.value = ""
        return None if file is jsnull else file

    def take_files(self) -> list[Any]:
        """All that an ``<input type=file multiple>`` was given; it is empty again afterwards."""
        files = self.node.files
        chosen = [files.item(index) for index in range(files.length)]
        self.value = ""
        return chosen

    def append(self, child: Element) -> None:
        self.node.appendChild(child.node)

    def clear(self) -> None:
        self.node.replaceChildren()

    def focus(self) -> None:
        self.node.focus()

    def select(self) -> None:
        self.node.select()


class Page:
    """The document: finds elements, clones templates, copies to the clipboard, goes elsewhere."""

    def __init__(self) -> None:
        self._proxies = Proxies()

    def element(self, element_id: str) -> Element:
        """The element with an id.

        Raises:
            LookupError: the page has none.
        """
        node = js.document.getElementById(element_id)
        if node is jsnull:
            raise LookupError(f"no #{element_id} in the page")
        return Element(node, self._proxies)

    @property
    def focused(self) -> Element | None:
        """What has the keyboard's focus; None where nothing has."""
        node = js.document.activeElement
        if node is jsnull or node == js.document.body:
            return None
        return Element(node, self._proxies)

    def create(self, tag: str) -> Element:
        return Element(js.document.createElement(tag), self._proxies)

    def clone(self, template_id: str) -> Element:
        """A fresh copy of a template's first element."""
        template = self.element(template_id).node
        return Element(template.content.firstElementChild.cloneNode(True), self._proxies)

    @property
    def address(self) -> str:
        return str(js.location.href)

    @property
    def returned(self) -> bool:
        """Whether the browser shows a page again that the person was on: after a reload, or
        going back or forward to it. False where the browser does not tell."""
        kinds = [str(entry.type) for entry in js.performance.getEntriesByType("navigation")]
        return kinds in (["reload"], ["back_forward"])

    @property
    def has_lost_focus(self) -> bool:
        """Whether the keyboard's focus is nowhere: what had it has gone."""
        return bool(js.document.activeElement == js.document.body)

    @property
    def browser(self) -> str:
        """The browser and its system, as it names itself."""
        return str(js.navigator.userAgent)

    @property
    def is_streamed(self) -> bool:
        """Whether a streaming programme, OBS, shows the page as a source."""
        return hasattr(js.window, "obsstudio")

    @property
    def prefers_stillness(self) -> bool:
        """Whether the person asked their system for less motion."""
        return bool(js.matchMedia("(prefers-reduced-motion: reduce)").matches)

    @property
    def is_online(self) -> bool:
        """Whether the browser believes to have a network."""
        return bool(js.navigator.onLine)

    @property
    def fragment(self) -> str:
        """The part after ``#``, which no server ever sees."""
        return str(js.location.hash)

    def on_fragment(self, handler: Callable[[], None]) -> None:
        self._listen(js.window, "hashchange", handler)

    def on_leave(self, handler: Callable[[], None]) -> None:
        """Calls ``handler`` when the page is being left for good or for a while."""
        self._listen(js.window, "pagehide", handler)

    def on_return(self, handler: Callable[[], None]) -> None:
        """Calls ``handler`` when the browser shows the page again as it was left."""

        def shown(event: Any) -> None:
            if event.persisted:
                handler()

        js.window.addEventListener("pageshow", self._proxies.keep(shown))

    def on_language(self, handler: Callable[[], None]) -> None:
        """Calls ``handler`` when the person chose another language."""
        self._listen(js.window, "virtualpersona:language", handler)

    def _listen(self, target: Any, event: str, handler: Callable[[], None]) -> None:
        target.addEventListener(event, self._proxies.keep(lambda _event: handler()))

    def go(self, address: str) -> None:
        js.location.assign(address)

    def reload(self) -> None:
        js.location.reload()

    async def copy(self, text: str) -> bool:
        """Puts text on the clipboard; False where the platform forbids it."""
        try:
            await js.navigator.clipboard.writeText(text)
        except Exception:  # whatever it is, the person copies by hand then
            return False
        return True

    def publish(self, name: str, function: Callable[[], Any]) -> None:
        """Makes ``virtualpersona.<name>()`` callable from the console and from tools."""
        setattr(js.virtualpersona, name, self._proxies.keep(function))


class Strings:
    """The catalogue of the person's language, as the boot script loaded it."""

    def text(self, key: str, **values: object) -> str:
        """The sentence of a key, with ``{name}`` places filled; one without a value stays.

        An error without a sentence of its own, from a newer server say, gets the general one.
        """
        strings = js.virtualpersona.strings
        sentence = getattr(strings, key, None)
        if sentence is None and key.startswith("error."):
            sentence = getattr(strings, "error.internal", None)
        if sentence is None:
            return key
        said = PLACE.sub(lambda place: str(values.get(place[1], place[0])), str(sentence))
        return Sentence(said, lambda: self._anew(key, values))

    def _anew(self, key: str, values: dict[str, object]) -> str:
        return self.text(key, **{name: said_now(value) for name, value in values.items()})
