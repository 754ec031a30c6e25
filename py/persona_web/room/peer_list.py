"""Everybody else in a room: a view and a tile for each peer, their voices, and who speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from persona_core.call.media.speakers import ActiveSpeaker, NeuralTurn
from persona_core.call.media.voice_mouth import VoiceFeatures
from persona_core.call.remote_peer import RemotePeer
from persona_core.errors import StyleError
from persona_core.face.params import FaceParams
from persona_web.capture.voice_capture import VoiceBoard
from persona_web.room.peer_tile import PeerGrid, PeerTile
from persona_web.room.peer_view import PeerView
from persona_web.view.avatar import Avatar

MakeAvatar = Callable[[RemotePeer, PeerTile], Avatar]
"""Makes what shows a peer who has just come, in :data:`~persona_web.room.peer_view.UNKNOWN_STYLE`,
on the canvases of its tile."""

OWN_PLACE = 0
"""Of the own voice; the peers have the numbers of their tiles."""


class PeerEntry:
    """One peer on the stage."""

    def __init__(self, remote: RemotePeer, tile: PeerTile, view: PeerView) -> None:
        self.remote = remote
        self.tile = tile
        self.view = view
        self.audio: object | None = None


class PeerList:
    """Everybody else in the room.

    Attributes:
        neural_peer: the one peer whom a neural model may draw now: of those who have sent a
            portrait, who spoke last.
        speaking: the peer who speaks now.
    """

    def __init__(
        self,
        grid: PeerGrid,
        voices: VoiceBoard,
        make_avatar: MakeAvatar,
        on_style_error: Callable[[StyleError], None],
    ) -> None:
        self.neural_peer: str | None = None
        self.speaking: str | None = None
        self._grid = grid
        self._voices = voices
        self._make_avatar = make_avatar
        self._on_style_error = on_style_error
        self._guests: list[PeerEntry] = []
        self._speaker = ActiveSpeaker()
        self._turn = NeuralTurn()

    @property
    def floor(self) -> str | None:
        """The id of the peer who spoke last."""
        return self._speaker.floor

    @property
    def views(self) -> tuple[PeerView, ...]:
        """The peers on the stage, in the order in which they came."""
        return tuple(guest.view for guest in self._guests)

    @property
    def tiles(self) -> dict[str, PeerTile]:
        """By peer id, in the same order."""
        return {guest.remote.peer_id: guest.tile for guest in self._guests}

    def set_volume(self, peer: str, volume: float) -> None:
        """How loud a peer is heard here, 0 to 1."""
        tile = self.tiles.get(peer)
        if tile is not None:
            self._voices.set_volume(tile.number, volume)

    def follow(self, remotes: Iterable[RemotePeer]) -> None:
        """Brings the stage in step with who is there."""
        there = tuple(remotes)
        for guest in [guest for guest in self._guests if guest.remote not in there]:
            self._guests.remove(guest)
            self._voices.detach(guest.tile.number)
            self._grid.remove(guest.tile)
        known = [guest.remote for guest in self._guests]
        for remote in there:
            if remote not in known:
                self._welcome(remote)
        for guest in self._guests:
            self._follow_voice(guest)

    def step(self, now_ms: float) -> FaceParams | None:
        """Shows everybody as they are now. Returns the first one's face."""
        if not self._guests:
            self.speaking = None
            return None
        self._voices.read()
        heard = {guest.remote.peer_id: self._heard(guest) for guest in self._guests}
        levels = {peer: voice.level for peer, voice in heard.items()}
        self.speaking = speaking = self._speaker.hear(levels, now_ms)
        portraits = tuple(
            guest.remote.peer_id for guest in self._guests if guest.remote.portrait is not None
        )
        self.neural_peer = self._turn.choose(portraits, self._speaker.floor, now_ms)
        faces = [self._show(guest, heard, speaking, now_ms) for guest in self._guests]
        return faces[0]

    def _show(
        self, guest: PeerEntry, heard: dict[str, VoiceFeatures], speaking: str | None, now_ms: float
    ) -> FaceParams:
        remote = guest.remote
        try:
            guest.view.dress()
        except StyleError as error:
            self._on_style_error(error)
        guest.tile.know(known=guest.view.is_known)
        guest.tile.speak(remote.peer_id == speaking)
        guest.tile.show_recording(recording=remote.recording)
        guest.tile.show(
            remote.quality,
            through_server=remote.path == "server",
            muted=bool(remote.muted),
            portrait_progress=None if remote.portrait else remote.download.progress,
        )
        return guest.view.draw(now_ms, heard[remote.peer_id])

    def _welcome(self, remote: RemotePeer) -> None:
        tile = self._grid.add()
        if tile is not None:
            self._voices.set_volume(tile.number, 1.0)
            view = PeerView(self._make_avatar(remote, tile), remote)
            self._guests.append(PeerEntry(remote, tile, view))

    def _follow_voice(self, guest: PeerEntry) -> None:
        if guest.remote.audio is guest.audio:
            return
        guest.audio = guest.remote.audio
        if guest.audio is None:
            self._voices.detach(guest.tile.number)
        else:
            self._voices.attach(guest.tile.number, guest.audio, audible=True)

    def _heard(self, guest: PeerEntry) -> VoiceFeatures:
        return self._voices.features(guest.tile.number)
