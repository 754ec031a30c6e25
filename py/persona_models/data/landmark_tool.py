"""``people-landmarks``: renders people, has them tracked, and fits where landmarks lie on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from persona_core.base.arrays import Indices
from persona_core.face import landmarks
from persona_models.data.landmark_points import LandmarkPoints, fit
from persona_models.data.motions import any_expression
from persona_models.data.people import People
from persona_models.faces.ict_face import IctFace
from persona_models.faces.synthetic import random_rotation
from persona_models.faces.tracker import track_pictures
from persona_models.faces.tracks import Picture

SHOTS = 4
"""Pictures of each person; the first is neutral and faces the camera."""


def fit_landmarks(
    ict: Path,
    people: int,
    seed: int,
    *,
    tracker: tuple[Path, str],
    write: bool,
    say: Callable[[str], None],
) -> LandmarkPoints:
    """Fits and tells how far the tracker is from the points it was fitted to.

    Args:
        ict: ICT-FaceKit as an ``.npz`` file.
        people: how many to render.
        seed: of the people.
        tracker: the folder of web assets and the browser.
        write: whether the package's file is replaced.
        say: hears of progress and results.
    """
    model = IctFace.load(ict)
    crowd = People(model, seed, LandmarkPoints.unknown())
    places = []

    def pictures() -> Iterator[Picture]:
        for number in range(people):
            random = np.random.default_rng([seed, 3, number])
            person = crowd.person(number)
            for shot in range(SHOTS):
                expression = any_expression(random, model.names) * np.float32(shot > 0)
                turn = random_rotation(random) if shot else np.eye(3, dtype=np.float32)
                still = np.zeros(3, dtype=np.float32)
                places.append(person.places(expression, turn, still)[:, :2])
                yield person.shoot(expression, turn, still).picture

    def progress(done: int) -> None:
        if done % 40 == 0:
            say(f"tracked {done} pictures")

    tracks = track_pictures(pictures(), *tracker, on_progress=progress)
    say(f"a face was found in {int(tracks.found.sum())} of {len(tracks)} renders")
    seen = tracks.landmarks[tracks.found][..., :2]
    points, left = fit(model.triangles, np.stack(places)[tracks.found], seen)
    loops: dict[str, Indices] = {
        "all": np.arange(landmarks.COUNT),
        "lips": np.concatenate([landmarks.LIPS_OUTER, landmarks.LIPS_INNER]),
        "eyes": np.concatenate([landmarks.EYE_RIGHT, landmarks.EYE_LEFT]),
        "oval": landmarks.OVAL,
        "irises": np.arange(landmarks.FACE_COUNT, landmarks.COUNT),
    }
    say("median distance, px: " + ", ".join(f"{k} {left[v].mean():.2f}" for k, v in loops.items()))
    if write:
        points.save()
    return points
