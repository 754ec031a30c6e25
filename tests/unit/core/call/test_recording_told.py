"""That somebody records is told to everybody, to those who come later as well."""

from __future__ import annotations

from tests.support.pages import INVITATION
from tests.support.stage import Stage


def says_so(page: object, peer_id: str) -> bool:
    [found] = [
        remote.recording
        for remote in page.engine.remotes  # type: ignore[attr-defined]
        if remote.peer_id == peer_id
    ]
    return bool(found)


async def test_everybody_hears_of_a_recording_when_they_are_there_or_come_later(
    roomy_stage: Stage,
) -> None:
    stage = roomy_stage
    ann, ben, cat = (stage.page(name) for name in ("ann", "ben", "cat"))
    await stage.connect(ann, ben)
    await stage.time.run(500.0)
    assert not says_so(ben, ann.peer_id)

    ann.engine.set_recording(running=True)
    await stage.time.run(500.0)
    assert says_so(ben, ann.peer_id)
    assert not says_so(ann, ben.peer_id)
    cat.engine.join(INVITATION)
    await stage.until_good(ann, ben, cat)
    await stage.time.run(500.0)
    assert says_so(cat, ann.peer_id)

    ann.engine.set_recording(running=False)
    await stage.time.run(500.0)
    assert not says_so(ben, ann.peer_id)
    assert not says_so(cat, ann.peer_id)
