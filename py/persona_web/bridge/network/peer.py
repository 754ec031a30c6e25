"""Peer connections over the browser's ``RTCPeerConnection``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Self

import js
from pyodide.ffi import JsException

from persona_core.call.peer.direct_path import NO_WEBRTC
from persona_core.call.ports import DescriptionKind, PeerListener
from persona_core.call.signaling.ice_check import check_servers
from persona_core.errors import TransportError
from persona_core.wire.codec import MAX_FRAME_BYTES
from persona_core.wire.control import MAX_CONTROL_BYTES
from persona_core.wire.signaling import IceServer
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

LOGGER = logging.getLogger(__name__)


class BrowserPeer:
    """One connection made by ``rtc.js``; see :class:`persona_core.call.ports.PeerTransport`."""

    def __init__(
        self, module: Any, configuration: Callable[[], Any], listener: PeerListener
    ) -> None:
        self._configuration = configuration
        self._proxies = Proxies()
        self._scratch = js.Uint8Array.new(MAX_FRAME_BYTES)
        self._hear: dict[str, Callable[..., None]] = {
            "negotiation-needed": lambda *_: listener.on_negotiation_needed(),
            "local-description": listener.on_local_description,
            "candidate": lambda json, *_: listener.on_candidate(json),
            "state": lambda state, *_: listener.on_connection_state(state),
            "open": lambda *_: listener.on_channels_open(),
            "frame": lambda data, *_: listener.on_frame(data.to_bytes()),
            "control": lambda text, *_: listener.on_control(text),
            "drained": lambda *_: listener.on_control_drained(),
            "audio": lambda track, *_: listener.on_audio(track),
            "error": lambda detail, *_: listener.on_transport_error(detail),
            "stuck": lambda detail, *_: listener.on_negotiation_stuck(detail),
        }
        limits = {"frame": MAX_FRAME_BYTES, "control": MAX_CONTROL_BYTES}
        try:
            self._peer = module.createPeer(
                configuration(), Site.to_object(limits), self._proxies.keep(self._on)
            )
        except JsException as error:
            self._proxies.close()
            raise TransportError(str(error)[:200]) from error

    def _on(self, kind: str, a: Any = None, b: Any = None) -> None:
        self._hear[kind](a, b)

    def make_offer(self) -> None:
        if self._peer is not None:
            self._peer.makeOffer()

    def accept_description(self, kind: DescriptionKind, sdp: str) -> None:
        if self._peer is not None:
            self._peer.accept(kind, sdp)

    def add_candidate(self, candidate: str) -> None:
        if self._peer is not None:
            self._peer.addCandidate(candidate)

    def set_audio(self, track: object | None) -> None:
        if self._peer is not None:
            self._peer.setAudio(js.undefined if track is None else track)

    def restart_ice(self) -> None:
        if self._peer is not None:
            self._peer.restartIce(self._configuration())

    def send_frame(self, data: bytes) -> bool:
        if self._peer is None or len(data) > MAX_FRAME_BYTES:
            return False
        self._scratch.subarray(0, len(data)).assign(data)
        return bool(self._peer.sendFrame(self._scratch, len(data)))

    def send_control(self, text: str) -> bool:
        return self._peer is not None and bool(self._peer.sendControl(text))

    def control_backlog(self) -> int:
        return 0 if self._peer is None else int(self._peer.controlBacklog())

    def close(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.close()
            self._proxies.close_later()


class BrowserPeers:
    """Makes :class:`BrowserPeer` with the ICE servers of site and signaling server."""

    def __init__(self, module: Any, site: Site) -> None:
        self._module = module
        self._site = site
        self._own = check_servers(site.ice_servers)
        self._named = check_servers(())
        self._relay_only = False
        self._warn(self._own.problems)

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load("bridge/network/rtc.js"), site)

    def configure(self, servers: tuple[IceServer, ...], *, relay_only: bool) -> None:
        named = check_servers(asdict(server) for server in servers)
        if named.problems != self._named.problems:
            self._warn(named.problems)
        self._named, self._relay_only = named, relay_only

    def create(self, listener: PeerListener) -> BrowserPeer:
        if not self._module.isAvailable():
            raise TransportError("there is no RTCPeerConnection", code=NO_WEBRTC)
        return BrowserPeer(self._module, self._configuration, listener)

    def report(self) -> dict[str, Any]:
        """The section of a page's report: what was left out, on our side and of the peers'."""
        return {
            "webrtc": bool(self._module.isAvailable()),
            "ice_problems": [*self._own.problems, *self._named.problems],
            "refused": self._module.refused.to_py(),
        }

    @staticmethod
    def _warn(problems: tuple[str, ...]) -> None:
        for problem in problems:
            LOGGER.warning("%s", problem)

    def _configuration(self) -> Any:
        """An ``RTCConfiguration`` as it is to be now."""
        named = [_as_dict(server) for server in (*self._own.servers, *self._named.servers)]
        policy = "relay" if self._relay_only else "all"
        return self._site.to_object({"iceServers": named, "iceTransportPolicy": policy})


def _as_dict(server: IceServer) -> dict[str, Any]:
    """An ``RTCIceServer``; its fields stand only where they say something."""
    named = {"username": server.username, "credential": server.credential}
    return {"urls": list(server.urls)} | {key: value for key, value in named.items() if value}
