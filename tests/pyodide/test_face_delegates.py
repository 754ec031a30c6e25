"""What of MediaPipe reads a face: on trial with readers of known cost, and on a real face."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner

# A trial of readers whose costs and answers are known, over 80 pictures.
TRIAL = """async ([address, given]) => {
  const { createTrial } = await import(address);
  const fail = () => { throw new Error("lost"); };
  const readers = {
    CPU: { cost: 20, found: (turn) => turn >= given.missing, shape: () => 0.5 },
    GPU: {
      cost: given.cost,
      found: () => !given.blind,
      shape: (turn) => (turn === given.fails ? fail() : 0.5 + given.apart),
    },
  };
  const made = [], closed = [], chosen = [], shapes = [];
  let clock = 0, last;
  const make = async (delegate) => {
    if (delegate === "GPU" && given.refused) fail();
    made.push(delegate);
    const { cost, found, shape } = readers[delegate];
    return {
      look(_picture, turn) {
        clock += cost;
        last = delegate;
        return new Float64Array([found(turn), 0, 0, shape(turn)]);
      },
      close() {
        closed.push(delegate);
        if (given.fails) fail();
      },
    };
  };
  const trial = await createTrial(make, [3, 4], (each) => chosen.push(each), () => clock);
  for (let turn = 0; turn < 80; turn++) {
    shapes.push(trial.look(null, turn)[3]);
    await new Promise((resolve) => setTimeout(resolve)); // a reader may have been made
  }
  return { made, closed, chosen, last, before: [...new Set(shapes.slice(0, 45))] };
}"""
CASES = {
    "cheaper": ({"cost": 5}, "GPU"),
    "cheaper by little": ({"cost": 16}, "CPU"),
    "dearer": ({"cost": 60}, "CPU"),
    "cheaper and wrong": ({"cost": 5, "apart": 0.2}, "CPU"),
    "cheaper and blind": ({"cost": 5, "blind": True}, "CPU"),
    "lost on the way": ({"cost": 5, "fails": 36}, "CPU"),
    "refused": ({"cost": 5, "refused": True}, "CPU"),
}
ANY = {"cost": 5, "apart": 0, "missing": 0, "blind": False, "fails": 0, "refused": False}


def tried(selenium: PageRunner, **given: object) -> dict[str, object]:
    address = selenium.run(
        "from persona_web.bridge.site import Site; Site().web_address('bridge/media/delegates.js')"
    )
    result = selenium.driver.evaluate(TRIAL, [address, ANY | given])
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize(("given", "better"), CASES.values(), ids=CASES.keys())
def test_trial_goes_on_by_the_better_one_when_both_were_measured(
    selenium: PageRunner, given: dict[str, object], better: str
) -> None:
    seen = tried(selenium, **given)
    other = {"CPU": "GPU", "GPU": "CPU"}[better]
    assert seen["chosen"] == [better], "told once"
    assert seen["last"] == better
    assert seen["closed"] == ([] if given.get("refused") else [other])
    assert seen["before"] == [0.5], "the processor's word counts until then"


def test_trial_waits_when_there_is_no_face(selenium: PageRunner) -> None:
    seen = tried(selenium, missing=60)
    assert (seen["made"], seen["chosen"]) == (["CPU"], [])


@run_in_pyodide
async def test_tracker_follows_a_face_by_the_graphics_card_when_that_did_better(selenium):
    from testbed.tracking import Delegates, next_sighting, tracker_and_camera

    delegates = Delegates("GPU")
    async with tracker_and_camera(delegates=delegates) as (tracker, camera, hearing):
        tracker.start(camera)
        seen = [await next_sighting(tracker) for _ in range(4)]

    assert all(sighting.face is not None for sighting in seen)
    assert delegates.kept == []
    assert hearing.events == [("ready", "")]


@run_in_pyodide
async def test_tracker_tells_what_did_better_when_both_were_tried(selenium):
    from testbed.tracking import Delegates, next_sighting, tracker_and_camera

    delegates = Delegates("try")
    async with tracker_and_camera(delegates=delegates) as (tracker, camera, hearing):
        tracker.start(camera)
        while not delegates.kept:
            await next_sighting(tracker)
        after = await next_sighting(tracker)

    assert delegates.kept in (["CPU"], ["GPU"])
    assert after.face is not None
    assert hearing.events == [("ready", "")]


@run_in_pyodide
async def test_tracker_goes_on_by_the_processor_when_the_graphics_card_hangs(selenium):
    import js
    from testbed.tracking import Delegates, hanging_site, next_sighting, tracker_and_camera

    delegates = Delegates("GPU")
    async with (
        hanging_site() as site,
        tracker_and_camera(site, delegates) as (tracker, camera, hearing),
    ):
        tracker.start(camera)
        await next_sighting(tracker)
        js.eval("keptWorkers[0].postMessage({ kind: 'hang' })")
        await hearing.hear("stuck")
        await next_sighting(tracker)

    assert delegates.kept == ["CPU"]
