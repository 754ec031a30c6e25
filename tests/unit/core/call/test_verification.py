"""The short code: the same on both sides, and nobody in between can make it so."""

from __future__ import annotations

import random

import pytest
from tests.support.memory_signaling import RELAYING
from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage

from persona_core.call.keys.verification import NUMBER_BYTES, Verification
from persona_core.wire.control import CodeCommitment, CodeNumber

TRANSCRIPT = b"what ann and ben agreed on"


def exchange(one: Verification, other: Verification) -> None:
    """Everything that the two say to each other."""
    saying = [(other, message) for message in one.begin()]
    saying += [(one, message) for message in other.begin()]
    while saying:
        hearer, message = saying.pop(0)
        speaker = one if hearer is other else other
        if isinstance(message, CodeCommitment):
            saying += [(speaker, answer) for answer in hearer.take_commitment(message)]
        else:
            hearer.take_number(message)


def pair(chance: random.Random, *transcripts: bytes) -> tuple[Verification, Verification]:
    one, other = transcripts or (TRANSCRIPT, TRANSCRIPT)
    return (
        Verification("ann", "ben", one, chance.randbytes(NUMBER_BYTES)),
        Verification("ben", "ann", other, chance.randbytes(NUMBER_BYTES)),
    )


def test_code_is_the_same_six_digits_for_both_when_nobody_sits_in_between() -> None:
    chance, codes = random.Random(1), set()
    for _ in range(200):
        ann, ben = pair(chance)
        exchange(ann, ben)
        assert ann.code == ben.code
        assert ann.code is not None
        assert len(ann.code) == 6
        assert ann.code.isdecimal()
        codes.add(ann.code)
    assert len(codes) > 195


def test_code_stays_when_everything_is_said_again() -> None:
    ann, ben = pair(random.Random(2))
    exchange(ann, ben)
    code = ann.code
    exchange(ann, ben)
    assert ann.code == ben.code == code


def test_codes_differ_when_the_two_did_not_agree_on_the_same() -> None:
    chance, same = random.Random(3), 0
    for _ in range(200):
        ann, ben = pair(chance, b"ann and eve", b"eve and ben")
        exchange(ann, ben)
        same += ann.code == ben.code
    assert same == 0


def test_number_is_not_told_before_the_other_side_is_bound_to_its_own() -> None:
    ann, _ = pair(random.Random(4))
    assert [type(message) for message in ann.begin()] == [CodeCommitment]


@pytest.mark.parametrize("bound", [True, False])
def test_number_is_refused_when_it_is_not_the_one_committed_to(bound: bool) -> None:
    ann, ben = pair(random.Random(5))
    if bound:
        ann.take_commitment(ben.begin()[0])  # type: ignore[arg-type]
    assert not ann.take_number(CodeNumber(bytes(NUMBER_BYTES)))
    assert ann.code is None


def test_first_commitment_holds_when_another_one_comes_after_our_number() -> None:
    chance = random.Random(6)
    ann, ben = pair(chance)
    _, eve = pair(chance)
    [ours] = ann.take_commitment(ben.begin()[0])  # type: ignore[arg-type]
    ben.take_commitment(ann.begin()[0])  # type: ignore[arg-type]
    ann.take_commitment(eve.begin()[0])  # type: ignore[arg-type]
    assert not ann.take_number(CodeNumber(eve._number))
    assert ann.take_number(CodeNumber(ben._number))
    assert ben.take_number(ours)
    assert ann.code == ben.code


def codes(*pages: Page) -> list[str | None]:
    return [peer.code for page in pages for peer in page.engine.status.peers]


@pytest.mark.parametrize("relayed", [False, True], ids=["direct", "relayed"])
async def test_both_pages_show_one_code_when_they_are_connected(
    stage: Stage, relayed: bool
) -> None:
    stage.server.limits, stage.peers.blocked = RELAYING, relayed
    ann, ben = stage.page("ann"), stage.page("ben")
    for page in (ann, ben):
        page.engine.join(INVITATION)
        await stage.time.run(50.0)
    await stage.time.run(8_000.0)
    [of_ben, of_ann] = codes(ann, ben)
    assert of_ben is not None
    assert of_ben == of_ann


async def test_each_pair_has_a_code_of_its_own_when_three_meet(roomy_stage: Stage) -> None:
    pages = [roomy_stage.page(name) for name in ("ann", "ben", "cat")]
    await roomy_stage.connect(*pages)
    await roomy_stage.time.run(500.0)
    shown = codes(*pages)
    assert None not in shown
    assert len(set(shown)) == 3


async def test_code_is_another_when_a_page_was_loaded_anew(stage: Stage) -> None:
    stage.server.resume_ms = 10_000.0
    ann, ben = stage.page("ann"), stage.page("ben")
    await stage.connect(ann, ben)
    await stage.time.run(500.0)
    [before] = codes(ann)
    ben.engine.leave(returning=True)
    await stage.time.run(1_000.0)
    again = stage.page("ben again")
    again.engine.join(INVITATION, ben.engine.identity)
    await stage.until_good(ann, again)
    await stage.time.run(500.0)
    [of_ben, of_ann] = codes(ann, again)
    assert of_ben == of_ann != before
