"""The customizer: every field of the look as a group of buttons or swatches.

Groups are filled from the page's templates, so that a page decides how they look:
``#look-section``, ``#look-field``, ``#look-swatch``, ``#look-colour``, ``#look-choice``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from persona_core.drawn.options import PALETTES, wearing
from persona_core.drawn.palette import colour_words
from persona_core.drawn.style import CHOICE_FIELDS, Accessory, AvatarStyle
from persona_web.look.look_editor import LookEditor
from persona_web.ui.words import choice_key, field_key

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

SECTIONS: Final = {
    "face": ("skin", "face", "nose", "age", "build"),
    "hair": ("hair_colour", "hair", "beard"),
    "eyes": ("eye_colour", "eyes", "lashes", "brow_colour", "brows"),
    "mouth": ("lip_colour", "mouth"),
    "clothes": ("clothes_colour", "clothes", "accent_colour"),
    "extras": ("accessories",),
}
"""Fields of ``AvatarStyle`` by section, in the order of the page."""
ACCESSORIES: Final = "accessories"


class Customizer:
    """``#look-sections`` and what is in it."""

    def __init__(self, page: Page, strings: Strings, look_editor: LookEditor) -> None:
        self._page = page
        self._strings = strings
        self._look_editor = look_editor
        self._labels: list[Callable[[], None]] = []
        self._shows: list[Callable[[AvatarStyle], None]] = []
        sections = page.element("look-sections")
        sections.clear()
        for name, fields in SECTIONS.items():
            section = page.clone("look-section")
            self._label(section.find(".look-section-name"), f"look.section.{name}")
            body = section.find(".look-fields")
            for field in fields:
                body.append(self._field(field))
            section.node.open = name == "face"
            sections.append(section)
        page.on_language(self._translate)
        look_editor.on_edit(self._show)
        self._translate()
        self._show()

    # Building

    def _field(self, field: str) -> Element:
        group = self._page.clone("look-field")
        self._label(group.find("legend"), field_key(field))
        options = group.find(".choices")
        if field in PALETTES:
            self._add_colours(field, options)
        elif field == ACCESSORIES:
            for accessory in Accessory:
                options.append(self._accessory(accessory))
        else:
            for choice in CHOICE_FIELDS[field]:
                options.append(self._choice(field, choice))
        return group

    def _choice(self, field: str, choice: StrEnum) -> Element:
        button, box = self._button("look-choice", "radio", field, str(choice))
        self._label(button.find(".look-choice-name"), choice_key(field, choice))
        box.on_change(lambda: self._wear(field, choice))
        self._follow(box, lambda style: getattr(style, field) is choice)
        return button

    def _accessory(self, accessory: Accessory) -> Element:
        button, box = self._button("look-choice", "checkbox", ACCESSORIES, str(accessory))
        self._label(button.find(".look-choice-name"), choice_key(ACCESSORIES, accessory))
        box.on_change(
            lambda: self._look_editor.wear(
                wearing(self._look_editor.style, accessory, on=box.checked)
            )
        )
        self._follow(box, lambda style: accessory in style.accessories)
        return button

    def _add_colours(self, field: str, options: Element) -> None:
        palette = PALETTES[field]
        if getattr(AvatarStyle(), field) is None:  # no colour of its own: the hair's
            options.append(self._hair_coloured(field))
        for number, colour in enumerate(palette, start=1):
            options.append(self._swatch(field, colour, number, len(palette)))
        options.append(self._free_colour(field))

    def _hair_coloured(self, field: str) -> Element:
        button, box = self._button("look-choice", "radio", field, "")
        self._label(button.find(".look-choice-name"), f"{field_key(field)}.hair")
        box.on_change(lambda: self._wear(field, None))
        self._follow(box, lambda style: getattr(style, field) is None)
        return button

    def _swatch(self, field: str, colour: str, number: int, count: int) -> Element:
        button, box = self._button("look-swatch", "radio", field, colour)
        button.node.style.setProperty("--swatch", colour)
        self._labels.append(lambda: box.set("aria-label", self._swatch_name(colour, number, count)))
        box.on_change(lambda: self._wear(field, colour))
        self._follow(box, lambda style: getattr(style, field) == colour)
        return button

    def _swatch_name(self, colour: str, number: int, count: int) -> str:
        text, (tone, name) = self._strings.text, colour_words(colour)
        words = text(f"look.colour.{name}")
        if tone:
            words = text(f"look.tone.{tone}", colour=words)
        return text("look.swatch", colour=words, number=number, count=count)

    def _free_colour(self, field: str) -> Element:
        button = self._page.clone("look-colour")
        colour = button.find("input")
        self._label(button.find("span"), "look.any-colour")
        # While the person drags, every colour is part of one step; "change" ends it.
        colour.on("input", lambda: self._wear(field, colour.value, field))
        colour.on_change(self._look_editor.settle)

        def show(style: AvatarStyle) -> None:
            value = getattr(style, field)
            if value is not None and colour.value != value.lower():
                colour.value = value.lower()
            chosen = value is not None and value not in PALETTES[field]
            button.set("data-chosen", "true" if chosen else "false")

        self._shows.append(show)
        return button

    def _button(self, template: str, kind: str, field: str, value: str) -> tuple[Element, Element]:
        button = self._page.clone(template)
        box = button.find("input")
        box.node.type = kind
        box.node.name = f"look-{field}"
        box.value = value
        return button, box

    # Showing

    def _wear(self, field: str, value: Any, touched: str | None = None) -> None:
        self._look_editor.wear(replace(self._look_editor.style, **{field: value}), touched)

    def _follow(self, box: Element, is_worn: Callable[[AvatarStyle], bool]) -> None:
        def show(style: AvatarStyle) -> None:
            box.checked = is_worn(style)

        self._shows.append(show)

    def _label(self, element: Element, key: str) -> None:
        self._labels.append(functools.partial(self._write, element, key))

    def _write(self, element: Element, key: str) -> None:
        element.text = self._strings.text(key)

    def _translate(self) -> None:
        for label in self._labels:
            label()

    def _show(self) -> None:
        style = self._look_editor.style
        for show in self._shows:
            show(style)
