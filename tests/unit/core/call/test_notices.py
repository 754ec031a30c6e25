"""Notices: every refusal has one, and every one has its sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from persona_core.call.notices import NoticeCode, refusal_notice
from persona_core.wire.signaling import CLOSE_CODES, CloseCode, ErrorCode

STRINGS = Path(__file__).parents[4] / "app" / "strings"


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (4009, "room-full", NoticeCode.ROOM_FULL),
        (4009, "server-full", NoticeCode.SERVER_FULL),
        (4009, "", NoticeCode.ROOM_FULL),
        (4008, "replaced", NoticeCode.REPLACED),
        (4008, "origin-refused", NoticeCode.ORIGIN_REFUSED),
        (4008, "unsupported-protocol", NoticeCode.UNSUPPORTED_PROTOCOL),
        (4008, "bad-json", NoticeCode.REJECTED),
        (4008, "\x00 anything at all", NoticeCode.REJECTED),
    ],
)
def test_refusal_has_its_notice_for_each_close_code_and_reason(
    code: int, reason: str, expected: NoticeCode
) -> None:
    assert refusal_notice(code, reason).code is expected


def test_every_refusal_of_the_server_has_a_notice_when_it_forbids_to_reconnect() -> None:
    for error, close in CLOSE_CODES.items():
        if close in (CloseCode.RULES_BROKEN, CloseCode.NO_PLACE):
            assert close is not None
            assert refusal_notice(close, error).code in NoticeCode


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_notice_has_a_sentence_in_each_language(language: str) -> None:
    sentences = json.loads((STRINGS / f"{language}.json").read_text(encoding="utf-8"))
    assert [code for code in NoticeCode if not sentences.get(f"error.{code.value}")] == []


def test_error_code_names_are_the_words_on_the_wire_for_every_code() -> None:
    assert all(code.name.lower().replace("_", "-") == code.value for code in ErrorCode)
