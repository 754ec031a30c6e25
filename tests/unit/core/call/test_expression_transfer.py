"""Portraits of several pictures on their way: the two halves by themselves, and in whole calls."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.memory_peers import Weather
from tests.support.pages import INVITATION
from tests.support.stage import Stage, face

from persona_core.call.local_state import LocalState
from persona_core.call.peer.portrait_download import PortraitDownload
from persona_core.call.peer.portrait_upload import MAX_SENDINGS, OwnPortrait, PortraitUpload
from persona_core.errors import ControlError
from persona_core.portrait.expressions import portrait_set
from persona_core.wire.control import (
    MAX_CHUNK_BYTES,
    MAX_CONTROL_BYTES,
    MAX_EXPRESSIONS,
    MAX_PORTRAIT_BYTES,
    Hello,
    PortraitChunk,
    PortraitName,
    PortraitWanted,
    encode_control,
)

BASE, *OTHERS = (random.Random(seed).randbytes(16_000 + 3_000 * seed) for seed in range(9))
SET = OwnPortrait.of(BASE, OTHERS)
NAMES = (SET.name, *SET.expressions)
SLOW = Weather(control_bytes_per_ms=100.0)


def wear(download: PortraitDownload, worn: OwnPortrait | None) -> None:
    """The peer wears this from now on."""
    if worn is None:
        download.announce(None)
    else:
        download.announce(worn.name, worn.expressions)


def bring(download: PortraitDownload, upload: PortraitUpload) -> list[PortraitChunk]:
    """Whatever is asked for comes, until nothing more is asked for."""
    chunks = []
    while (wanted := download.ask()) is not None:
        assert upload.ask(wanted)
        while (chunk := upload.next(0)) is not None:
            assert download.take(chunk)
            chunks.append(chunk)
    return chunks


def offering(worn: OwnPortrait) -> PortraitUpload:
    upload = PortraitUpload()
    upload.offer(worn)
    return upload


def test_limits_are_those_of_the_file_that_a_set_is_kept_in() -> None:
    assert MAX_EXPRESSIONS == portrait_set.MAX_EXPRESSIONS
    assert MAX_PORTRAIT_BYTES == portrait_set.MAX_SET_BYTES


def test_pictures_come_in_their_order_and_each_joins_when_it_is_whole() -> None:
    download, upload = PortraitDownload(wanted=True), offering(SET)
    wear(download, SET)
    progress = [download.progress]
    for place, name in enumerate(NAMES):
        wanted = download.ask()
        assert wanted == PortraitWanted(name.sha256, 0)
        assert download.ask() is None, "one at a time"
        assert upload.ask(wanted)
        while (chunk := upload.next(0)) is not None:
            assert download.expressions == tuple(OTHERS[: max(0, place - 1)])
            assert len(encode_control(chunk)) <= MAX_CONTROL_BYTES
            assert download.take(chunk)
            progress.append(download.progress)
        assert download.portrait == BASE
        assert download.expressions == tuple(OTHERS[:place])
    assert progress[-1] is None
    assert progress[:-1] == sorted(progress[:-1])
    assert (
        len(set(progress))
        == len(progress)
        == 1 + sum(-(-name.size // MAX_CHUNK_BYTES) for name in NAMES)
    )
    assert (download.ask(), download.refused) == (None, 0)


def test_picture_goes_on_from_where_it_was_when_the_way_was_interrupted() -> None:
    download, upload = PortraitDownload(wanted=True), offering(SET)
    wear(download, SET)
    came: list[PortraitChunk] = []
    for _ in range(40):  # more interruptions than chunks
        wanted = download.ask()
        if wanted is None:
            break
        assert upload.ask(wanted)
        chunk = upload.next(0)
        assert chunk is not None
        assert download.take(chunk)
        came.append(chunk)
        upload.stop()
        assert upload.next(0) is None
        download.interrupt()
        wear(download, SET)
    assert (download.portrait, download.expressions) == (BASE, tuple(OTHERS))
    assert sum(len(chunk.data) for chunk in came) == sum(name.size for name in NAMES)


def test_only_what_is_new_is_asked_for_when_a_set_changes() -> None:
    download, upload = PortraitDownload(wanted=True), offering(SET)
    wear(download, SET)
    bring(download, upload)
    changed = OwnPortrait.of(BASE, [OTHERS[3], b"a new one", OTHERS[0]])
    upload.offer(changed)
    wear(download, changed)
    assert download.expressions == (OTHERS[3], OTHERS[0])
    assert [chunk.data for chunk in bring(download, upload)] == [b"a new one"]
    assert download.expressions == (OTHERS[3], b"a new one", OTHERS[0])


def test_set_costs_nothing_when_it_is_taken_off_and_put_on() -> None:
    download, upload = PortraitDownload(wanted=True), offering(SET)
    wear(download, SET)
    bring(download, upload)
    wear(download, None)
    assert (download.portrait, download.expressions) == (None, ())
    wear(download, SET)
    assert (download.ask(), download.expressions) == (None, tuple(OTHERS))


def test_expressions_wait_for_the_portrait_they_belong_to() -> None:
    download, upload = PortraitDownload(wanted=True), offering(SET)
    wear(download, SET)
    bring(download, upload)
    other = OwnPortrait.of(b"another person", OTHERS)
    wear(download, other)
    assert (download.portrait, download.expressions) == (None, ())
    assert download.ask() == PortraitWanted(other.name.sha256, 0)


@pytest.mark.parametrize("forged", range(9))
def test_forged_expression_is_left_out_and_without_the_portrait_nothing_is_asked_for(
    forged: int,
) -> None:
    download = PortraitDownload(wanted=True)
    wear(download, SET)
    data = {name.sha256: each for name, each in zip(NAMES, (BASE, *OTHERS), strict=True)}
    data[NAMES[forged].sha256] = bytes(NAMES[forged].size)
    asked = []
    while (wanted := download.ask()) is not None:
        asked.append(wanted.sha256)
        for start in range(0, len(data[wanted.sha256]), MAX_CHUNK_BYTES):
            part = data[wanted.sha256][start : start + MAX_CHUNK_BYTES]
            download.take(PortraitChunk(wanted.sha256, start, part))
    assert (download.refused, download.progress) == (1, None)
    if forged:
        assert asked == [name.sha256 for name in NAMES]
        assert download.portrait == BASE
        assert download.expressions == tuple(OTHERS[: forged - 1] + OTHERS[forged:])
    else:
        assert asked == [SET.name.sha256]
        assert (download.portrait, download.expressions) == (None, ())


def test_chunk_is_refused_when_it_was_not_asked_for_or_is_more_than_was_named() -> None:
    download, upload = PortraitDownload(wanted=True), offering(SET)
    wear(download, SET)
    first = PortraitChunk(SET.name.sha256, 0, BASE[:100])
    assert not download.take(first)
    wanted = download.ask()
    assert wanted is not None
    assert not download.take(PortraitChunk(SET.expressions[0].sha256, 0, OTHERS[0][:100]))
    assert not download.take(PortraitChunk(SET.name.sha256, 100, BASE[:100]))
    assert not download.take(PortraitChunk(SET.name.sha256, 0, BASE + b"!"))
    assert download.refused == 4
    assert download.take(first)
    assert bring_rest(download, upload) == (BASE, tuple(OTHERS))


def bring_rest(
    download: PortraitDownload, upload: PortraitUpload
) -> tuple[bytes | None, tuple[bytes, ...]]:
    download.interrupt()
    bring(download, upload)
    return download.portrait, download.expressions


def test_upload_goes_on_when_what_is_on_its_way_is_still_worn_and_stops_when_it_is_not() -> None:
    upload = offering(SET)
    assert upload.ask(PortraitWanted(SET.name.sha256, 0))
    assert upload.next(0) is not None
    upload.offer(OwnPortrait.of(BASE, OTHERS[:2]))
    assert upload.next(0) is not None
    assert not upload.ask(PortraitWanted(SET.expressions[5].sha256, 0))
    assert upload.ask(PortraitWanted(SET.expressions[1].sha256, 0))
    upload.offer(OwnPortrait.of(BASE))
    assert upload.next(0) is None
    upload.offer(None)
    assert not upload.ask(PortraitWanted(SET.name.sha256, 0))


@pytest.mark.parametrize("by_pieces", [False, True])
def test_upload_serves_each_picture_so_often_and_no_more(by_pieces: bool) -> None:
    upload = offering(SET)
    for name in NAMES:
        sent = 0
        while upload.ask(PortraitWanted(name.sha256, sent % name.size)):
            for chunk in iter(upload.next_piece if by_pieces else lambda: upload.next(0), None):
                sent += len(chunk.data)
        assert 1 <= sent / (MAX_SENDINGS * name.size) <= (1 if by_pieces else 2)
    upload.offer(OwnPortrait.of(BASE, OTHERS[:3]))
    assert not upload.ask(PortraitWanted(SET.name.sha256, 0))


@pytest.mark.parametrize(
    "pictures",
    [
        (b"",),
        (BASE, b""),
        (bytes(MAX_PORTRAIT_BYTES), b"x"),
        (BASE, bytes(200_000), bytes(200_000)),
        (BASE, *[b"x"] * 9),
    ],
)
def test_set_is_refused_and_the_one_before_stays_when_it_is_too_large(
    pictures: tuple[bytes, ...],
) -> None:
    own = LocalState("test")
    before = own.wear_portrait(BASE, OTHERS)
    with pytest.raises(ControlError) as caught:
        own.wear_portrait(pictures[0], pictures[1:])
    assert caught.value.code == "portrait-too-large"
    assert own.portrait == SET
    assert (before.portrait, before.expressions) == (SET.name, SET.expressions)


def test_set_is_refused_when_no_message_has_room_for_its_names() -> None:
    own = LocalState("test")
    own.wear({"hat": "x" * 15_700})
    own.wear_portrait(BASE)
    with pytest.raises(ControlError) as caught:
        own.wear_portrait(BASE, OTHERS)
    assert caught.value.code == "control-too-large"
    [hello] = own.greeting()
    assert isinstance(hello, Hello)
    assert (hello.portrait, hello.expressions) == (SET.name, ())


Announced = tuple[PortraitName, list[PortraitName]]

digests = st.sampled_from([letter * 64 for letter in "abcd"])
names = st.builds(PortraitName, digests, st.integers(1, 300))
announcements = st.none() | st.tuples(names, st.lists(names, max_size=MAX_EXPRESSIONS))
chunks = st.builds(
    PortraitChunk,
    digests,
    st.sampled_from([0, 100, 200, 399_999]),
    st.binary(min_size=1, max_size=100),
)
small_sets = st.builds(
    OwnPortrait.of,
    st.binary(min_size=1, max_size=3),
    st.lists(st.binary(min_size=1, max_size=3), max_size=MAX_EXPRESSIONS),
)


@given(
    st.lists(
        announcements | small_sets | chunks | st.sampled_from(["ask", "interrupt", "bring"]),
        max_size=60,
    )
)
def test_download_holds_two_sets_and_no_more_whatever_comes(
    events: list[
        tuple[PortraitName, list[PortraitName]] | OwnPortrait | PortraitChunk | str | None
    ],
) -> None:
    download, worn, largest = PortraitDownload(wanted=True), None, 0
    for event in events:
        match event:
            case PortraitChunk():
                download.take(event)
            case OwnPortrait():
                worn = event
                wear(download, worn)
                largest = max(largest, sum(len(each.data) for each in event.pictures))
            case "ask":
                download.ask()
            case "interrupt":
                download.interrupt()
            case "bring":
                if worn is not None:
                    wear(download, worn)
                    download.interrupt()
                    bring(download, offering(worn))
                    assert download.portrait == worn.pictures[0].data
                    assert list(download.expressions) == [each.data for each in worn.pictures[1:]]
            case None:
                download.announce(None)
            case (base, others):
                download.announce(base, tuple(others))
        assert len(download._part) < MAX_PORTRAIT_BYTES
        assert sum(map(len, download._whole.values())) <= largest
        assert len(download._forged) <= 1 + MAX_EXPRESSIONS
        progress = download.progress
        assert progress is None or 0.0 <= progress < 1.0


async def test_peer_gets_the_portrait_first_and_then_its_expressions(stage: Stage) -> None:
    ann, ben = stage.page("ann", wants_portraits=True), stage.page("ben", wants_portraits=True)
    stage.peers.weather = SLOW
    ann.engine.set_portrait(BASE, OTHERS)
    await stage.connect(ann, ben)
    [of_ann] = ben.engine.remotes
    seen: list[int] = []

    def is_whole() -> bool:
        if of_ann.portrait is not None:
            seen.append(len(of_ann.expressions))
        return seen[-1:] == [8]

    await stage.time.run_until(is_whole)
    assert sorted(set(seen)) == list(range(9))
    assert seen == sorted(seen)
    assert (of_ann.portrait, of_ann.expressions) == (BASE, tuple(OTHERS))
    assert (of_ann.download.refused, of_ann.download.progress) == (0, None)
    ben.engine.set_portrait(BASE, OTHERS[:1])
    [of_ben] = ann.engine.remotes
    await stage.time.run_until(lambda: of_ben.expressions == (OTHERS[0],))
    ben.engine.set_portrait(None)
    await stage.time.run(100.0)
    assert (of_ben.portrait, of_ben.expressions) == (None, ())


async def test_set_goes_on_from_where_it_was_when_the_connection_is_rebuilt(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    stage.peers.weather = SLOW
    ann.engine.set_portrait(BASE, OTHERS)
    await stage.connect(ann, ben)
    [remote] = ben.engine.remotes
    await stage.time.run_until(lambda: (remote.download.progress or 0.0) > 0.5)
    here = len(remote.expressions)
    assert here > 1
    for transport in stage.peers.open_transports:
        transport.listener.on_connection_state("failed")
    await stage.time.run_until(lambda: stage.all_good(ann, ben))
    assert len(remote.expressions) >= here
    assert (remote.download.progress or 0.0) > 0.5
    await stage.time.run_until(lambda: len(remote.expressions) == 8)
    assert (remote.portrait, remote.expressions) == (BASE, tuple(OTHERS))
    assert remote.download.refused == 0


async def test_nothing_is_sent_twice_when_the_drawn_look_changes_meanwhile(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    stage.peers.weather = SLOW
    ann.engine.set_portrait(BASE, OTHERS)
    await stage.connect(ann, ben)
    [remote] = ben.engine.remotes
    changes = 0

    def is_whole() -> bool:
        nonlocal changes
        changes += 1
        ann.engine.set_avatar({"changes": changes})
        return len(remote.expressions) == 8

    await stage.time.run_until(is_whole)
    assert changes > 20
    assert remote.download.refused == 0


async def test_set_is_fetched_again_when_the_other_page_is_a_new_one(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    stage.peers.weather = SLOW
    ann.engine.set_portrait(BASE, OTHERS)
    await stage.connect(ann, ben)
    await stage.time.run_until(lambda: len(ben.engine.remotes[0].expressions) == 3)
    ben.engine.leave(returning=True)
    again = stage.page("ben's second", wants_portraits=True)
    again.engine.join(INVITATION, ben.engine.identity)
    await stage.time.run_until(
        lambda: any(len(remote.expressions) == 8 for remote in again.engine.remotes)
    )
    [remote] = again.engine.remotes
    assert (remote.portrait, remote.expressions) == (BASE, tuple(OTHERS))


@pytest.mark.parametrize(
    "fields",
    [
        {"expressions": [{"sha256": "c" * 64, "size": 5}]},
        {"portrait": {"sha256": "b" * 64, "size": 1}, "expressions": [5]},
        {"portrait": {"sha256": "b" * 64, "size": 1}, "expressions": {"sha256": "c" * 64}},
        {"portrait": {"sha256": "b" * 64, "size": 1}, "expressions": [{"sha256": "c" * 64}]},
        {
            "portrait": {"sha256": "b" * 64, "size": 1},
            "expressions": [{"sha256": "c" * 64, "size": 1}] * 9,
        },
        {
            "portrait": {"sha256": "b" * 64, "size": 200_000},
            "expressions": [{"sha256": "c" * 64, "size": 200_001}],
        },
        {
            "portrait": {"sha256": "b" * 64, "size": 1},
            "expressions": [{"sha256": "c" * 64, "size": 10**12}],
        },
        {
            "portrait": {"sha256": "b" * 64, "size": 1},
            "expressions": [{"sha256": "../../etc", "size": 1}],
        },
    ],
)
async def test_what_was_worn_stays_when_a_peer_names_expressions_that_cannot_be(
    stage: Stage, fields: dict[str, object]
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    ann.engine.set_portrait(BASE, OTHERS)
    await stage.connect(ann, ben)
    [remote] = ben.engine.remotes
    await stage.time.run_until(lambda: len(remote.expressions) == 8)
    for said in ({"type": "avatar", "avatar": {}}, {"type": "hello", "wire": 1, "avatar": {}}):
        stage.transport_of(ann).send_control(json.dumps(said | fields))
    await stage.time.run(500.0)
    assert remote.stats.controls_refused == 2
    assert (remote.portrait, remote.expressions) == (BASE, tuple(OTHERS))
    ann.engine.send_params(face(ann.clock.now_ms()))
    await stage.time.run(100.0)
    assert remote.stats.frames == 1
    assert stage.all_good(ann, ben)


async def test_little_is_asked_for_and_kept_when_a_peer_announces_without_end(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    ann.engine.set_portrait(BASE, OTHERS)
    await stage.connect(ann, ben)
    [remote] = ben.engine.remotes
    await stage.time.run_until(lambda: len(remote.expressions) == 8)
    asked: list[PortraitWanted] = []
    upload = ann.connections[0].control_channel.portraits.upload
    upload.ask = lambda wanted: asked.append(wanted) is not None  # type: ignore[method-assign]
    for number in range(200):  # ten a second
        names = [{"sha256": f"{9 * number + place:064x}", "size": 40_000} for place in range(9)]
        told = {"type": "avatar", "avatar": {}, "portrait": names[0], "expressions": names[1:]}
        stage.transport_of(ann).send_control(json.dumps(told))
        for name in names:
            chunk = PortraitChunk(str(name["sha256"]), 0, bytes(12_000))
            if number < 20:
                stage.transport_of(ann).send_control(encode_control(chunk))
        await stage.time.run(100.0)
        held = remote.download
        assert sum(map(len, held._whole.values())) + len(held._part) <= 2 * MAX_PORTRAIT_BYTES
    assert len(asked) <= 200
    assert remote.download.refused > 0
    assert (remote.portrait, remote.expressions) == (None, ())
    assert stage.all_good(ann, ben)
