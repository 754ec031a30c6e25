"""Every port is implemented completely in the bridge, read from its source: CPython cannot
import what runs in the browser only."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import persona_web
from persona_core.base import ports as base_ports
from persona_core.call import ports
from persona_web.capture import face_source, voice_capture
from persona_web.neural import neural_portrait
from persona_web.view import avatar_view, drawn_avatar, renderer

BRIDGE = Path(persona_web.__file__).parent / "bridge"

IMPLEMENTATIONS = {
    base_ports.Clock: ("clock", "BrowserClock"),
    base_ports.Timer: ("clock", "BrowserTimer"),
    base_ports.Scheduler: ("clock", "BrowserScheduler"),
    base_ports.Storage: ("storage", "BrowserStorage"),
    ports.Socket: ("network/socket", "BrowserSocket"),
    ports.SocketFactory: ("network/socket", "BrowserSockets"),
    ports.PeerTransport: ("network/peer", "BrowserPeer"),
    ports.PeerTransportFactory: ("network/peer", "BrowserPeers"),
    ports.Cryptography: ("network/cryptography", "BrowserCryptography"),
    ports.KeyAgreement: ("network/cryptography", "BrowserKeyAgreement"),
    ports.Sealer: ("network/cryptography", "BrowserSealer"),
    ports.Signer: ("network/cryptography", "BrowserSigner"),
    face_source.OpenCamera: ("media/camera", "CameraTrack"),
    face_source.Tracker: ("media/face_tracker", "BrowserTracker"),
    drawn_avatar.Canvas: ("graphics/canvas", "DrawingCanvas"),
    neural_portrait.Screen: ("neural/neural_picture", "NeuralPicture"),
    renderer.ClosableCanvas: ("graphics/canvas", "DrawingCanvas"),
    renderer.EffectSurface: ("graphics/surface", "Surface"),
    renderer.Sheet: ("graphics/sheet", "DrawingSheet"),
    avatar_view.Place: ("graphics/place", "CanvasPlace"),
    voice_capture.OpenMicrophone: ("media/microphone", "MicrophoneTrack"),
    voice_capture.VoiceBoard: ("media/voices", "Voices"),
}

PORTS = [base_ports, ports, face_source, drawn_avatar, avatar_view, voice_capture]
"""The modules whose every port is implemented in the bridge."""

LISTENERS = {ports.SocketListener: "network/socket", ports.PeerListener: "network/peer"}
"""The ports that the call implements, by the module of the bridge that tells them things."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def protocols_of(module: object) -> set[type]:
    return {
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if getattr(found, "_is_protocol", False) and found.__module__ == module.__name__
    }


def parse(module: str) -> ast.Module:
    return ast.parse((BRIDGE / f"{module}.py").read_text("utf-8"))


def functions_of(module: str, name: str) -> dict[str, Function]:
    [found] = [
        node for node in parse(module).body if isinstance(node, ast.ClassDef) and node.name == name
    ]
    return {node.name: node for node in found.body if isinstance(node, Function)}


def methods_of(protocol: type) -> dict[str, Function]:
    [found] = ast.parse(inspect.getsource(protocol)).body
    assert isinstance(found, ast.ClassDef)
    return {node.name: node for node in found.body if isinstance(node, Function)}


def parameters(function: Function) -> list[str]:
    """Names, order, kinds and defaults; what they are called matters to who names them."""
    arguments = function.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        argument.annotation = None
    return ast.unparse(arguments).split(", ")


@pytest.mark.parametrize("module", PORTS, ids=lambda module: module.__name__)
def test_ports_are_all_known_here_when_one_is_added(module: object) -> None:
    assert protocols_of(module) <= IMPLEMENTATIONS.keys() | LISTENERS.keys()


@pytest.mark.parametrize("port", IMPLEMENTATIONS, ids=lambda port: port.__name__)
def test_bridge_has_every_method_when_a_port_asks_for_it(port: type) -> None:
    wanted, found = methods_of(port), functions_of(*IMPLEMENTATIONS[port])

    assert wanted.keys() <= found.keys()
    for name, method in wanted.items():
        assert type(found[name]) is type(method), f"{name}: async in one place only"
        assert parameters(found[name]) == parameters(method), name


@pytest.mark.parametrize("port", LISTENERS, ids=lambda port: port.__name__)
def test_bridge_tells_everything_when_a_listener_can_hear_it(port: type) -> None:
    told = {
        node.attr
        for node in ast.walk(parse(LISTENERS[port]))
        if isinstance(node, ast.Attribute) and node.attr.startswith("on_")
    }

    assert told == methods_of(port).keys()
