"""Invitations: made, shown, and read from whatever people paste."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.call.invitation import ROOM_ALPHABET, Invitation, parse_invitation
from persona_core.errors import InvitationError

INVITATION = Invitation("abcd2345mnpq", bytes(range(16)))
PAGE = "https://calls.example/some/path/room-v3/"
LINK = INVITATION.link(PAGE)


def refusal(pasted: str) -> str | None:
    """The code of the refusal; None when the link was taken."""
    try:
        parse_invitation(pasted)
    except InvitationError as error:
        return error.code
    return None


def test_created_room_is_readable_and_secret_has_128_bits_whatever_the_dice() -> None:
    dice = random.Random(1)
    made = [Invitation.create(dice.randbytes) for _ in range(200)]
    assert len({invitation.room for invitation in made}) == 200
    assert all(len(invitation.room) == 12 for invitation in made)
    assert set("".join(invitation.room for invitation in made)) == set(ROOM_ALPHABET)
    assert all(len(invitation.secret) == 16 for invitation in made)


def test_secret_is_hidden_when_an_invitation_is_printed() -> None:
    assert "secret" not in repr(INVITATION)


@pytest.mark.parametrize(
    "pasted",
    [
        LINK,
        INVITATION.fragment,
        INVITATION.fragment[1:],
        f"  {LINK}\n",
        f"<{LINK}>",
        f"({LINK}).",
        f'"{LINK}"',
        f"「{LINK}」",
        f"Join me: {LINK} at nine!",
        f"여기로 오세요 {LINK}",
        LINK.replace("room-v3/", ""),
        LINK.replace("room-v3/", "home-v3/index.html?lang=ko"),
        LINK.replace("&", "&amp;"),
        LINK.replace("#", "%23").replace("&", "%26").replace("=", "%3D"),
        quote(LINK, safe=""),
        LINK[:40] + "\r\n" + LINK[40:],
        LINK[:-5] + "\n  " + LINK[-5:],
        "\u200b" + LINK + "\ufeff",
        LINK + "&extra=1",
        f"{PAGE}#key={LINK.partition('key=')[2]}&room={INVITATION.room}",
    ],
)
def test_invitation_is_read_however_it_was_pasted(pasted: str) -> None:
    assert parse_invitation(pasted) == INVITATION


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "no-room-in-link"),
        ("https://calls.example/", "no-room-in-link"),
        ("#", "no-room-in-link"),
        ("#key=" + "A" * 22, "no-room-in-link"),
        ("mushroom=5&key=" + "A" * 22, "no-room-in-link"),
        ("#room=&key=" + "A" * 22, "bad-room"),
        ("#room=a%2Fb&key=" + "A" * 22, "bad-room"),
        ("#room=" + "a" * 65 + "&key=" + "A" * 22, "bad-room"),
        ("#room=방&key=" + "A" * 22, "bad-room"),
        ("#room=abc", "bad-key"),
        ("#room=abc&key=", "bad-key"),
        ("#room=abc&key=" + "A" * 21, "bad-key"),
        ("#room=abc&key=" + "A" * 23, "bad-key"),
        ("#room=abc&key=" + "+" * 22, "bad-key"),
    ],
)
def test_link_is_refused_with_its_code_when_it_leads_nowhere(pasted: str, code: str) -> None:
    with pytest.raises(InvitationError) as caught:
        parse_invitation(pasted)
    assert caught.value.code == code


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True), st.binary(min_size=16, max_size=16))
def test_link_leads_back_to_its_invitation_whatever_room_and_secret(
    room: str, secret: bytes
) -> None:
    invitation = Invitation(room, secret)
    assert parse_invitation(invitation.link(PAGE + "#old")) == invitation


@given(st.text())
def test_parser_raises_only_invitation_errors_whatever_the_text(text: str) -> None:
    for pasted in (text, "#room=" + text, "#room=abc&key=" + text):
        assert refusal(pasted) in (None, "no-room-in-link", "bad-room", "bad-key")
