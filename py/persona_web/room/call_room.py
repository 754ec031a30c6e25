"""A call on a room page: the engine, the words for its state, the peers on the stage.

Every phase's room has it; what a page adds is around it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from persona_core import __version__
from persona_core.call.engine import CallEngine
from persona_core.call.invitation import Invitation, parse_invitation
from persona_core.call.keys.identity import (
    forget_identity,
    keep_identity,
    keeps_identity,
    kept_identity,
)
from persona_core.call.notices import Notice
from persona_core.call.ports import CallPorts
from persona_core.call.status import CallStatus, Phase
from persona_core.call.wake import WakeWatch
from persona_core.drawn.style import AvatarStyle
from persona_core.errors import InvitationError, PersonaError
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.keys import Keys
from persona_web.bridge.media.microphone import Microphone, MicrophoneTrack
from persona_web.bridge.media.voices import Voices
from persona_web.bridge.network.call_ports import Network, browser_call_ports
from persona_web.bridge.network.peer import BrowserPeers
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.screen_lock import ScreenLock
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage, TabStorage
from persona_web.capture.device import DeviceState
from persona_web.capture.hand_capture import NO_GESTURES
from persona_web.capture.voice_capture import VoiceCapture
from persona_web.parts.face_capture import SOURCE_KEY, FaceCapture
from persona_web.report.page_report import PageReport, to_json
from persona_web.room.call_report import Recorder, call_report
from persona_web.room.entrance import BOTH, Entrance, Medium
from persona_web.room.face_sender import FaceSender
from persona_web.room.own_voice import OwnVoice
from persona_web.room.peer_list import MakeAvatar, PeerList
from persona_web.room.peer_tile import PLACES, PeerGrid
from persona_web.room.peer_view import PeerView
from persona_web.room.people.founder import founding_of
from persona_web.ui.call.call_view import (
    CallActions,
    CallScene,
    CallView,
    JoinActions,
    JoinPanel,
    scene_of,
)
from persona_web.ui.call.privacy import RelaySwitch, ShortCodes
from persona_web.ui.copy_button import CopyButton
from persona_web.ui.figures import Figures


@dataclass(frozen=True, slots=True)
class RoomPorts:
    """What a room needs from this browser.

    Attributes:
        call: the ports of the engine.
        peers: makes the call's connections.
        microphone: opens the person's.
        voices: plays and measures everybody's.
    """

    call: CallPorts
    peers: BrowserPeers
    microphone: Microphone
    voices: Voices

    @property
    def clock(self) -> BrowserClock:
        """The page's clock."""
        return BrowserClock()


async def browser_ports(site: Site) -> RoomPorts:
    """The ports of a room in this browser."""
    peers, microphone, voices = await asyncio.gather(
        BrowserPeers.load(site), Microphone.load(site), Voices.load(site, 1 + PLACES)
    )
    return RoomPorts(await browser_call_ports(site, peers), peers, microphone, voices)


DEFAULT_SOURCE = "camera"
"""Where a newcomer's face comes from once they have joined."""


class CallRoom:
    """The call, from the link in the page's address to the end. Before the person has joined, no
    camera, microphone or socket is opened.

    Attributes:
        engine: the call itself, for what a page wants to tell the peers.
        gestures: of the own hands, left and right, as the others see them.
        on_changed: called when the stage is in step with a new snapshot of the call.
        on_asking: hears the invitation about which the person is asked from now on, and None once
            they are not.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        ports: RoomPorts,
        face_capture: FaceCapture,
        report: PageReport,
        make_avatar: MakeAvatar,
        *,
        wants_portraits: bool = False,
        with_people: bool = False,
        keys: Keys | None = None,
    ) -> None:
        """
        Args:
            face_capture: whose face is sent, in whose style.
            report: gets the call's section.
            make_avatar: makes what shows a peer who has just come.
            wants_portraits: whether the page shows peers' portraits.
            with_people: whether the page has names, chat and a host.
            keys: the page's shortcuts; None for some of the room's own.
        """
        self.on_asking: Callable[[Invitation | None], None] = lambda _invitation: None
        self._site = site
        self._page = page
        self._signing_key = ports.call.crypto.signer.public
        self._face_capture = face_capture
        self._strings = Strings()
        self._tab = TabStorage()
        self._entrance = Entrance(self._tab, returned=page.returned)
        self._invitation: Invitation | None = None
        self._recorder = Recorder()
        self._figures = Figures(
            page, self._strings, report.meters.frames, face_capture.motion.tracking
        )
        self._notice: Notice | None = None
        self._visible = True
        self.gestures = NO_GESTURES
        self.on_changed: Callable[[], None] = lambda: None
        self._view = CallView(page, self._strings, CallActions(self.leave, self._rejoin))
        self._panel = JoinPanel(
            page,
            self._strings,
            JoinActions(lambda: self._join(frozenset()), lambda: self._join(BOTH)),
        )
        CopyButton(
            site,
            page,
            self._strings,
            "copy-link",
            "invite-link",
            copied="room.link-copied",
            failed="error.clipboard-failed",
        )
        grid = PeerGrid(page, self._strings)
        self._peer_list = PeerList(grid, ports.voices, make_avatar, self._tell)
        self.engine = CallEngine(
            ports.call,
            site.signaling_url,
            self._call_changed,
            app=__version__,
            wants_portraits=wants_portraits,
            room_size=1 + PLACES,
            with_people=with_people,
        )
        self.engine.set_avatar(face_capture.style.to_dict())
        self._sender = FaceSender(self.engine.send_params)
        self._storage = storage = BrowserStorage()
        self._voice = OwnVoice(
            page, self._strings, storage, ports.microphone, ports.voices, self.engine, keys
        )
        RelaySwitch(page, storage, self.engine.set_relay_only)
        self._codes = ShortCodes(page, self._strings)
        page.on_fragment(self.enter)
        page.on_leave(lambda: self.engine.leave(returning=True))
        page.on_return(page.reload)
        Network(self.engine.network_changed)
        self._screen = ScreenLock()
        self._wake = WakeWatch(
            ports.call.scheduler, lambda: time.time() * 1000.0, self.engine.network_changed
        )
        self._wake.start()
        page.publish("record", self._recorder.start)
        page.publish("recorded", lambda: to_json(self._recorder.tapes()))
        report.add("call", lambda _now_ms: call_report(self.engine))
        report.add("connections", lambda _now_ms: ports.peers.report())
        report.add("voice", lambda _now_ms: self._voice.report())
        report.add("screen", lambda _now_ms: "on" if self._screen.is_held else "free")

    @property
    def peers(self) -> tuple[PeerView, ...]:
        """Those on the stage, in the order in which they came."""
        return self._peer_list.views

    @property
    def peer_list(self) -> PeerList:
        """Everybody else."""
        return self._peer_list

    @property
    def reaches_anybody(self) -> bool:
        """Whether anybody is connected, or was."""
        return any(view.remote.quality != "connecting" for view in self.peers)

    @property
    def is_heard(self) -> bool:
        """Whether the others can hear the person."""
        return self._voice.voice.status.is_heard

    def mute(self) -> None:
        """Mutes the person, where they are heard."""
        if self.is_heard:
            self._voice.toggle()

    @property
    def is_running(self) -> bool:
        """Whether the person is in the call, or on the way into it."""
        return self.engine.status.phase in (Phase.ENTERING, Phase.INSIDE)

    def talk(self, talking: bool) -> None:
        """A key that lets a muted person be heard goes down, or is let go."""
        self._voice.talk(talking)

    @property
    def own_level(self) -> float:
        """How loud the own voice is, 0 to 1."""
        return self._voice.level

    @property
    def neural_peer(self) -> str | None:
        """The id of the one peer who may be drawn by the neural model now."""
        return self._peer_list.neural_peer

    @property
    def floor(self) -> str | None:
        """The id of the peer who spoke last."""
        return self._peer_list.floor

    @property
    def is_moving(self) -> bool:
        """Whether there is anybody to be seen or heard, oneself included."""
        others = bool(self._peer_list.views) or self._voice.voice.status.is_heard
        return others or self._face_capture.is_moving

    def set_idle(self, *, idle: bool) -> None:
        """Waits without drawing the own avatar, or goes on."""
        self._face_capture.set_idle(idle=idle)

    def enter(self) -> None:
        """Leads into the room that the page's address names: at once where the person has said
        yes to it in this tab, else by way of the panel that asks. A bad link is said on the
        page."""
        self._invitation = invitation = self._linked()
        if invitation is None:
            return
        if self._entrance.is_open(invitation, inside=self.is_running):
            self._enter(invitation)
        else:
            self._ask(invitation)

    @property
    def voice(self) -> VoiceCapture[MicrophoneTrack]:
        """The own voice in the call, and the wish to be heard."""
        return self._voice.voice

    @property
    def starts_camera(self) -> bool:
        """Whether joining starts the camera, as things stand."""
        return (self._storage.get(SOURCE_KEY) or DEFAULT_SOURCE) == "camera"

    def retell(self) -> None:
        """What joining starts is another thing now: the panel that asks says it."""
        self._panel.tell(camera=self.starts_camera, microphone=not self.voice.status.muted)

    def list_microphones(self) -> None:
        """Offers the microphones there are, by the names that the browser tells by now."""
        self._voice.list_devices()

    def leave(self) -> None:
        """Ends the call and rests camera and microphone."""
        self.on_asking(None)
        forget_identity(self._tab)
        self.engine.leave()
        self._rest()

    def choose(self, style: AvatarStyle) -> None:
        """Wears another style from now on, here and before the peers.

        Raises:
            ControlError: its description is too long to be sent; the old style stays.
        """
        self.engine.set_avatar(style.to_dict())
        self._face_capture.choose(style)

    def step(self, now_ms: float, visible: bool) -> None:
        """One frame: the own face is shown and sent, the peers' are shown."""
        if self._entrance.withheld:
            self._release()
        face = self._face_capture.step(now_ms, visible)
        self.gestures = face.gestures
        if self._sender.offer(face, now_ms):
            self._recorder.add("sent", now_ms, face)
        if visible is not self._visible:
            self._visible = visible
            self.engine.set_watched(visible)
        if not visible:
            return
        shown = self._peer_list.step(now_ms)
        if shown is not None:
            self._recorder.add("received", now_ms, shown)
        remotes = self.engine.remotes
        self._voice.step(now_ms, any(remote.path == "server" for remote in remotes))
        self._figures.step(now_ms, next(iter(remotes), None))

    def _linked(self) -> Invitation | None:
        try:
            return parse_invitation(self._page.fragment)
        except InvitationError as error:
            self.leave()
            self._view.show(CallScene.ENDED, error.code)
            return None

    @property
    def invitation(self) -> Invitation | None:
        """To the room that the page is in, or is asked about."""
        return self._invitation

    def _ask(self, invitation: Invitation) -> None:
        """Ends the call of another room, if there is one, and waits for the person's yes."""
        if not keeps_identity(self._tab, invitation):
            forget_identity(self._tab)
        self.engine.leave()
        self._face_capture.rest()
        self._voice.wait()
        self._view.show(CallScene.INVITED)
        self._panel.ask(camera=self.starts_camera, microphone=not self.voice.status.muted)
        self.on_asking(invitation)

    def _join(self, without: frozenset[Medium]) -> None:
        if self._invitation is not None:
            self._entrance.withhold(without)
            self._enter(self._invitation)

    def _rejoin(self) -> None:
        self._invitation = invitation = self._linked()
        if invitation is not None:
            self._enter(invitation)

    def _enter(self, invitation: Invitation) -> None:
        self.on_asking(None)
        self._view.set_link(invitation.link(self._page.address))
        withheld = self._entrance.withheld
        if Medium.CAMERA not in withheld:
            self._face_capture.resume(default=DEFAULT_SOURCE)
        else:
            self._face_capture.rest()
        founding = None if self.engine.people is None else founding_of(invitation)
        identity = kept_identity(self._tab, invitation, self._signing_key)
        self.engine.join(invitation, identity, founding)
        if self.engine.identity is not None:
            keep_identity(self._tab, invitation, self.engine.identity)
        self._voice.enter(opening=Medium.MICROPHONE not in withheld)

    def _release(self) -> None:
        """What the person has switched on by hand is theirs after a reload, too."""
        motion = self._face_capture.motion.status
        if motion.camera is not DeviceState.OFF or motion.demo:
            self._entrance.release(Medium.CAMERA)
        if self._voice.voice.status.is_heard:
            self._entrance.release(Medium.MICROPHONE)

    def _rest(self) -> None:
        self._face_capture.rest()
        self._voice.rest()

    def _tell(self, error: PersonaError) -> None:
        self._site.notify(self._strings.text(f"error.{error.code}"))

    def _call_changed(self, status: CallStatus, notice: Notice | None) -> None:
        ended_by = status.notice if status.phase is Phase.ENDED else None
        self._screen.want(self.is_running)
        self._view.show(scene_of(status), None if ended_by is None else ended_by.code.value)
        if ended_by is not None:
            self._rest()
        elif notice is not None:
            self._notice = notice
            self._site.notify(self._strings.text(f"error.{notice.code.value}"))
        elif self._notice is not None and status.notice is None:
            self._notice = None  # what it told is true no more
            self._site.unnotify()
        self._peer_list.follow(self.engine.remotes)
        self._codes.show([peer.code for peer in status.peers])
        self.on_changed()
