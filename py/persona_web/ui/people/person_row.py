"""One other person in the list of people: how they are, and what can be done about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from persona_web.ui.people.person_view import PersonView, isolated, marks_of

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings


class PeopleActions(Protocol):
    """What the list does; peers are named by their ids."""

    def choose(self, peer: str, **changes: bool) -> None:
        """Mutes, hides or blocks on this page; fields of ``PeerChoice``."""
        ...

    def set_volume(self, peer: str, volume: float) -> None:
        """0 to 1."""
        ...

    def write_to(self, peer: str) -> None:
        """Begins a private line."""
        ...

    def ask_to_mute(self, peer: str) -> None: ...

    def remove(self, peer: str) -> None: ...

    def lock(self, locked: bool) -> None: ...

    def set_name(self, text: str) -> str:
        """Goes by another name; what could be taken of it."""
        ...


class PersonRow:
    """Attributes:
    element: the row.
    """

    def __init__(self, page: Page, strings: Strings, peer: str, actions: PeopleActions) -> None:
        self._strings = strings
        self._peer = peer
        self._actions = actions
        self._view: PersonView | None = None
        self._asked = False
        self.element = row = page.clone("person-row")
        self._name, self._state = row.find(".person-name"), row.find(".person-state")
        self._muted, self._hidden = row.find(".person-muted"), row.find(".person-hidden")
        self._write, self._blocked = row.find(".person-write"), row.find(".person-blocked")
        self._volume = row.find("input")
        self._volume_words = row.find(".person-volume-words")
        self._host = row.find(".person-host")
        self._ask, self._remove = row.find(".person-ask"), row.find(".person-remove")
        self._sure = row.find(".person-sure")
        self._sure_words = row.find(".person-sure-words")
        self._yes, self._no = row.find(".person-sure-yes"), row.find(".person-sure-no")
        self._wire()

    def show(self, view: PersonView) -> None:
        """Says how the person is now."""
        if view == self._view:
            return
        self._view = view
        self._asked = self._asked and not view.muted
        self._name.text = view.label
        self._state.text = " · ".join(self._words(view))
        self._muted.set("aria-pressed", "true" if view.choice.muted else "false")
        self._hidden.set("aria-pressed", "true" if view.choice.hidden else "false")
        self._host.hidden = not view.may_be_removed
        self._volume.value = str(round(100 * view.volume))
        self._name_controls(view)

    @property
    def has_focus(self) -> bool:
        """Whether the keyboard is on what takes the person away."""
        return self._yes.focused or self._blocked.focused

    def renew(self) -> None:
        """Says everything again, in the language of now."""
        view, self._view = self._view, None
        if view is not None:
            self.show(view)

    def _wire(self) -> None:
        peer, actions = self._peer, self._actions
        self._muted.on("click", lambda: actions.choose(peer, muted=not self._now("muted")))
        self._hidden.on("click", lambda: actions.choose(peer, hidden=not self._now("hidden")))
        self._blocked.on("click", lambda: actions.choose(peer, blocked=True))
        self._write.on("click", lambda: actions.write_to(peer))
        self._volume.on("input", lambda: actions.set_volume(peer, float(self._volume.value) / 100))
        self._ask.on("click", self._ask_to_mute)
        self._remove.on("click", lambda: self._show_sure(shown=True))
        self._no.on("click", lambda: self._show_sure(shown=False))
        self._yes.on("click", lambda: actions.remove(peer))

    def _now(self, choice: str) -> bool:
        return self._view is not None and bool(getattr(self._view.choice, choice))

    def _ask_to_mute(self) -> None:
        self._asked = True
        self._actions.ask_to_mute(self._peer)
        self._ask.text = self._strings.text("people.asked")

    def _show_sure(self, *, shown: bool) -> None:
        self._sure.hidden = not shown
        self._remove.hidden = shown
        (self._no if shown else self._remove).focus()

    def _words(self, view: PersonView) -> list[str]:
        text = self._strings.text
        words = [text(f"people.mark.{m}") for m in marks_of(view.presence, is_host=view.is_host)]
        for holds, key in (
            (view.speaks, "people.speaking"),
            (view.muted, "people.muted"),
            (view.choice.muted, "people.muted-here"),
            (view.choice.hidden, "people.hidden-here"),
        ):
            if holds:
                words.append(text(key))
        return [*words, self._connection(view)]

    def _connection(self, view: PersonView) -> str:
        if view.through_server:
            return self._strings.text("link.server")
        key = {"good": "people.connected", "connecting": "people.connecting"}.get(view.quality)
        return self._strings.text(key or f"link.{view.quality}")

    def _name_controls(self, view: PersonView) -> None:
        text, name = self._strings.text, isolated(view.label)
        for element, key in (
            (self._muted, "people.mute"),
            (self._hidden, "people.hide"),
            (self._write, "people.write"),
            (self._blocked, "people.block"),
            (self._ask, "people.asked" if self._asked else "people.ask"),
            (self._remove, "people.remove"),
            (self._yes, "people.remove-yes"),
            (self._no, "people.remove-no"),
            (self._volume_words, "people.volume"),
        ):
            element.text = text(key)
        self._sure_words.text = text("people.remove-sure", name=name)
