"""``landmark-basis``: gathers tracked faces, fits the basis and tells how well it does.

What was tracked is kept in a folder, so that a fit with other settings takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from persona_core.face.residual import landmark_basis
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.faces.ict_face import IctFace
from persona_models.faces.synthetic import FACES_PER_PERSON, render_people
from persona_models.faces.tracker import track_pictures
from persona_models.faces.tracks import FaceTracks
from persona_models.faces.video import track_faces
from persona_models.shipped.basis_error import error_table
from persona_models.shipped.basis_fit import REAL_WEIGHT, MotionSource, fit_basis

SEED = 2
RESIDUAL_COUNT = 24
TARGET = Path(landmark_basis.__file__).with_name(landmark_basis.BASIS_FILE)


def fit(
    ict: Path,
    people: int,
    videos: Sequence[Path],
    *,
    sample: Path,
    tracker: tuple[Path, str],
    folder: Path,
    write: bool,
    say: Callable[[str], None],
) -> LandmarkBasis:
    """Fits the basis; see ``docs/experiments/portrait.md`` for what was learned in doing so.

    Args:
        ict: ICT-FaceKit as an ``.npz`` file.
        people: how many to render.
        videos: faces of real people; the sample video must not be among them.
        sample: the sample video, on which the basis is scored.
        tracker: the folder of web assets and the browser.
        folder: where tracks are kept.
        write: whether the basis in the package is replaced.
        say: hears of progress and results.
    """
    vendor, chromium = tracker

    def progress(done: int) -> None:
        if done % 100 == 0:
            say(f"tracked {done} pictures")

    def kept(name: str, make: Callable[[], FaceTracks]) -> FaceTracks:
        path = folder / f"{name}.npz"
        if not path.exists():
            say(f"tracking {name}")
            make().save(path)
        return FaceTracks.load(path)

    def track(video: Path) -> FaceTracks:
        return kept(video.stem, lambda: track_faces(video, vendor, chromium, progress))

    rendered = kept(
        f"rendered-{SEED}-{people}",
        lambda: track_pictures(
            render_people(IctFace.load(ict), people, SEED), vendor, chromium, on_progress=progress
        ),
    )
    sources = [
        MotionSource.of(f"rendered {start}", rendered[start : start + FACES_PER_PERSON])
        for start in range(0, len(rendered), FACES_PER_PERSON)
    ]
    sources += [MotionSource.of(video.stem, track(video), REAL_WEIGHT) for video in videos]
    basis = fit_basis([source for source in sources if len(source.points)], RESIDUAL_COUNT)
    data = basis.to_bytes()
    basis = LandmarkBasis.from_bytes(data)  # as it will be read, steps and all
    say(f"{sum(len(s.points) for s in sources)} faces of {len(sources)} people; {len(data)} bytes")
    say(error_table(basis, track(sample)))
    if write:
        TARGET.write_bytes(data)
        say(f"wrote {TARGET.name}")
    return basis
