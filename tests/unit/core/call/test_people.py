"""Names, presence, chat and reactions among pages in memory."""

from __future__ import annotations

from tests.support.pages import INVITATION, Page
from tests.support.stage import Stage

from persona_core.call.people.chat_log import MAX_LINES, ChatLog
from persona_core.call.people.name_plates import NamePlates
from persona_core.call.people.people import Said
from persona_core.wire.control import encode_control
from persona_core.wire.people_messages import (
    ChatMessage,
    FaceSource,
    NameChange,
    Presence,
    Reaction,
    ReactionKind,
)


async def company(stage: Stage, *names: str) -> list[Page]:
    pages = [stage.page(name, with_people=True) for name in names]
    for page in pages:
        page.people.set_name(page.name)
    await stage.connect(*pages)
    await stage.time.run(1_000.0)
    return pages


def name_of(page: Page, other: Page) -> str:
    [name] = [peer.name for peer in page.engine.status.peers if peer.peer_id == other.peer_id]
    return name


async def test_everybody_knows_everybody_when_they_meet_and_change(roomy_stage: Stage) -> None:
    ann, ben, cat = await company(roomy_stage, "ann", "ben", "cat")
    assert [name_of(cat, ann), name_of(cat, ben), name_of(ann, cat)] == ["ann", "ben", "cat"]
    ann.people.set_name("\u202eAnna  <b>")
    ann.people.set_presence(FaceSource.DEMO, hand=True)
    await roomy_stage.time.run(200.0)
    assert name_of(cat, ann) == "Anna <b>"
    [of_ann] = [peer for peer in ben.engine.status.peers if peer.peer_id == ann.peer_id]
    assert of_ann.presence == Presence(FaceSource.DEMO, has_hand_up=True)


async def test_line_reaches_all_or_one_alone_when_it_is_said(roomy_stage: Stage) -> None:
    ann, ben, cat = await company(roomy_stage, "ann", "ben", "cat")
    assert ann.people.say("hello") is Said.SENT
    assert ann.people.say("psst", ben.peer_id) is Said.SENT
    assert ann.people.say(" \n") is Said.EMPTY
    await roomy_stage.time.run(200.0)
    assert [(line.sender, line.text, line.is_private) for line in ben.said] == [
        (ann.peer_id, "hello", False),
        (ann.peer_id, "psst", True),
    ]
    assert [line.text for line in cat.said] == ["hello"]
    assert [(line.sender, line.receiver) for line in ann.said] == [
        (None, None),
        (None, ben.peer_id),
    ]
    cat.people.react(ReactionKind.PARTY)
    await roomy_stage.time.run(200.0)
    for page, peer in ((ann, cat.peer_id), (ben, cat.peer_id), (cat, None)):
        assert page.reactions == [(peer, ReactionKind.PARTY)]


async def test_nobody_is_written_to_when_nobody_can_read_it(stage: Stage) -> None:
    ann = stage.page("ann", with_people=True)
    ann.engine.join(INVITATION)
    await stage.time.run(500.0)
    assert ann.people.say("hello?") is Said.NOBODY
    assert ann.people.say("hello?", "nobody-at-all") is Said.NOBODY
    assert ann.people.chat.lines == ()


async def test_sender_is_told_when_they_write_too_fast_and_may_go_on_later(stage: Stage) -> None:
    ann, ben = await company(stage, "ann", "ben")
    said = [ann.people.say(f"line {number}") for number in range(20)]
    assert said == [Said.SENT] * 5 + [Said.TOO_FAST] * 15
    assert [ann.people.react(ReactionKind.LIKE) for _ in range(6)][-1] is Said.TOO_FAST
    await stage.time.run(2_100.0)
    assert ann.people.say("later") is Said.SENT
    await stage.time.run(100.0)
    assert [line.text for line in ben.said] == [*(f"line {n}" for n in range(5)), "later"]


async def test_flood_costs_a_receiver_nothing_when_a_hostile_page_keeps_no_limits(
    stage: Stage,
) -> None:
    ann, ben = await company(stage, "ann", "ben")
    [to_ben] = ann.connections
    for number in range(3_000):
        to_ben.control_channel.say(ChatMessage(f"flood {number}"))
        to_ben.control_channel.say(Reaction(ReactionKind.HEART))
        to_ben.control_channel.say(NameChange(f"n{number}"))
        if number % 10 == 0:
            await stage.time.run(20.0)
    await stage.time.run(200.0)
    of_ann = ben.connections[0]
    assert len(ben.said) <= 10 + 6 * 1 + 1, "six seconds of it"
    assert len(ben.reactions) <= 8 + 6 * 1.5 + 1
    assert of_ann.people_limits.refused + of_ann.limits.refused > 8_000
    assert ben.qualities == ["good"]
    await stage.time.run(60_000.0)
    assert ann.people.say("sorry") is Said.SENT
    await stage.time.run(100.0)
    assert ben.said[-1].text == "sorry", "nobody is silenced for ever"


def test_log_forgets_the_oldest_when_there_are_too_many() -> None:
    log = ChatLog()
    for number in range(MAX_LINES + 20):
        log.add("peer", str(number))
    assert len(log.lines) == MAX_LINES
    assert (log.lines[0].number, log.lines[-1].number) == (21, MAX_LINES + 20)


async def test_two_tabs_of_one_person_are_told_apart(roomy_stage: Stage) -> None:
    first, second, ben = await company(roomy_stage, "ann's first", "ann's second", "ben")
    for page in (first, second):
        page.people.set_name("Ann")
    ben.people.set_name("ANN")
    await roomy_stage.time.run(500.0)
    assert first.people.is_self(second.peer_id)
    assert not first.people.is_self(ben.peer_id)
    numbers = {ben.people.number(page.peer_id) for page in (first, second)}
    assert numbers == {1, 2}


def test_number_stays_with_a_person_when_others_of_the_name_go() -> None:
    plates = NamePlates()
    plates.follow([("a", "Mina"), ("b", "mina"), ("c", ""), ("d", "")])
    assert [plates.number(peer) for peer in "abcd"] == [1, 2, 1, 2]
    plates.follow([("b", "mina"), ("d", ""), ("e", "MINA")])
    assert [plates.number(peer) for peer in "bde"] == [2, 2, 1]
    plates.follow([("b", "Nina")])
    assert plates.number("b") == 1


async def test_page_without_people_hears_nothing_when_others_have_them(stage: Stage) -> None:
    ann, old = stage.page("ann", with_people=True), stage.page("old")
    ann.people.set_name("Ann")
    await stage.connect(ann, old)
    ann.people.say("hello")
    await stage.time.run(500.0)
    assert old.engine.status.peers[0].name == ""
    assert old.engine.remotes[0].controls_refused == 0
    assert old.discarded == 0


async def test_line_of_any_text_is_only_text_when_it_comes(stage: Stage) -> None:
    ann, ben = await company(stage, "ann", "ben")
    [to_ben] = ann.connections
    to_ben.send_text('{"type":"chat","text":"<img src=x onerror=alert(1)>\\u202e","private":false}')
    to_ben.send_text('{"type":"chat","text":"' + "x" * 5_000 + '"}')
    to_ben.send_text('{"type":"name","name":"' + "x" * 10_000 + '"}')
    await stage.time.run(200.0)
    assert [line.text for line in ben.said] == ["<img src=x onerror=alert(1)>"]
    assert name_of(ben, ann) == "ann"
    assert ben.engine.remotes[0].controls_refused == 2
    assert encode_control(ChatMessage("x")) == '{"type":"chat","text":"x","private":false}'
