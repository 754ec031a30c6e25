"""ICE servers as an operator may write them."""

from __future__ import annotations

from typing import Any

import pytest

from persona_core.call.signaling.ice_check import check_servers
from persona_core.wire.signaling import IceServer

KNOWN = {"username": "me", "credential": "secret"}


@pytest.mark.parametrize(
    "urls",
    [
        "stun:stun.example",
        "stun:stun.example:3478",
        "stuns:192.0.2.1:5349",
        "stun:[2001:db8::1]:3478",
        "turn:turn.example",
        "turn:turn.example:3478?transport=udp",
        "turns:turn.example:443?transport=tcp",
        ["turn:a.example", "turn:b.example?transport=tcp"],
    ],
)
def test_server_is_used_as_it_stands_when_nothing_is_wrong_with_it(urls: str | list[str]) -> None:
    checked = check_servers([{"urls": urls, **KNOWN}])
    assert checked.problems == ()
    expected = (urls,) if isinstance(urls, str) else tuple(urls)
    assert checked.servers == (IceServer(expected, **KNOWN),)


def test_stun_server_needs_no_credentials_when_it_is_checked() -> None:
    assert check_servers([{"urls": "stun:stun.example"}]).servers == (
        IceServer(("stun:stun.example",)),
    )


@pytest.mark.parametrize(
    "entry",
    [
        {"urls": "turn:turn.example"},
        {"urls": "turn:turn.example", "username": "me"},
        {"urls": "turn:turn.example", "credential": "secret"},
        {"urls": "turn:turn.example", "username": "", "credential": ""},
        {"urls": "turns:turn.example", "username": "m" * 509, "credential": "secret"},
        {"urls": "turn:turn.example", "username": 5, "credential": "secret"},
        {"urls": "turn.example:3478", **KNOWN},
        {"urls": "http://turn.example", **KNOWN},
        {"urls": "turn://turn.example", **KNOWN},
        {"urls": "stun:", **KNOWN},
        {"urls": "stun:a b", **KNOWN},
        {"urls": "stun:stun.example:0", **KNOWN},
        {"urls": "stun:stun.example:65536", **KNOWN},
        {"urls": "stun:stun.example:port", **KNOWN},
        {"urls": "stun:stun.example?transport=udp", **KNOWN},
        {"urls": "turn:turn.example?transport=sctp", **KNOWN},
        {"urls": "stun:[2001:db8::1", **KNOWN},
        {"urls": "stun:stun.example\n", **KNOWN},
        {"urls": [], **KNOWN},
        {"urls": [5], **KNOWN},
        {"urls": None},
        {},
        "stun:stun.example",
        None,
        [1],
    ],
)
def test_server_is_left_out_and_told_of_when_a_browser_would_throw(entry: Any) -> None:
    good = {"urls": "stun:stun.example"}
    checked = check_servers([entry, good])
    assert checked.servers == (IceServer(("stun:stun.example",)),)
    [problem] = checked.problems
    assert problem.startswith("ICE server 1 is left out: ")
    assert "secret" not in problem


def test_only_the_address_is_left_out_when_another_one_of_the_same_server_is_good() -> None:
    urls = ["turn:turn.example", "turn.example"]
    checked = check_servers([{"urls": urls, **KNOWN}])
    assert checked.servers == (IceServer(("turn:turn.example",), **KNOWN),)
    assert len(checked.problems) == 1
