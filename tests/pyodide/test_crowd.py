"""Rooms of three, five and eight: engines of one page over real connections and a real server."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_everybody_sees_everybody_and_hears_the_first_when_a_room_grows_to_eight(
    selenium, signaling_url
):
    import asyncio

    import numpy as np
    from testbed.crowd import Crowd

    from persona_core.face.params import FaceParams

    crowd = await Crowd.open(signaling_url, "crowd")
    frames = {}
    for size in (3, 5, 8):
        await crowd.grow(size)
        before = [[remote.stats.frames for remote in engine.remotes] for engine in crowd.engines]
        for step in range(30):
            for engine in crowd.engines:
                engine.send_params(FaceParams(float(step), np.zeros(52, dtype=np.float32)))
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        frames[size] = [
            remote.stats.frames - count
            for engine, counts in zip(crowd.engines, before, strict=True)
            for remote, count in zip(engine.remotes, counts, strict=True)
        ]
        await crowd.until(crowd.all_hear_one)
    crowd.engines[2].leave()
    rest = [engine for number, engine in enumerate(crowd.engines) if number != 2]
    await crowd.until(lambda: all(len(engine.status.peers) == 6 for engine in rest))
    notices = crowd.notices
    crowd.close()

    assert [len(counts) for counts in frames.values()] == [3 * 2, 5 * 4, 8 * 7]
    assert all(min(counts) >= 10 for counts in frames.values()), frames
    assert notices == []
