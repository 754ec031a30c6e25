"""The tracking worker on a real face: the sample video is the browser's camera."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner


@pytest.fixture
def swift_beats(selenium: PageRunner) -> Iterator[None]:
    """Timers that repeat do so twenty times as fast."""
    selenium.run_js(
        "globalThis.plainInterval = setInterval;"
        "globalThis.setInterval = (act, ms) => plainInterval(act, ms / 20)"
    )
    yield
    selenium.run_js("globalThis.setInterval = plainInterval")


@pytest.fixture(params=["streams", "stills"])
def feeding(selenium: PageRunner, request: pytest.FixtureRequest) -> Iterator[str]:
    """Both ways to the worker: of Chromium, and of browsers without a stream processor."""
    if request.param == "stills":
        selenium.run_js(
            "globalThis.processor = MediaStreamTrackProcessor; delete MediaStreamTrackProcessor"
        )
    yield request.param
    selenium.run_js("globalThis.MediaStreamTrackProcessor ??= globalThis.processor")


@run_in_pyodide
async def test_tracker_sees_a_moving_face_when_the_camera_shows_one(selenium, feeding):
    import js
    import numpy as np
    from testbed.tracking import next_sighting, tracker_and_camera

    async with tracker_and_camera() as (tracker, camera, _hearing):
        assert tracker.take() is None
        before = js.performance.now()
        tracker.start(camera)
        seen = [await next_sighting(tracker) for _ in range(4)]
        after = js.performance.now()

    captured = [sighting.captured_ms for sighting in seen]
    assert before < captured[0]
    assert captured == sorted(set(captured))
    for sighting in seen:
        assert sighting.captured_ms < sighting.done_ms < after
        face = sighting.face
        assert face is not None
        assert (face.time_ms, face.done_ms) == (sighting.captured_ms, sighting.done_ms)
        assert face.blendshapes.shape == (52,)
        assert 0.5 < face.blendshapes.sum() < 26.0
        assert abs(np.linalg.norm(face.pose.rotation) - 1.0) < 1e-3
    assert np.ptp([sighting.face.blendshapes for sighting in seen], axis=0).max() > 0.001


@run_in_pyodide
async def test_tracker_keeps_only_the_newest_when_nobody_takes(selenium):
    import asyncio

    import js
    from testbed.tracking import next_sighting, next_two_sightings, tracker_and_camera

    async with tracker_and_camera() as (tracker, camera, _hearing):
        tracker.start(camera)
        first = await next_sighting(tracker)
        # Long enough for some more, however slow this machine is.
        await asyncio.sleep(5 * (first.done_ms - first.captured_ms) / 1000.0)
        asked = js.performance.now()
        newest, again = await next_two_sightings(tracker)

    assert newest.captured_ms - first.captured_ms > (asked - first.captured_ms) / 3
    assert again is None


@run_in_pyodide
async def test_tracker_follows_again_when_it_was_stopped_and_started(selenium):
    from testbed.tracking import next_sighting, tracker_and_camera

    async with tracker_and_camera() as (tracker, camera, hearing):
        tracker.start(camera)
        before = await next_sighting(tracker)
        tracker.stop()
        tracker.stop()
        assert tracker.take() is None
        tracker.start(camera)
        after = await next_sighting(tracker)

    assert after.captured_ms > before.captured_ms
    assert hearing.events == [("ready", "")]


@run_in_pyodide
async def test_tracker_says_ended_when_the_stream_ends_by_itself(selenium):
    from testbed.tracking import next_sighting, tracker_and_camera

    async with tracker_and_camera() as (tracker, camera, hearing):
        tracker.start(camera)
        await next_sighting(tracker)
        camera.close()
        await hearing.hear("ended")

    assert hearing.events == [("ready", ""), ("ended", "")]


@run_in_pyodide
async def test_tracker_tries_anew_when_it_is_started_after_a_failure(selenium):
    from testbed.hearing import Hearing
    from testbed.ownership import settle
    from testbed.studios import missing_model
    from testbed.tracking import next_sighting

    from persona_web.bridge.media.camera import Camera
    from persona_web.bridge.media.face_tracker import BrowserTracker
    from persona_web.bridge.site import Site

    hearing = Hearing()
    tracker = await BrowserTracker.load(Site())
    tracker.on_event = hearing.note
    camera = await (await Camera.load(Site())).open(lambda: None)
    with missing_model():
        tracker.prepare()
        detail = await hearing.hear("failed")
        tracker.start(camera)
        await hearing.hear("failed", times=2)
        await settle()
        assert tracker.take() is None
    tracker.start(camera)
    await hearing.hear("ready")
    await next_sighting(tracker)
    camera.close()
    tracker.close()

    assert detail


@run_in_pyodide
async def test_tracker_loads_nothing_when_no_camera_is_wanted(selenium):
    import js
    from testbed.ownership import settle

    from persona_web.bridge.media.face_tracker import BrowserTracker
    from persona_web.bridge.site import Site

    def asked_for() -> list[str]:
        return [str(entry.name) for entry in js.performance.getEntriesByType("resource")]

    js.performance.clearResourceTimings()
    tracker = await BrowserTracker.load(Site())
    tracker.stop()
    await settle()
    assert not any("tracker.worker.js" in name for name in asked_for())
    assert tracker.take() is None
    tracker.close()


@run_in_pyodide
async def test_tracker_reads_no_faster_than_it_may_when_its_rate_is_limited(selenium, feeding):
    from testbed.tracking import next_sighting, tracker_and_camera

    async with tracker_and_camera() as (tracker, camera, _hearing):
        tracker.limit(2.0)
        tracker.start(camera)
        seen = [await next_sighting(tracker) for _ in range(4)]

    # Each is looked at when it is due, after it was captured and before it is done.
    assert seen[-1].done_ms - seen[0].captured_ms > 0.9 * 3 * 500.0


@run_in_pyodide
async def test_worker_looks_at_one_still_when_a_busy_page_answers_twice(selenium):
    import js
    from pyodide.ffi import create_proxy, to_js
    from testbed.hearing import Hearing

    from persona_web.bridge.media.face_tracker import FILES
    from persona_web.bridge.site import Site

    def tell(kind: str, **details: object) -> None:
        message = {"kind": kind, **details}
        worker.postMessage(to_js(message, dict_converter=js.Object.fromEntries))

    site, hearing = Site(), Hearing()
    listener = create_proxy(lambda event: hearing.note(event.data.kind))
    module = to_js({"type": "module"}, dict_converter=js.Object.fromEntries)
    worker = js.Worker.new(site.web_address("bridge/media/tracker.worker.js"), module)
    worker.onmessage = listener
    tell("load", **{name: site.address(path) for name, path in FILES.items()})
    tell("pace", interval=3_000.0)  # longer than the first look takes, which makes what all need
    tell("pull")
    await hearing.hear("want")
    canvas = js.OffscreenCanvas.new(64, 64)
    canvas.getContext("2d")
    for still in [await js.createImageBitmap(canvas) for _ in range(2)]:
        tell("bitmap", bitmap=still, captured=js.performance.now())
    await hearing.hear("result")
    await hearing.until(lambda: hearing.events[-1] == ("want",))
    worker.terminate()
    listener.destroy()

    assert len(hearing.all("result")) == 1


@run_in_pyodide
async def test_worker_looks_at_pictures_of_moderate_size_when_a_camera_gives_larger_ones(selenium):
    import js
    from pyodide.code import run_js
    from pyodide.ffi import create_proxy, to_js
    from testbed.hearing import Hearing

    from persona_web.bridge.site import Site

    # A detector that tells what it was shown, in place of MediaPipe's.
    served = Site().web_address("bridge/media/detection.js")
    source = (
        f'import {{ serveDetector }} from "{served}";'
        """
      serveDetector({
        create: async () => ({}),
        detect: (_task, { width, height }) => Float64Array.of(0, 0, 0, width, height),
      });
    """
    )
    vision = "export const FilesetResolver = { forVisionTasks: async () => ({}) };"

    def tell(kind: str, **details: object) -> None:
        message = {"kind": kind, **details}
        worker.postMessage(to_js(message, dict_converter=js.Object.fromEntries))

    def hear(event) -> None:
        data = event.data
        if data.kind == "result":
            hearing.note("result", *list(data.values)[3:])
        else:
            hearing.note(data.kind)

    script = run_js("(text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))")
    hearing = Hearing()
    listener = create_proxy(hear)
    module = to_js({"type": "module"}, dict_converter=js.Object.fromEntries)
    worker = js.Worker.new(script(source), module)
    worker.onmessage = listener
    tell("load", bundle=script(vision), wasm="")
    await hearing.hear("ready")
    sizes = [(3840, 2160), (2160, 3840), (640, 480)]
    tell("follow", turn=1)
    for time, size in enumerate(sizes):
        canvas = js.OffscreenCanvas.new(*size)
        canvas.getContext("2d")
        await hearing.hear("want", times=time + 1)
        options = to_js({"timestamp": time}, dict_converter=js.Object.fromEntries)
        frame = js.VideoFrame.new(canvas, options)
        tell("frame", frame=frame, captured=0.0, turn=1)
        frame.close()
        await hearing.hear("result", times=2 * time + 1)
        tell("bitmap", bitmap=await js.createImageBitmap(canvas), captured=0.0)
        await hearing.hear("result", times=2 * time + 2)
    worker.terminate()
    listener.destroy()

    asked = [(640, 360), (360, 640), (640, 480)]
    assert hearing.all("result") == [each for each in asked for _ in range(2)]


@run_in_pyodide
async def test_tracker_brings_the_landmarks_when_they_are_wanted(selenium, feeding):
    import numpy as np
    from testbed.tracking import fresh_sighting, tracker_and_camera

    from persona_core.face.face_frame import FacePlacement

    async with tracker_and_camera() as (tracker, camera, _hearing):
        tracker.start(camera)
        plain = await fresh_sighting(tracker)
        tracker.read_landmarks(True)
        seen = await fresh_sighting(tracker)
        tracker.read_landmarks(False)
        after = await fresh_sighting(tracker)

    assert plain.face.landmarks is None
    assert after.face.landmarks is None
    face = seen.face
    assert face.landmarks.shape == (478, 3)
    # The sample video is 640 pixels wide; its face looks about 12 degrees at most aside.
    placement = FacePlacement.fit(face.landmarks)
    assert 5.0 < placement.scale < 40.0
    assert placement.rotation[2, 2] > 0.85
    assert 0.0 < face.landmarks[4, 0] < 640.0
    assert 0.0 < face.landmarks[4, 1] < 360.0
    assert np.isfinite(face.landmarks).all()


@run_in_pyodide
async def test_tracker_sees_one_face_whether_or_not_company_is_looked_for(selenium):
    from testbed.tracking import fresh_sighting, tracker_and_camera

    async with tracker_and_camera() as (tracker, camera, hearing):
        tracker.look_for_company(0.45)
        tracker.start(camera)
        seen = [await fresh_sighting(tracker) for _ in range(3)]
        tracker.look_for_company(0.0)
        seen += [await fresh_sighting(tracker) for _ in range(2)]

    assert [sighting.face.faces for sighting in seen] == [1] * 5
    assert hearing.all("failed") == []


@run_in_pyodide
async def test_tracker_that_begins_anew_still_brings_the_landmarks(selenium):
    from testbed.tracking import next_sighting, tracker_and_camera

    async with tracker_and_camera() as (tracker, camera, hearing):
        tracker.read_landmarks(True)
        tracker.close()
        tracker.start(camera)
        await hearing.hear("ready", times=2)
        seen = [await next_sighting(tracker) for _ in range(2)]

    assert seen[-1].face.landmarks is not None


@run_in_pyodide
async def test_another_worker_takes_over_when_one_hangs(selenium, feeding):
    import js
    from testbed.tracking import hanging_site, next_sighting, tracker_and_camera

    async with hanging_site() as site, tracker_and_camera(site) as (tracker, camera, hearing):
        tracker.read_landmarks(True)
        tracker.start(camera)
        for _ in range(4):
            before = await next_sighting(tracker)
        js.eval("keptWorkers[0].postMessage({ kind: 'hang' })")
        await hearing.hear("stuck")
        await hearing.hear("ready", times=2)
        after = await next_sighting(tracker)
        workers = js.keptWorkers.length

    assert hearing.events == [("ready", ""), ("stuck", "1"), ("ready", "")]
    assert after.captured_ms > before.captured_ms
    assert after.face.landmarks is not None
    assert workers == 2


@run_in_pyodide
async def test_tracker_is_given_up_and_begins_anew_later_when_every_worker_hangs(selenium):
    import js
    from testbed.tracking import hanging_site, tracker_and_camera

    async with hanging_site(always=True) as site, tracker_and_camera(site) as parts:
        tracker, camera, hearing = parts
        tracker.start(camera)
        for number in (1, 2, 3):
            await hearing.hear("stuck", times=number)
        await hearing.hear("hung")
        tracker.stop()
        given_up = js.keptWorkers.length
        tracker.start(camera)
        await hearing.hear("stuck", times=4)

    assert hearing.all("stuck") == ["1", "2", "3", "1"]
    assert given_up == 4


@run_in_pyodide
async def test_tracker_is_no_less_patient_when_it_rests_or_its_camera_does(selenium):
    import asyncio

    from testbed.tracking import hanging_site, next_sighting, tracker_and_camera

    async with hanging_site() as site, tracker_and_camera(site) as (tracker, camera, hearing):
        tracker.start(camera)
        await next_sighting(tracker)
        tracker.stop()
        await asyncio.sleep(4.0)
        tracker.limit(0.25)  # a frame in four seconds
        tracker.start(camera)
        for _ in range(2):
            await next_sighting(tracker)

    assert hearing.events == [("ready", "")]


@run_in_pyodide
async def test_tracker_says_so_at_each_start_when_its_worker_never_loads(selenium, swift_beats):
    import js
    from testbed.hearing import Hearing
    from testbed.tracking import HangingSite

    from persona_web.bridge.media.camera import Camera
    from persona_web.bridge.media.face_tracker import BrowserTracker
    from persona_web.bridge.site import Site

    hearing = Hearing()
    address = js.eval(
        "URL.createObjectURL(new Blob(['onmessage = () => {}'], { type: 'text/javascript' }))"
    )
    tracker = await BrowserTracker.load(HangingSite(str(address)))
    tracker.on_event = hearing.note
    camera = await (await Camera.load(Site())).open(lambda: None)
    for times in (1, 2):
        tracker.start(camera)
        await hearing.hear("slow", times=times)
        tracker.stop()
    camera.close()
    tracker.close()
    js.URL.revokeObjectURL(address)

    assert hearing.events == [("slow", "")] * 2
