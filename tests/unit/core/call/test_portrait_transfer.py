"""Portraits on their way: the two halves by themselves, and in whole calls."""

from __future__ import annotations

import json
import random

import pytest
from tests.support.memory_peers import Weather
from tests.support.stage import Stage, face

from persona_core.call.peer.portrait_download import PortraitDownload
from persona_core.call.peer.portrait_upload import (
    BACKLOG_BYTES,
    MAX_SENDINGS,
    OwnPortrait,
    PortraitUpload,
)
from persona_core.errors import ControlError
from persona_core.wire.control import (
    MAX_CHUNK_BYTES,
    MAX_CONTROL_BYTES,
    MAX_PORTRAIT_BYTES,
    PortraitChunk,
    PortraitName,
    PortraitWanted,
    encode_control,
)

LARGEST = random.Random(5).randbytes(MAX_PORTRAIT_BYTES)
SMALL = random.Random(6).randbytes(30_000)


def announced(download: PortraitDownload, name: PortraitName | None) -> PortraitWanted | None:
    """What the page asks for when a peer who has just come wears this portrait."""
    download.interrupt()
    download.announce(name)
    return download.ask()


def all_chunks(portrait: OwnPortrait, offset: int = 0) -> list[PortraitChunk]:
    upload = PortraitUpload()
    upload.offer(portrait)
    assert upload.ask(PortraitWanted(portrait.name.sha256, offset))
    return list(iter(lambda: upload.next(0), None))


@pytest.mark.parametrize("data", [b"x", SMALL, LARGEST[: MAX_CHUNK_BYTES * 2], LARGEST])
def test_portrait_arrives_whole_in_messages_of_bounded_size_when_asked_for(data: bytes) -> None:
    portrait = OwnPortrait.of(data)
    download = PortraitDownload(wanted=True)
    assert announced(download, portrait.name) == PortraitWanted(portrait.name.sha256, 0)
    progress = [download.progress]
    for chunk in all_chunks(portrait):
        assert len(encode_control(chunk)) <= MAX_CONTROL_BYTES
        assert download.portrait is None
        assert download.take(chunk)
        progress.append(download.progress)
    assert download.portrait == data
    assert progress[-1] is None
    assert progress[:-1] == sorted(progress[:-1])
    assert announced(download, portrait.name) is None


@pytest.mark.parametrize("data", [b"", bytes(MAX_PORTRAIT_BYTES + 1)])
def test_portrait_is_refused_when_it_is_nothing_or_too_large(data: bytes) -> None:
    with pytest.raises(ControlError, match="portrait-too-large"):
        OwnPortrait.of(data)


def test_upload_waits_when_enough_is_in_the_channel() -> None:
    upload = PortraitUpload()
    upload.offer(OwnPortrait.of(LARGEST))
    upload.ask(PortraitWanted(OwnPortrait.of(LARGEST).name.sha256, 0))
    assert upload.next(BACKLOG_BYTES) is None
    assert upload.next(BACKLOG_BYTES - 1) is not None


def test_upload_goes_to_nobody_when_it_is_not_the_portrait_worn_or_asked_for_too_often() -> None:
    mine, other = OwnPortrait.of(SMALL), OwnPortrait.of(LARGEST)
    upload = PortraitUpload()
    assert not upload.ask(PortraitWanted(mine.name.sha256, 0))
    upload.offer(mine)
    assert not upload.ask(PortraitWanted(other.name.sha256, 0))
    assert not upload.ask(PortraitWanted(mine.name.sha256, len(SMALL)))
    for _ in range(MAX_SENDINGS):
        assert upload.ask(PortraitWanted(mine.name.sha256, 0))
        assert sum(len(chunk.data) for chunk in iter(lambda: upload.next(0), None)) == len(SMALL)
    little = 0
    while upload.ask(PortraitWanted(mine.name.sha256, len(SMALL) - 1)):
        assert upload.next(0) is not None
        little += 1
    assert little < 2 * MAX_SENDINGS
    assert not upload.ask(PortraitWanted(mine.name.sha256, 0))


def test_download_asks_for_the_rest_only_when_a_part_is_here() -> None:
    portrait = OwnPortrait.of(SMALL)
    download = PortraitDownload(wanted=True)
    announced(download, portrait.name)
    first, *_ = all_chunks(portrait)
    download.take(first)
    assert announced(download, portrait.name) == PortraitWanted(portrait.name.sha256, 12_000)
    for chunk in all_chunks(portrait, 12_000):
        download.take(chunk)
    assert download.portrait == SMALL


def test_download_keeps_what_it_has_when_the_portrait_is_taken_off_and_put_on() -> None:
    portrait = OwnPortrait.of(SMALL)
    download = PortraitDownload(wanted=True)
    announced(download, portrait.name)
    for chunk in all_chunks(portrait):
        download.take(chunk)
    download.announce(None)
    assert download.portrait is None
    assert announced(download, portrait.name) is None
    assert download.portrait == SMALL


def test_download_asks_for_nothing_when_the_page_shows_no_portraits() -> None:
    portrait = OwnPortrait.of(SMALL)
    download = PortraitDownload(wanted=False)
    assert announced(download, portrait.name) is None
    assert not download.take(all_chunks(portrait)[0])
    assert (download.portrait, download.progress, download.refused) == (None, None, 1)


def test_download_gives_up_for_good_when_the_bytes_are_not_what_the_name_says() -> None:
    name = PortraitName(OwnPortrait.of(SMALL).name.sha256, 3)
    download = PortraitDownload(wanted=True)
    announced(download, name)
    assert not download.take(PortraitChunk(name.sha256, 0, b"abc"))
    assert (download.portrait, download.progress, download.refused) == (None, None, 1)
    assert announced(download, name) is None


async def test_peer_gets_the_portrait_when_it_is_worn_before_or_during_the_call(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann", wants_portraits=True), stage.page("ben", wants_portraits=True)
    stage.peers.weather = Weather(control_bytes_per_ms=100.0)
    ann.engine.set_portrait(LARGEST)
    await stage.connect(ann, ben)
    [of_ann] = ben.engine.remotes
    await stage.time.run_until(lambda: (of_ann.download.progress or 0.0) > 0.3)
    await stage.time.run_until(lambda: of_ann.portrait is not None)
    assert of_ann.portrait == LARGEST
    ben.engine.set_portrait(SMALL)
    [of_ben] = ann.engine.remotes
    await stage.time.run_until(lambda: of_ben.portrait == SMALL)
    ben.engine.set_portrait(None)
    await stage.time.run(100.0)
    assert of_ben.portrait is None


async def test_pings_get_through_when_a_portrait_is_under_way(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    stage.peers.weather = Weather(control_bytes_per_ms=100.0)
    await stage.connect(ann, ben)
    await stage.time.run(5_000.0)
    ann.engine.set_portrait(LARGEST)
    await stage.time.run(3_000.0)
    [of_ann] = ben.engine.remotes
    assert of_ann.download.progress is not None
    backlog = [connection.backlog() for connection in ann.connections]
    assert backlog[0] is not None
    assert backlog[0] < BACKLOG_BYTES + MAX_CONTROL_BYTES
    assert (of_ann.rtt_ms or 0.0) < 40.0 + (BACKLOG_BYTES + MAX_CONTROL_BYTES) / 100.0


async def test_portrait_goes_on_from_where_it_was_when_the_connection_is_rebuilt(
    stage: Stage,
) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    stage.peers.weather = Weather(control_bytes_per_ms=100.0)
    ann.engine.set_portrait(LARGEST)
    await stage.connect(ann, ben)
    [remote] = ben.engine.remotes
    await stage.time.run_until(lambda: (remote.download.progress or 0.0) > 0.5)
    for transport in stage.peers.open_transports:
        transport.listener.on_connection_state("failed")
    await stage.time.run_until(lambda: stage.all_good(ann, ben))
    assert (remote.download.progress or 0.0) > 0.5
    await stage.time.run_until(lambda: remote.portrait is not None)
    assert remote.portrait == LARGEST
    assert remote.download.refused == 0


async def test_portrait_is_not_fetched_when_the_page_shows_none(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben")
    ann.engine.set_portrait(LARGEST)
    await stage.connect(ann, ben)
    await stage.time.run(5_000.0)
    assert [
        connection.control_channel.portraits.upload.next(0) for connection in ann.connections
    ] == [None]
    assert ben.engine.remotes[0].portrait is None


async def test_call_goes_on_when_a_peer_sends_hostile_portraits(stage: Stage) -> None:
    ann, ben = stage.page("ann"), stage.page("ben", wants_portraits=True)
    await stage.connect(ann, ben)
    digest = "c" * 64
    hostile = [
        {"type": "avatar", "avatar": {}, "portrait": {"sha256": digest, "size": 10**9}},
        {"type": "avatar", "avatar": {}, "portrait": {"sha256": "../../etc", "size": 5}},
        {"type": "avatar", "avatar": {}, "portrait": [1]},
        {"type": "portrait-chunk", "sha256": digest, "offset": 0, "data": "AAAA"},
        {"type": "portrait-chunk", "sha256": digest, "offset": -1, "data": "AAAA"},
        {"type": "portrait-chunk", "sha256": digest, "offset": 0, "data": "no base64!"},
        {"type": "portrait-chunk", "sha256": digest, "offset": 0, "data": ""},
        {"type": "portrait-wanted", "sha256": digest, "offset": 1e9},
        {"type": "portrait-wanted", "sha256": digest, "offset": 0},
    ]
    transport = stage.transport_of(ann)
    for message in hostile:
        transport.send_control(json.dumps(message))
    await stage.time.run(500.0)
    [remote] = ben.engine.remotes
    assert remote.stats.controls_refused == 7
    assert remote.download.refused == 1
    assert remote.portrait is None
    ann.engine.send_params(face(ann.clock.now_ms()))
    await stage.time.run(100.0)
    assert remote.stats.frames == 1
    assert stage.all_good(ann, ben)
