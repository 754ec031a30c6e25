"""Both ways to a gesture on photographs: MediaPipe's recogniser, and our rule on landmarks.

Every picture goes through the real worker with each of MediaPipe's two tasks. The table of what
each said is printed (``pytest -s``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Page
from tests.browser import hand_photos
from tests.browser.hand_photos import ROOT, Photo
from tests.support.bare_page import bare_page

from persona_core.face.params import Gesture
from persona_core.hands.gestures import Reading, read, read_points
from persona_core.hands.hand_observation import Hand, HandObservation

pytestmark = hand_photos.needs_photos

BRIDGE = ROOT / "py/persona_web/bridge"
VENDOR = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
MODELS = {
    "GestureRecognizer": ("/recognizer.task", True),
    "HandLandmarker": ("/vendor/models/hand_landmarker.task", False),
}
GOOD_SHARE = 0.9  # one hand out of focus in a wide frame is not found at all

# A worker of ours reads every picture; two empty ones before each let it forget the last hand.
LOOK = """
async ({ model, gestures, count }) => {
  const worker = new Worker("/bridge/media/hands.worker.js", { type: "module" });
  const told = () => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) =>
      data.kind === "failed" ? reject(new Error(data.detail)) : resolve(data.values);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  const ask = (message, handOver) => {
    const answer = told();
    worker.postMessage(message, handOver);
    return answer;
  };
  const look = (bitmap) => ask({ kind: "bitmap", bitmap, captured: 0 }, [bitmap]);
  const address = (path) => new URL(path, location).href;
  const bundle = address("/vendor/mediapipe/vision_bundle.mjs");
  const wasm = address("/vendor/mediapipe/wasm");
  await ask({ kind: "load", bundle, wasm, model: address(model), gestures }, []);
  const rows = [];
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < 2; j += 1) await look(await createImageBitmap(new ImageData(64, 64)));
    const picture = await (await fetch(`/photos/${i}.png`)).blob();
    rows.push([...(await look(await createImageBitmap(picture)))]);
  }
  worker.terminate();
  return rows;
}
"""


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    return hand_photos.photos()


@pytest.fixture(scope="module")
def seen(plain_browser: Browser, photos: list[Photo]) -> Mapping[str, list[Hand | None]]:
    """The hand that each task found in each picture."""
    files: dict[str, Path | bytes] = {
        "/bridge": BRIDGE,
        "/vendor": VENDOR,
        "/recognizer.task": hand_photos.recognizer().read_bytes(),
    }
    files |= {f"/photos/{index}.png": photo.png for index, photo in enumerate(photos)}
    with bare_page(plain_browser, files) as page:
        found = {task: _look(page, *model, len(photos)) for task, model in MODELS.items()}
    _print_table(photos, found)
    return found


def _look(page: Page, model: str, gestures: bool, count: int) -> list[Hand | None]:
    asked: dict[str, Any] = {"model": model, "gestures": gestures, "count": count}
    rows: npt.NDArray[np.float64] = np.array(page.evaluate(LOOK, asked))
    return [_only_hand(HandObservation.from_array(row)) for row in rows]


def _only_hand(observation: HandObservation | None) -> Hand | None:
    if observation is None or len(observation.hands) != 1:
        return None
    return observation.hands[0]


WAYS: Mapping[str, tuple[str, Callable[[Hand], Reading]]] = {
    "recogniser's word": ("GestureRecognizer", read),
    "rule on its landmarks": ("GestureRecognizer", lambda hand: read_points(hand.points)),
    "rule on landmarker's": ("HandLandmarker", read),
}


def _print_table(photos: list[Photo], seen: Mapping[str, list[Hand | None]]) -> None:
    print(f"\n{'picture':<28}" + "".join(f"{way:>26}" for way in WAYS))  # noqa: T201
    right = dict.fromkeys(WAYS, 0)
    for index, photo in enumerate(photos):
        cells = []
        for way, (task, reading_of) in WAYS.items():
            hand = seen[task][index]
            reading = Reading(Gesture.NONE, 0.0) if hand is None else reading_of(hand)
            right[way] += reading.gesture is photo.gesture
            cells.append(f"{reading.gesture.name} {reading.confidence:.2f}")
        print(f"{photo!s:<28}" + "".join(f"{cell:>26}" for cell in cells))  # noqa: T201
    totals = "".join(f"{f'{count} of {len(photos)}':>26}" for count in right.values())
    print(f"{'right':<28}{totals}")  # noqa: T201


def test_one_hand_is_found_on_its_side_when_a_photograph_shows_it(
    photos: list[Photo], seen: Mapping[str, list[Hand | None]]
) -> None:
    for hands in seen.values():
        found = {str(one): hand.side for one, hand in zip(photos, hands, strict=True) if hand}
        assert len(found) >= GOOD_SHARE * len(photos), found.keys()
        assert found.items() <= {str(photo): photo.side for photo in photos}.items()


@pytest.mark.parametrize("way", WAYS)
def test_gesture_is_right_when_a_photograph_shows_it(
    way: str, photos: list[Photo], seen: Mapping[str, list[Hand | None]]
) -> None:
    task, reading_of = WAYS[way]
    wrong = [
        str(photo)
        for photo, hand in zip(photos, seen[task], strict=True)
        if hand is None or reading_of(hand).gesture is not photo.gesture
    ]
    assert len(wrong) <= (1.0 - GOOD_SHARE) * len(photos), wrong


def test_rule_contradicts_no_word_of_the_recogniser_when_both_name_a_gesture(
    photos: list[Photo], seen: Mapping[str, list[Hand | None]]
) -> None:
    for photo, hand in zip(photos, seen["GestureRecognizer"], strict=True):
        if hand is not None and hand.recognised is not None:
            words = {hand.recognised, read_points(hand.points).gesture} - {Gesture.NONE}
            assert len(words) <= 1, photo
