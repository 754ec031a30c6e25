"""Who is host, what hosts decide, and what hostile pages and servers can do against it: nothing."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.support.keys import PythonCryptography
from tests.support.pages import Page
from tests.support.stage import Stage
from tests.support.storage import DictStorage

from persona_core.call.invitation import Invitation, parse_invitation
from persona_core.call.keys.founding import (
    KEY,
    MAX_KEPT,
    Founding,
    found_room,
    is_founder,
    keep_founding,
    kept_founding,
    person_id,
    room_of,
)
from persona_core.call.notices import NoticeCode
from persona_core.call.people.rule_book import RuleBook
from persona_core.call.people.succession import Line
from persona_core.call.status import Phase
from persona_core.wire.control import encode_control, parse_control
from persona_core.wire.control_fields import MAX_COUNT
from persona_core.wire.host_messages import MuteRequest, RoomRules, Succession, Will


class Room:
    """A room that the first of some pages made."""

    def __init__(self, stage: Stage, *names: str) -> None:
        self.stage = stage
        self.pages = [stage.page(name, with_people=True) for name in names]
        self.invitation, self.founding = found_room(
            random.Random("room").randbytes, self.pages[0].signing_key
        )

    async def enter(self, page: Page, founding: Founding | None = None) -> None:
        page.engine.join(self.invitation, founding=founding)
        await self.stage.time.run(300.0)

    async def fill(self) -> list[Page]:
        first, *others = self.pages
        await self.enter(first, self.founding)
        for page in others:
            await self.enter(page)
        await self.stage.until_good(*self.pages)
        await self.stage.time.run(500.0)
        return self.pages

    async def run(self, ms: float = 500.0) -> None:
        await self.stage.time.run(ms)


def host_by(page: Page) -> str | None:
    """Whom a page takes for the host."""
    status = page.engine.status
    return page.peer_id if status.is_host else status.host


def phase(page: Page) -> Phase:
    return page.engine.status.phase


# The founding


@given(st.binary(min_size=65, max_size=65), st.binary(min_size=65, max_size=65), st.randoms())
def test_room_is_proven_for_the_key_alone_that_it_was_made_for(
    key: bytes, other: bytes, chance: random.Random
) -> None:
    invitation, founding = found_room(chance.randbytes, key)
    assert parse_invitation(invitation.fragment) == invitation
    assert room_of(founding.token) == invitation.room
    assert is_founder(invitation, key, founding.nonce)
    assert is_founder(invitation, other, founding.nonce) is (key == other)
    flipped = bytes((founding.nonce[0] ^ 1, *founding.nonce[1:]))
    assert not is_founder(invitation, key, flipped)
    assert not is_founder(Invitation("another", invitation.secret), key, founding.nonce)


def test_founding_is_found_again_when_it_was_kept_and_forgotten_when_it_is_old() -> None:
    store, made = DictStorage(), [found_room(random.Random(n).randbytes, b"k") for n in range(12)]
    for room in made:
        keep_founding(store, *room)
    kept = [kept_founding(store, invitation) for invitation, _ in made]
    assert kept == [None] * (12 - MAX_KEPT) + [founding for _, founding in made[-MAX_KEPT:]]
    assert made[-1][0].room not in store[KEY], "neither room nor secret is kept"


@given(st.text() | st.sampled_from(["null", "{}", "[1]", '[{"room":1}]', "[" * 5_000]))
def test_founding_is_unknown_when_storage_holds_anything(kept: str) -> None:
    store = DictStorage({KEY: kept})
    assert kept_founding(store, Invitation("room", bytes(16))) is None


# Who is host


async def test_founder_is_host_to_all_and_hands_on_when_leaving(roomy_stage: Stage) -> None:
    room = Room(roomy_stage, "ann", "ben", "cat")
    ann, ben, cat = await room.fill()
    assert [host_by(page) for page in room.pages] == [ann.peer_id] * 3
    ann.engine.leave()
    await room.run()
    assert [host_by(page) for page in (ben, cat)] == [ben.peer_id] * 2
    assert ben.engine.status.is_host
    ben.people.lock(True)
    await room.run()
    assert cat.engine.status.is_locked
    # The founder is let in through the lock, and is host again.
    await room.enter(ann, room.founding)
    await roomy_stage.until_good(*room.pages)
    await room.run()
    assert [host_by(page) for page in room.pages] == [ann.peer_id] * 3
    assert not ben.engine.status.is_host


async def test_room_has_no_host_when_nobody_can_prove_it(stage: Stage) -> None:
    room = Room(stage, "ann", "ben")
    ann, ben = room.pages
    await room.enter(ann, Founding(room.founding.token, bytes(16)))
    await room.enter(ben)
    await stage.until_good(ann, ben)
    await room.run()
    assert [host_by(page) for page in room.pages] == [None, None]
    ann.people.lock(True)
    ann.people.remove(ben.peer_id)
    await room.run()
    assert not ben.engine.status.is_locked
    assert phase(ben) is Phase.INSIDE


async def test_claims_are_ignored_when_a_peer_makes_them_up(roomy_stage: Stage) -> None:
    room = Room(roomy_stage, "ann", "ben", "eve")
    ann, ben, eve = await room.fill()
    [to_ben] = [one for one in eve.connections if one.remote.peer_id == ben.peer_id]
    line = ann.people._role._line  # type: ignore[union-attr]
    nonce = room.founding.nonce
    forged = Will(eve.signing_key, 2**40, bytes(64))
    signed = await eve.people._crypto.signer.sign(line._text(eve.signing_key, 2**40))
    claims = [
        Succession(eve.signing_key, nonce),
        Succession(eve.signing_key, bytes(16)),
        Succession(ann.signing_key, bytes(16), (forged,)),
        Succession(ann.signing_key, nonce, (forged,)),
        Succession(ann.signing_key, nonce, (Will(eve.signing_key, 2**40, signed),)),
        RoomRules(eve.signing_key, 99, True, (), (person_id(ann.signing_key),), signed),
        RoomRules(ann.signing_key, 99, True, (), (person_id(ben.signing_key),), signed),
        MuteRequest(),
    ]
    for claim in claims:
        to_ben.control_channel.say(claim)
    eve.people.lock(True)
    eve.people.remove(ann.peer_id)
    eve.people.ask_to_mute(ben.peer_id)
    await room.run(2_000.0)
    assert [host_by(page) for page in room.pages] == [ann.peer_id] * 3
    assert not ben.engine.status.is_locked
    assert [phase(page) for page in room.pages] == [Phase.INSIDE] * 3
    assert ben.mute_requests == 0
    ann.people.ask_to_mute(ben.peer_id)
    await room.run()
    assert ben.mute_requests == 1


async def test_will_holds_in_its_own_room_only_and_the_newer_one_of_two() -> None:
    ann, ben, cat = (PythonCryptography(person=name) for name in ("ann", "ben", "cat"))
    chance = random.Random(1)
    invitation, founding = found_room(chance.randbytes, ann.signer.public)
    other, other_founding = found_room(chance.randbytes, ann.signer.public)

    def line(of: Invitation, made: Founding) -> Line:
        new = Line(of, ann.verify)
        assert new.found(ann.signer.public, made.nonce)
        return new

    told = line(invitation, founding)
    await told.appoint(ann.signer, ben.signer.public)
    old = told.message
    assert old is not None
    await told.appoint(ann.signer, cat.signer.public)
    new = told.message
    assert new is not None
    heard = line(invitation, founding)
    assert await heard.take(new)
    assert not await heard.take(old), "an older will is no news"
    assert heard.keys == (ann.signer.public, cat.signer.public)
    elsewhere = line(other, other_founding)
    moved = Succession(ann.signer.public, other_founding.nonce, new.wills)
    assert not await elsewhere.take(moved)
    assert elsewhere.keys == (ann.signer.public,)


async def test_founder_can_decide_on_when_an_heir_counts_to_the_end_of_numbers() -> None:
    ann, ben = (PythonCryptography(person=name) for name in ("ann", "ben"))
    invitation, _ = found_room(random.Random(1).randbytes, ann.signer.public)
    line = (ann.signer.public, ben.signer.public)
    anns, cats = (RuleBook(invitation, ann.verify) for _ in range(2))
    last = RoomRules(ben.signer.public, MAX_COUNT, False, (), (), b"")
    last = replace(last, signature=await ben.signer.sign(anns._text(last)))
    for book in (anns, cats):
        assert not await book.take(last, line)
    decided = await anns.write(ann.signer, is_locked=True, admitted=(), removed=())
    assert parse_control(encode_control(decided)) == decided
    assert await cats.take(decided, line)
    assert cats.of(line, ann.signer.public) == decided
    heirs = await RuleBook(invitation, ann.verify).write(
        ben.signer, is_locked=False, admitted=(), removed=()
    )
    assert await cats.take(heirs, line), "who counts as everybody does is believed"


async def test_line_ends_somewhere_when_heirs_name_each_other() -> None:
    people = [PythonCryptography(person=name) for name in ("ann", "ben")]
    ann, ben = people
    invitation, founding = found_room(random.Random(2).randbytes, ann.signer.public)
    line = Line(invitation, ann.verify)
    assert line.found(ann.signer.public, founding.nonce)
    await line.appoint(ann.signer, ben.signer.public)
    await line.appoint(ben.signer, ann.signer.public)
    assert line.keys == (ann.signer.public, ben.signer.public)
    told = line.message
    assert told is not None
    again = Line(invitation, ann.verify)
    assert await again.take(told)
    assert again.keys == line.keys
    assert again.host({b"nobody"}) is None


# What hosts decide


async def test_nobody_comes_in_when_the_room_is_locked(stage: Stage) -> None:
    stage.server._room_size = 8
    stage.server._new_registry()
    room = Room(stage, "ann", "ben")
    ann, ben = await room.fill()
    ann.people.lock(True)
    await room.run()
    assert ben.engine.status.is_locked
    late = stage.page("late", with_people=True)
    await room.enter(late)
    assert phase(late) is Phase.ENDED
    assert late.codes == [NoticeCode.ROOM_LOCKED]
    ann.people.lock(False)
    await room.run()
    await room.enter(late)
    await stage.until_good(ann, ben, late)


async def test_pages_let_nobody_in_when_the_server_does_not_keep_the_lock(stage: Stage) -> None:
    stage.server._room_size = 8
    stage.server._new_registry()
    stage.server.obeys_hosts = False
    room = Room(stage, "ann", "ben")
    ann, ben = await room.fill()
    ann.people.lock(True)
    await room.run()
    late = stage.page("late", with_people=True)
    await room.enter(late)
    await room.run(3_000.0)
    assert ann.qualities == ben.qualities == ["good"], "they see each other and nobody else"
    assert "good" not in late.qualities


async def test_removed_person_is_gone_and_cannot_return_as_long_as_the_room_lives(
    roomy_stage: Stage,
) -> None:
    room = Room(roomy_stage, "ann", "ben", "eve")
    ann, ben, eve = await room.fill()
    ann.people.remove(eve.peer_id)
    await room.run(1_000.0)
    assert phase(eve) is Phase.ENDED
    assert eve.codes[-1] is NoticeCode.REMOVED
    assert ann.qualities == ben.qualities == ["good"]
    seat = eve.engine.identity
    eve.engine.join(room.invitation, seat)  # the same seat: the server says no
    await room.run(1_000.0)
    assert phase(eve) is Phase.ENDED
    await room.enter(eve)  # another seat, the same person: no page has them
    await room.run(2_000.0)
    assert phase(eve) is Phase.ENDED
    assert ann.qualities == ben.qualities == ["good"]
    assert len(roomy_stage.server.registry.members(room.invitation.room)) == 2
    # Nor where the host is another one.
    ann.engine.leave()
    await room.run()
    assert host_by(ben) == ben.peer_id
    await room.enter(eve)
    await room.run(1_000.0)
    assert phase(eve) is Phase.ENDED


async def test_removal_holds_on_every_page_when_the_server_does_nothing(
    roomy_stage: Stage,
) -> None:
    roomy_stage.server.obeys_hosts = False
    room = Room(roomy_stage, "ann", "ben", "eve")
    ann, ben, eve = await room.fill()
    ann.people.remove(eve.peer_id)
    await room.run(1_000.0)
    assert phase(eve) is Phase.ENDED
    assert ann.qualities == ben.qualities == ["good"]
    await room.enter(eve)
    await room.run(2_000.0)
    assert "good" not in eve.qualities, "nobody talks to them"
    assert ann.qualities == ben.qualities == ["good"]


async def test_host_is_the_same_and_the_lock_holds_when_the_host_reloads(stage: Stage) -> None:
    stage.server.resume_ms = 10_000.0
    room = Room(stage, "ann", "ben")
    ann, ben = await room.fill()
    ann.people.lock(True)
    await room.run()
    seat = ann.engine.identity
    ann.engine.leave(returning=True)
    await room.run(1_000.0)
    assert host_by(ben) != ben.peer_id, "nobody takes over while the seat is kept"
    again = stage.page("ann's second load", with_people=True)
    again.engine.join(room.invitation, seat, room.founding)
    await stage.until_good(again, ben)
    await room.run()
    assert again.engine.status.is_host
    assert again.engine.status.is_locked, "others hand on what was signed"
    again.people.lock(False)
    await room.run()
    assert not ben.engine.status.is_locked


async def test_server_hears_of_the_lock_again_when_it_was_restarted(stage: Stage) -> None:
    room = Room(stage, "ann", "ben")
    ann, ben = await room.fill()
    ann.people.lock(True)
    await room.run()
    stage.server.stop()
    await room.run(2_000.0)
    stage.server.start()
    await room.run(20_000.0)
    assert stage.server.registry.desk(room.invitation.room).locked
    assert ann.qualities == ben.qualities == ["good"]
