"""Signaling messages of somebody who means no good; seeded, so that they can be had again."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.support.joins import make_join

from persona_core.wire.signaling import MAX_MESSAGE_BYTES
from persona_core.wire.signaling_json import encode_client_message

WORDS = [
    "",
    "a",
    "room",
    "peer-one",
    "peer-two",
    "p" * 64,
    "p" * 65,
    "t" * 16,
    "../etc",
    "방",
    "\x00",
]
TEXTS = [*WORDS, "\ud800", "x" * 5_000, "A" * 16_000, "<script>", "' OR 1=1", "%00", "\u202e"]
NUMBERS: list[Any] = [
    *(0, 1, -1, 2, 8, 9, 2**31, 2**53, 2**53 - 1, -(2**63), 10**400),
    *(0.5, -0.0, 1e308, True, False, None),
]
KINDS = [
    *("join", "leave", "ping", "offer", "answer", "ice", "control", "reject", "ice-servers"),
    *("welcome", "closing", "error", "", "JOIN", "__proto__", "constructor"),
]
NAMES = [
    *("protocol", "room", "peer", "token", "life", "room_size", "room_token"),
    *("claim", "key_package"),
    *("to", "from", "counter", "payload", "code", "type", "__class__"),
]
RAW = [
    *(
        "",
        "{",
        "}",
        "[]",
        "null",
        "0",
        '"text"',
        "NaN",
        "[" * 9_000,
        '{"type":' * 3_000,
        "\ufeff{}",
    ),
    *('{"type":"ping"}{"type":"ping"}', '{"type":"ping","type":"leave"}', "{'type':'ping'}"),
    *(" " * MAX_MESSAGE_BYTES, "가" * 6_000, "1" * 10_000, '{"a":1e99999}', '{"a":Infinity}'),
]


class HostileMessages:
    """An endless source of messages.

    Args:
        seed: the same one gives the same messages.
    """

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def join(self) -> str:
        """A join that is right, for one of a few seats in a few rooms."""
        chance = self._chance
        wish = {"room_size": chance.randint(1, 8)} if chance.random() < 0.5 else {}
        return encode_client_message(
            make_join(
                f"person-{chance.randrange(6)}",
                f"room-{chance.randrange(4)}",
                chance.choice("tu") * 16,
                life=f"life-{chance.randrange(1000):04}",
                **wish,
            )
        )

    def message(self) -> str | bytes:
        """Anything."""
        chance = self._chance
        match chance.randrange(8):
            case 0:
                return chance.choice(RAW)
            case 1:
                return chance.randbytes(chance.choice((0, 1, 2, 9, 80, 330, 20_000)))
            case 2:
                return self._frame()
            case 3:
                return self._damaged(self._plausible())
            case 4:
                return self._damaged(self.join())
            case 5:
                return json.dumps({chance.choice(NAMES): self._value(3) for _ in range(6)})
            case _:
                return self._plausible()

    def _plausible(self) -> str:
        """The right form, with values of the wrong kind here and there."""
        chance = self._chance
        peer = f"peer-number-{chance.randrange(6)}"
        message: dict[str, Any] = {
            "type": chance.choice(KINDS),
            "to": peer,
            "counter": 1,
            "payload": "c2VhbGVk",
            "code": "wrong-secret",
        }
        if chance.random() < 0.5:
            message[chance.choice(NAMES)] = self._value(2)
        return json.dumps(message)

    def _frame(self) -> bytes:
        chance = self._chance
        peer = chance.choice([b"peer-number-1", b"p" * 8, b"\xff" * 20, b"", b"p" * 255])
        length = chance.choice([len(peer), 0, 255, chance.randrange(256)]) % 256
        return bytes((chance.choice((0, 1, 1, 1, 2)), length)) + peer + chance.randbytes(90)

    def _damaged(self, text: str) -> str:
        chance = self._chance
        at = chance.randrange(len(text))
        match chance.randrange(3):
            case 0:
                return text[:at]
            case 1:
                return text[:at] + chance.choice('{}[]",:\\\x00é') + text[at + 1 :]
            case _:
                return text[:at] + text[at // 2 :]

    def _value(self, depth: int) -> Any:
        chance = self._chance
        match chance.randrange(4 if depth else 2):
            case 0:
                return chance.choice(NUMBERS)
            case 1:
                return chance.choice(TEXTS)
            case 2:
                return [self._value(depth - 1) for _ in range(chance.randrange(4))]
            case _:
                return {chance.choice(NAMES): self._value(depth - 1) for _ in range(3)}
