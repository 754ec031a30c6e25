"""Every port is implemented completely in the bridge, read from its source: CPython cannot
import what runs in the browser only."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import persona_web
from persona_core.call import ports
from persona_web import motion, stage, voice
from persona_web.render import drawn, neural, renderer

BRIDGE = Path(persona_web.__file__).parent / "bridge"

IMPLEMENTATIONS = {
    ports.Clock: ("clock", "BrowserClock"),
    ports.Timer: ("clock", "BrowserTimer"),
    ports.Scheduler: ("clock", "BrowserScheduler"),
    ports.Storage: ("storage", "BrowserStorage"),
    ports.Socket: ("socket", "BrowserSocket"),
    ports.SocketFactory: ("socket", "BrowserSockets"),
    ports.PeerTransport: ("peer", "BrowserPeer"),
    ports.PeerTransportFactory: ("peer", "BrowserPeers"),
    ports.Cryptography: ("cryptography", "BrowserCryptography"),
    ports.KeyAgreement: ("cryptography", "BrowserKeyAgreement"),
    ports.Sealer: ("cryptography", "BrowserSealer"),
    ports.Signer: ("cryptography", "BrowserSigner"),
    motion.OpenCamera: ("camera", "CameraTrack"),
    motion.Tracker: ("tracker", "BrowserTracker"),
    drawn.Canvas: ("canvas", "DrawingCanvas"),
    neural.Screen: ("neural_picture", "NeuralPicture"),
    renderer.ClosableCanvas: ("canvas", "DrawingCanvas"),
    renderer.EffectSurface: ("surface", "Surface"),
    renderer.Sheet: ("sheet", "DrawingSheet"),
    stage.Place: ("place", "CanvasPlace"),
    voice.OpenMicrophone: ("microphone", "MicrophoneTrack"),
    voice.VoiceBoard: ("voice", "Voices"),
}

PORTS = [ports, motion, drawn, stage, voice]
"""The modules whose every port is implemented in the bridge."""

LISTENERS = {ports.SocketListener: "socket", ports.PeerListener: "peer"}
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
