"""The people of a call on a room page: names on tiles, panels, reactions, what is announced.

The call has the facts (:class:`~persona_core.call.people.people.People`); this shows them, and
takes what the person does about them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from persona_core.base.ports import Storage
from persona_core.call.people.chat_log import ChatLine
from persona_core.call.people.people import Said
from persona_core.call.remote_peer import RemotePeer
from persona_core.call.status import Phase
from persona_core.wire.people_messages import FaceSource, ReactionKind
from persona_web.base.background import Background
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.media.chime import Chime
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.capture.device import DeviceState
from persona_web.look.own_name import OwnName
from persona_web.parts.face_capture import FaceCapture
from persona_web.room.call_room import CallRoom
from persona_web.room.peer_expression import Announcer
from persona_web.room.people.live_news import LiveNews
from persona_web.room.people.side_panels import SidePanels
from persona_web.ui.people.name_plate import NamePlate, ReactionSpot
from persona_web.ui.people.people_buttons import ButtonActions, PeopleButtons
from persona_web.ui.people.people_panel import RoomView
from persona_web.ui.people.person_view import PersonView, isolated, label_of, marks_of
from persona_web.ui.people.reaction_bar import ReactionBar

SOUND_KEY: Final = "people.sound"
SHOWN: Final = {"room.peer-emotion": "people.reacted", "room.peer-gesture": "people.shows"}
"""Sentences of rooms without names, and ours in their place."""
STEP_MS: Final = 200.0
"""How often is looked at what changes by itself: the camera, who speaks, what is due."""


class TileSigns(NamedTuple):
    """What one peer's tile says beside the picture."""

    plate: NamePlate
    reactions: ReactionSpot


class CallPeople:
    """Made once for a room that has people (``with_people``).

    Args:
        own_name: the name that the person goes by, here and in the lobby.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        storage: Storage,
        room: CallRoom,
        face_capture: FaceCapture,
        announcer: Announcer,
        own_name: OwnName,
    ) -> None:
        people = room.engine.people
        assert people is not None
        self._site = site
        self._page = page
        self._strings = strings
        self._storage = storage
        self._room = room
        self._people = people
        self._face_capture = face_capture
        self._own_name = own_name
        self._clock = BrowserClock()
        self._background = Background()
        self._chime: Chime | None = None
        self._phase = Phase.OUTSIDE
        self._stepped_ms = 0.0
        self._unread = 0
        self._has_asked = False
        self._was = (False, False, "")
        self._signs: dict[str, TileSigns] = {}
        self._labels: dict[str, str] = {}
        self._hands: dict[str, bool] = {}
        self._volumes: dict[str, float] = {}
        self._own_reactions = ReactionSpot(page, page.element("self-view"))
        self._news = LiveNews(strings, announcer.tell, self._ring)
        actions = ButtonActions(
            self._turn_hand,
            lambda: self._panels.toggle("people"),
            lambda: self._panels.toggle("chat"),
        )
        self._buttons = PeopleButtons(page, strings, actions)
        self._bar = ReactionBar(page, strings, self._react)
        self._panels = SidePanels(
            *(site, page, strings, self, lambda: own_name.value, self._say),
            sound=lambda: storage.get(SOUND_KEY) == "on",
            on_sound=self._wish_sound,
            on_shown=self._show_panels,
        )
        self._shown_lines = 0
        page.element("notice-action").on("click", self._mute_as_asked)
        page.on_language(self._renew)
        people.listener = self
        people.set_name(own_name.value)
        own_name.on_change(lambda: people.set_name(own_name.value))
        room.on_changed = self.follow
        self._show_buttons()
        if storage.get(SOUND_KEY) == "on":
            self._background.run(self._load_chime())

    # The call tells

    def follow(self) -> None:
        """Brings everything in step with the call."""
        status = self._room.engine.status
        if status.phase is not self._phase:
            self._phase = status.phase
            self._begin_or_end(status.phase)
        remotes = self._room.engine.remotes
        self._labels |= {remote.peer_id: self._label(remote) for remote in remotes}
        self._follow_tiles(remotes)
        here = {remote.peer_id: self._labels[remote.peer_id] for remote in remotes}
        named = {remote.peer_id for remote in remotes if remote.presence is not None}
        if status.phase is Phase.INSIDE:
            self._news.follow(here, named, self._clock.now_ms())
        self._follow_hands(remotes)
        self._tell_host(status.is_host, status.is_locked, status.host or "")
        self._show_buttons()
        self._show_panels()

    def step(self, now_ms: float, *, raises_hand: bool = False) -> None:
        """What changes by itself; to be called some ten times a second.

        Args:
            raises_hand: whether the person has just held a palm up, which asks for the floor;
                lowering the hand is the button's.
        """
        if raises_hand and self._phase is Phase.INSIDE and not self._people.presence.has_hand_up:
            self._put_hand(up=True)
        for signs in self._signs.values():
            signs.reactions.step(now_ms)
        self._own_reactions.step(now_ms)
        if now_ms - self._stepped_ms < STEP_MS:
            return
        self._stepped_ms = now_ms
        has_hand_up = self._people.presence.has_hand_up
        self._people.set_presence(self._source(), hand=has_hand_up)
        self._news.step(now_ms)
        if self._panels.are_people_open:
            self._show_panels()

    def on_chat(self, line: ChatLine) -> None:
        """A line came, or ours went out."""
        if line.sender is not None and not self._panels.is_chat_open:
            self._unread += 1
            self._news.say("people.new-message", name=isolated(self._name_of(line.sender)))
        self._show_lines()
        self._show_buttons()

    def on_reaction(self, peer: str | None, kind: ReactionKind) -> None:
        """Somebody reacted; None: we did."""
        now_ms = self._clock.now_ms()
        if peer is None:
            self._own_reactions.show(kind, now_ms)
            return
        signs = self._signs.get(peer)
        if signs is not None:
            signs.reactions.show(kind, now_ms)
            what = self._strings.text(f"people.reaction.{kind.value}")
            self._news.say("people.reacted", name=isolated(self._name_of(peer)), what=what)

    def tell_of(self, peer: str, key: str, word: str) -> None:
        """Says what a peer's avatar shows, by name.

        Args:
            key: of the sentence for a person without a name.
            word: key of what is shown.
        """
        what = self._strings.text(word)
        self._news.say(SHOWN[key], name=isolated(self._name_of(peer)), what=what)

    def on_mute_request(self) -> None:
        """The host asks us to mute."""
        if self._room.is_heard:
            self._has_asked = True
            text = self._strings.text
            self._site.notify(text("people.asked-to-mute"), text("people.mute-now"))

    # The panels' actions

    def choose(self, peer: str, **changes: bool) -> None:
        self._room.engine.choose_for(peer, **changes)
        self.follow()

    def set_volume(self, peer: str, volume: float) -> None:
        self._volumes[peer] = volume
        self._room.peer_list.set_volume(peer, volume)

    def write_to(self, peer: str) -> None:
        self._panels.write_to(peer)

    def ask_to_mute(self, peer: str) -> None:
        self._people.ask_to_mute(peer)

    def remove(self, peer: str) -> None:
        self._people.remove(peer)

    def lock(self, locked: bool) -> None:
        self._people.lock(locked)

    def set_name(self, text: str) -> str:
        return self._own_name.set(text)

    # Inside

    def _begin_or_end(self, phase: Phase) -> None:
        if phase is Phase.ENTERING:
            self._news.begin()
            self._labels, self._hands, self._volumes = {}, {}, {}
            self._unread = self._shown_lines = 0
            self._was = (False, False, "")
            if self._panels.chat is not None:
                self._panels.chat.clear()
        elif phase is Phase.ENDED:
            self._news.begin()
            self._bar.hide()
            self._panels.hide()

    def _label(self, remote: RemotePeer) -> str:
        peer = remote.peer_id
        number, is_self = self._people.number(peer), self._people.is_self(peer)
        return label_of(self._strings, remote.name, number, is_self=is_self)

    def _name_of(self, peer: str) -> str:
        return self._labels.get(peer) or self._strings.text("people.guest")

    def _follow_tiles(self, remotes: tuple[RemotePeer, ...]) -> None:
        tiles = self._room.peer_list.tiles
        for peer in [peer for peer in self._signs if peer not in tiles]:
            del self._signs[peer]
        for remote in remotes:
            tile = tiles.get(remote.peer_id)
            if tile is None:
                continue
            signs = self._signs.get(remote.peer_id)
            if signs is None:
                plate = NamePlate(self._strings, tile.place, tile.canvas())
                signs = TileSigns(plate, ReactionSpot(self._page, tile.place))
                self._signs[remote.peer_id] = signs
            if remote.presence is not None or remote.quality != "connecting":
                is_host = self._people.is_hosted_by(remote.peer_id)
                marks = marks_of(remote.presence, is_host=is_host)
                signs.plate.show(self._labels[remote.peer_id], marks)

    def _follow_hands(self, remotes: tuple[RemotePeer, ...]) -> None:
        for remote in remotes:
            up = remote.presence is not None and remote.presence.has_hand_up
            if up is not self._hands.get(remote.peer_id, False):
                key = "people.hand-up" if up else "people.hand-down"
                self._news.say(key, name=isolated(self._labels[remote.peer_id]))
            self._hands[remote.peer_id] = up

    def _tell_host(self, is_host: bool, is_locked: bool, host: str) -> None:
        was_host, was_locked, was = self._was
        if is_host and not was_host and was:
            self._news.say("people.now-host")
        elif host and host != was and (was or was_host):
            self._news.say("people.other-host", name=isolated(self._name_of(host)))
        if is_locked is not was_locked and not is_host:
            self._news.say("people.now-locked" if is_locked else "people.now-unlocked")
        self._was = (is_host, is_locked, host)

    def _turn_hand(self) -> None:
        self._put_hand(up=not self._people.presence.has_hand_up)

    def _put_hand(self, *, up: bool) -> None:
        self._people.set_presence(self._source(), hand=up)
        self._news.say("people.own-hand-up" if up else "people.own-hand-down")
        self._show_buttons()

    def _react(self, kind: ReactionKind) -> None:
        if self._people.react(kind) is Said.TOO_FAST:
            self._site.notify(self._strings.text("people.too-fast"))

    def _say(self, text: str, peer: str | None) -> Said:
        return self._people.say(text, peer)

    def _source(self) -> FaceSource:
        status = self._face_capture.motion.status
        if status.camera is DeviceState.OPEN:
            return FaceSource.CAMERA
        return FaceSource.DEMO if status.demo else FaceSource.OFF

    def _show_buttons(self) -> None:
        self._buttons.show(
            in_call=self._phase in (Phase.ENTERING, Phase.INSIDE),
            has_hand_up=self._people.presence.has_hand_up,
            unread=self._unread,
        )

    def _show_panels(self) -> None:
        if self._panels.are_people_open and self._panels.people is not None:
            self._panels.people.show(self._room_view())
        if self._panels.is_chat_open and self._panels.chat is not None:
            self._unread = 0
            self._show_buttons()
            remotes = self._room.engine.remotes
            knowing = [remote for remote in remotes if remote.presence is not None]
            self._panels.chat.follow((one.peer_id, self._labels[one.peer_id]) for one in knowing)
        self._show_lines()

    def _show_lines(self) -> None:
        chat, lines = self._panels.chat, self._people.chat.lines
        if chat is None or not lines or lines[-1].number == self._shown_lines:
            return
        for line in lines:
            if line.number > self._shown_lines:
                self._shown_lines = line.number
                other = line.sender or line.receiver
                chat.add(line, "" if other is None else self._name_of(other))

    def _room_view(self) -> RoomView:
        status, engine = self._room.engine.status, self._room.engine
        blocked = {
            peer: self._name_of(peer) for peer in engine.blocked if not self._people.is_barred(peer)
        }
        return RoomView(
            tuple(self._person_view(remote, is_host=status.is_host) for remote in engine.remotes),
            blocked,
            status.is_host,
            "" if status.host is None else self._name_of(status.host),
            status.is_locked,
        )

    def _person_view(self, remote: RemotePeer, *, is_host: bool) -> PersonView:
        peer = remote.peer_id
        return PersonView(
            peer,
            self._labels[peer],
            remote.presence,
            bool(remote.muted),
            remote.quality,
            remote.path == "server",
            remote.choice,
            self._people.is_hosted_by(peer),
            self._room.peer_list.speaking == peer,
            self._volumes.get(peer, 1.0),
            is_host and not self._people.is_self(peer),
        )

    def _mute_as_asked(self) -> None:
        if self._has_asked:
            self._has_asked = False
            self._room.mute()
            self._site.unnotify()

    def _wish_sound(self, wished: bool) -> None:
        self._storage.set(SOUND_KEY, "on" if wished else "off")
        if self._chime is not None:
            self._chime.is_on = wished
            self._chime.prepare()
        elif wished:
            self._background.run(self._load_chime())

    async def _load_chime(self) -> None:
        self._chime = await Chime.load(self._site)
        self._chime.prepare()

    def _ring(self) -> None:
        if self._chime is not None:
            self._chime.play()

    def _renew(self) -> None:
        for signs in self._signs.values():
            signs.plate.renew()
        if self._phase in (Phase.ENTERING, Phase.INSIDE):
            self.follow()
