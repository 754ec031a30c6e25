"""What mypy cannot say of the bridge: that ``bridge_ports`` names every port, and that listeners
are told all there is to hear. Both are read from the sources."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import persona_web
from persona_core.base import ports as base_ports
from persona_core.call import ports
from persona_web.capture import face_source, hand_capture, voice_capture
from persona_web.served import render_line, served_portrait
from persona_web.view import avatar_view, portrait_avatar, raster_avatar, still_renderer

BRIDGE = Path(persona_web.__file__).parent / "bridge"
GIVEN = set(
    re.findall(r"type\[\w+\.(\w+)", Path(__file__).with_name("bridge_ports.py").read_text("utf-8"))
)

PORTS = [
    *(base_ports, ports, face_source, hand_capture, voice_capture),
    *(avatar_view, portrait_avatar, raster_avatar, still_renderer),
    *(render_line, served_portrait),
]
"""The modules whose every port is implemented in the bridge."""

LISTENERS = {ports.SocketListener: "network/socket", ports.PeerListener: "network/peer"}
"""The ports that the call implements, by the module of the bridge that tells them things."""


def protocols_of(module: object) -> set[str]:
    return {
        name
        for name, found in inspect.getmembers(module, inspect.isclass)
        if getattr(found, "_is_protocol", False) and found.__module__ == module.__name__
    }


@pytest.mark.parametrize("module", PORTS, ids=lambda module: module.__name__)
def test_ports_are_all_given_a_class_when_one_is_added(module: object) -> None:
    assert protocols_of(module) <= GIVEN | {port.__name__ for port in LISTENERS}


@pytest.mark.parametrize("port", LISTENERS, ids=lambda port: port.__name__)
def test_bridge_tells_everything_when_a_listener_can_hear_it(port: type) -> None:
    tree = ast.parse((BRIDGE / f"{LISTENERS[port]}.py").read_text("utf-8"))
    told = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("on_")
    }

    assert told == {name for name in vars(port) if name.startswith("on_")}
