"""``#people-panel``: the own name, the host's tools, everybody else, and who is blocked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from persona_web.ui.people.person_row import PeopleActions, PersonRow
from persona_web.ui.people.person_view import PersonView, isolated

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings


@dataclass(frozen=True, slots=True)
class RoomView:
    """What the panel says of the room.

    Attributes:
        is_host: whether it is the person on this page.
        host: label of another one who is; empty for nobody who is here.
        blocked: labels by peer id.
    """

    people: Sequence[PersonView]
    blocked: Mapping[str, str]
    is_host: bool
    host: str
    is_locked: bool


class PeoplePanel:
    """
    Args:
        name: the own one.
        sound: whether comings and goings can be heard.
        on_sound: hears the wish.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        actions: PeopleActions,
        name: str,
        *,
        sound: bool,
        on_sound: Callable[[bool], None],
    ) -> None:
        self._page = page
        self._strings = strings
        self._actions = actions
        self._rows: dict[str, PersonRow] = {}
        self._blocked_rows: dict[str, Element] = {}
        self._view: RoomView | None = None
        self._name, self._name_said = page.element("own-name"), page.element("own-name-said")
        self._host_line, self._tools = page.element("host-line"), page.element("host-tools")
        self._lock = page.element("lock-room")
        self._title, self._list = page.element("people-title"), page.element("people-list")
        self._blocked, self._blocked_list = page.element("blocked"), page.element("blocked-list")
        self._sound = page.element("people-sound")
        self._name.value = name
        self._sound.checked = sound
        page.element("own-name-form").on("submit", self._save_name)
        self._lock.on_change(lambda: actions.lock(self._lock.checked))
        self._sound.on_change(lambda: on_sound(self._sound.checked))
        page.on_language(self._renew)

    def show(self, view: RoomView) -> None:
        """Brings the panel in step with the call."""
        if view == self._view:
            return
        self._view = view
        self._say_host(view)
        self._show_people(view.people)
        self._show_blocked(view.blocked)

    def _renew(self) -> None:
        view, self._view = self._view, None
        for row in self._rows.values():
            row.renew()
        self._name_said.text = ""
        if view is not None:
            self.show(view)
            self._name_blocked(view.blocked)

    def _save_name(self) -> None:
        kept = self._actions.set_name(self._name.value)
        self._name.value = kept
        self._name_said.text = self._strings.text(
            "people.name-saved" if kept else "people.name-none"
        )

    def _say_host(self, view: RoomView) -> None:
        text = self._strings.text
        if view.is_host:
            words = [text("people.you-host")]
        elif view.host:
            words = [text("people.hosted-by", name=isolated(view.host))]
        else:
            words = [text("people.no-host")]
        if view.is_locked and not view.is_host:
            words.append(text("people.is-locked"))
        if not view.people:
            words.append(text("people.nobody"))
        self._host_line.text = " ".join(words)
        self._tools.hidden = not view.is_host
        self._lock.checked = view.is_locked

    def _show_people(self, people: Sequence[PersonView]) -> None:
        there = {person.peer for person in people}
        for peer in [peer for peer in self._rows if peer not in there]:
            row = self._rows.pop(peer)
            had_focus = row.has_focus
            row.element.remove()
            if had_focus:
                self._title.focus()
        for person in people:
            self._row_of(person.peer).show(person)

    def _row_of(self, peer: str) -> PersonRow:
        row = self._rows.get(peer)
        if row is None:
            row = self._rows[peer] = PersonRow(self._page, self._strings, peer, self._actions)
            self._list.append(row.element)
        return row

    def _show_blocked(self, blocked: Mapping[str, str]) -> None:
        for peer in [peer for peer in self._blocked_rows if peer not in blocked]:
            gone = self._blocked_rows.pop(peer)
            had_focus = gone.find("button").focused
            gone.remove()
            if had_focus:
                self._title.focus()
        for peer in blocked:
            if peer not in self._blocked_rows:
                self._blocked_rows[peer] = row = self._page.clone("blocked-row")
                row.find("button").on("click", self._unblocking(peer))
                self._blocked_list.append(row)
        self._blocked.hidden = not blocked
        self._name_blocked(blocked)

    def _unblocking(self, peer: str) -> Callable[[], None]:
        return lambda: self._actions.choose(peer, blocked=False)

    def _name_blocked(self, blocked: Mapping[str, str]) -> None:
        for peer, row in self._blocked_rows.items():
            label = blocked[peer]
            row.find(".person-name").text = label
            words = self._strings.text("people.unblock", name=isolated(label))
            row.find("button").text = words
