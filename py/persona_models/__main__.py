"""``python build.py models TOOL``: makes the recordings and models that the app ships.

Also tells how good they are. ``VP_VENDOR``, ``VP_DIST`` and ``VP_CHROMIUM`` say where fetched
assets, the built site and the browser are.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from persona_core.errors import PersonaError
from persona_models import ROOT
from persona_models.shipped import demo_motion

if TYPE_CHECKING:
    from persona_models.data.photo_album import PhotoAlbum
    from persona_models.evaluate.lite_renderer import LiteRenderer
    from persona_models.evaluate.reopened import Draw, Reopened
    from persona_models.faces.tracks import FaceTracks

LITE = Path("static/models/liveportrait-lite")


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the command line and runs the tool it names.

    Exits with 1 and a sentence where the tool could not do it.
    """
    options = make_parser().parse_args(arguments)
    try:
        options.run(options)
    except PersonaError as error:
        sys.exit(f"error: {error.detail}")


def make_parser() -> argparse.ArgumentParser:
    """The parser of all tools; each sets ``run`` to what carries it out."""
    parser = argparse.ArgumentParser(prog="build.py models", description=__doc__)
    tools = parser.add_subparsers(dest="tool", metavar="TOOL", required=True)
    tool = tools.add_parser("demo-motion", help="record the demo motion from the sample video")
    tool.set_defaults(run=_record_demo)
    _add_basis(tools)
    _add_person_metric(tools)
    _add_evaluate(tools)
    _add_lite(tools)
    _add_quantise(tools)
    _add_people(tools)
    _add_reopened(tools)
    _add_portraits(tools)
    _add_training(tools)
    return parser


def _add_basis(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser(
        "landmark-basis",
        help="fit the landmark basis to rendered and filmed faces",
        description="Render people of ICT-FaceKit and track them, track videos, fit the basis, "
        "and tell its error on the sample video, which it is not fitted to.",
    )
    tool.add_argument("--ict", type=Path, required=True, help="ICT-FaceKit as an .npz file")
    tool.add_argument("--people", type=int, default=320, help="to render (default: %(default)s)")
    tool.add_argument("--video", type=Path, action="append", default=[], help="a face, filmed")
    _add_tracks(tool, "faces")
    tool.add_argument("--dry-run", action="store_true", help="fit and tell, but write nothing")
    tool.set_defaults(run=_fit_basis)


def _add_tracks(tool: argparse.ArgumentParser, what: str) -> None:
    tool.add_argument(
        "--tracks",
        type=Path,
        default=Path("build/tracks"),
        help=f"where tracked {what} are kept between runs (default: %(default)s)",
    )


def _add_person_metric(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser(
        "person-metric",
        help="fit what tells people apart by their landmarks",
        description="Learn from photographs how people differ and from films how one person does, "
        "and tell how many are mistaken in the film and the photographs that were left out.",
    )
    tool.add_argument("--photos", type=_file, required=True, help="an album of photographs (.npz)")
    tool.add_argument("--clips", type=Path, required=True, help="a folder of videos of one face")
    _add_tracks(tool, "clips")
    tool.add_argument("--dry-run", action="store_true", help="fit and tell, but write nothing")
    tool.set_defaults(run=_make_person_metric)


def _add_evaluate(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser(
        "evaluate",
        help="compare animated photos with what the camera saw",
        description="Take a still from a video, put the motion of the other frames on it, and "
        "score the pictures against those frames: PSNR, SSIM, mean difference and gradient energy "
        "of the whole picture, the mouth and the eyes.",
    )
    tool.add_argument("--video", type=Path, help="a video of one face (default: the sample video)")
    tool.add_argument(
        "--renderer",
        choices=["cpu", "lite", "browser"],
        default="cpu",
        help="cpu: still source and plain mesh warp; lite: these and LivePortrait-Lite; browser: "
        "these and the WebGL portrait",
    )
    tool.add_argument(
        "--model", type=Path, default=LITE, help="LivePortrait-Lite (default: %(default)s)"
    )
    tool.add_argument(
        "--out",
        type=Path,
        default=Path("build/evaluation"),
        help="folder for scores.md, scores.json and strips of pictures (default: %(default)s)",
    )
    tool.add_argument(
        "--set",
        type=int,
        action="append",
        dest="sets",
        help="pictures in a set, 2 to 9; several times for several sets: score portraits of so "
        "many pictures, chosen from the first half of each clip, in its second half",
    )
    tool.add_argument("--clips", type=Path, help="a folder of videos of one face each, for --set")
    tool.add_argument(
        "--strangers",
        type=_file,
        help="an .npz file with the landmarks of many people, to tell how many of two are taken "
        "for one, for --set",
    )
    _add_tracks(tool, "clips")
    _add_precision(tool)
    tool.set_defaults(run=_evaluate)


def _add_reopened(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser(
        "evaluate-photos",
        help="compare closed lips and lids, opened again, with the photographs",
        description="Close lips and lids of photographs that were held out of the training, open "
        "them again by the warp and by models, and score what is inside. A classifier that learns "
        "on the other photographs tells how much of it is taken for real.",
    )
    tool.add_argument("--photos", type=_file, required=True, help="an album of photographs (.npz)")
    tool.add_argument(
        "--model",
        type=Path,
        action="append",
        default=[],
        help=f"LivePortrait-Lite; may be repeated (default: {LITE})",
    )
    tool.add_argument("--ungated", action="store_true", help="follow the nets in full")
    tool.add_argument(
        "--shown",
        type=int,
        default=300,
        help="photographs with teeth that the classifier learns from; 0: none is asked "
        "(default: %(default)s)",
    )
    tool.add_argument("--sheet", type=Path, help="a picture file: ten mouths, twice as large")
    _add_precision(tool)
    tool.set_defaults(run=_evaluate_photos)


def _add_lite(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser(
        "lite",
        help="make LivePortrait-Lite of trained patch nets",
        description="Write the best nets of a training as ONNX graphs, with manifest, weights, "
        "licence and model card, as the site serves them.",
    )
    tool.add_argument(
        "--nets",
        type=Path,
        default=Path("build/lite/fast"),
        help="folder of a variant that train-patches trained (default: %(default)s)",
    )
    tool.add_argument("--variant", choices=["full", "fast"], default="fast", help="that it is of")
    for kind in ("mouth", "eye"):
        tool.add_argument(
            f"--{kind}-step",
            type=int,
            metavar="STEP",
            help=f"take the {kind}'s net of this validation (default: the one of the least loss)",
        )
    tool.add_argument("--out", type=Path, default=LITE, help="(default: %(default)s)")
    tool.set_defaults(run=_make_lite)


def _add_quantise(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser(
        "quantise-lite",
        help="add to LivePortrait-Lite the graphs for processors",
        description="Add graphs in whole numbers of 8 bits to a model that `lite` wrote: on a "
        "processor they take less than half the time.",
    )
    tool.add_argument("--photos", type=_file, required=True, help="an album of photographs (.npz)")
    tool.add_argument("--model", type=Path, default=LITE, help="(default: %(default)s)")
    tool.set_defaults(run=_quantise_lite)


def _add_precision(tool: argparse.ArgumentParser) -> None:
    tool.add_argument(
        "--precision",
        choices=["fp32", "int8"],
        default="fp32",
        help="what LivePortrait-Lite computes in (default: %(default)s)",
    )


def _add_people(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser("people-sheet", help="render people who do not exist, to look at")
    tool.add_argument("--ict", type=_file, required=True, help="ICT-FaceKit as an .npz file")
    tool.add_argument("--seed", type=int, default=1, help="of the people (default: %(default)s)")
    tool.add_argument("--people", type=int, default=12, help="(default: %(default)s)")
    tool.add_argument("--out", type=Path, required=True, help="the PNG file")
    tool.add_argument("--dots", action="store_true", help="draw the landmarks, twice as large")
    tool.set_defaults(run=_draw_people)
    tool = tools.add_parser(
        "people-landmarks",
        help="fit where the landmarks lie on rendered people",
        description="Render people, have the tracker look at them, and keep which points of the "
        "model its landmarks are.",
    )
    tool.add_argument("--ict", type=_file, required=True, help="ICT-FaceKit as an .npz file")
    tool.add_argument("--seed", type=int, default=7, help="of the people (default: %(default)s)")
    tool.add_argument("--people", type=int, default=50, help="(default: %(default)s)")
    tool.add_argument("--dry-run", action="store_true", help="fit and tell, but write nothing")
    tool.set_defaults(run=_fit_people)


def _add_portraits(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser(
        "portraits",
        help="make the portraits that come with the app",
        description="Render the people who are portraits to choose from, or take photos, have "
        "them read as a person's own photo is, and write them into app/portraits.",
    )
    tool.add_argument("--ict", type=_file, help="ICT-FaceKit as an .npz file: render people")
    tool.add_argument("--only", action="append", default=[], help="name of one to render")
    tool.add_argument(
        "--photo", action="append", default=[], metavar="NAME=FILE", help="a photo to take"
    )
    tool.add_argument(
        "--renders",
        type=Path,
        default=Path("build/portraits"),
        help="where renders are written (default: %(default)s)",
    )
    tool.set_defaults(run=_make_portraits)


def _add_training(tools: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    tool = tools.add_parser(
        "train-patches",
        help="train the nets that draw mouth and eyes",
        description="Render people, cut mouths and eyes out, and train a net for each. Takes a "
        "CUDA device if there is one. A run that was broken off goes on where it stopped.",
    )
    tool.add_argument("--ict", type=_file, required=True, help="ICT-FaceKit as an .npz file")
    tool.add_argument("--out", type=Path, default=Path("build/lite"), help="(default: %(default)s)")
    tool.add_argument("--variant", choices=["full", "fast"], default="full")
    tool.add_argument("--only", choices=["mouth", "eye"], help="train one net of the two")
    tool.add_argument("--steps", type=int, default=20_000, help="(default: %(default)s)")
    tool.add_argument("--batch", type=int, default=64, help="(default: %(default)s)")
    tool.add_argument("--minutes", type=float, help="of training at most (default: no limit)")
    tool.add_argument(
        "--shards", type=int, default=40, help="of 8 people, rendered first (default: %(default)s)"
    )
    tool.add_argument(
        "--workers", type=int, default=0, help="processes that go on rendering (default: none)"
    )
    tool.add_argument(
        "--photos",
        type=_file,
        help="an album of photographs (.npz), to be restored as well and to show a critic what is "
        "real; every tenth is held out",
    )
    tool.add_argument(
        "--photo-shards",
        type=int,
        default=56,
        help="of 64 photographs, made first (default: %(default)s)",
    )
    tool.add_argument(
        "--critic",
        type=float,
        default=0.4,
        help="how strongly the critic is listened to; 0: no critic (default: %(default)s)",
    )
    tool.add_argument(
        "--rate", type=float, default=1.5e-3, help="of learning (default: %(default)s)"
    )
    tool.add_argument(
        "--start", type=Path, help="go on from the nets of this model (default: begin anew)"
    )
    tool.add_argument(
        "--report", type=int, default=200, help="steps between validations (default: %(default)s)"
    )
    tool.set_defaults(run=_train_patches)
    tool = tools.add_parser(
        "average-nets",
        help="make one net of several of a training",
        description="Write the mean of the weights of the best nets in some folders, and validate "
        "it. It often does better on real faces than each of them.",
    )
    tool.add_argument("kind", choices=["mouth", "eye"], help="which net")
    tool.add_argument(
        "--nets",
        action="append",
        required=True,
        metavar="FOLDER[:STEP]",
        help="a trained variant, or a model; once for each net, twice to count twice",
    )
    tool.add_argument("--shards", type=Path, required=True, help="folder of shards to validate on")
    tool.add_argument("--out", type=Path, required=True, help="folder to write to")
    tool.set_defaults(run=_average_nets)


def _record_demo(options: argparse.Namespace) -> None:
    demo_motion.record(_vendor(), _chromium())


def _fit_basis(options: argparse.Namespace) -> None:
    from persona_models.shipped.landmark_basis import fit  # its libraries take a second to import

    fit(
        options.ict,
        options.people,
        options.video,
        sample=_vendor() / demo_motion.SAMPLE_VIDEO,
        tracker=(_vendor(), _chromium()),
        folder=options.tracks,
        write=not options.dry_run,
        say=_say,
    )


def _make_person_metric(options: argparse.Namespace) -> None:
    import numpy as np

    from persona_models.data.photo_album import PhotoAlbum
    from persona_models.evaluate.report import SAMPLE_CLEAN
    from persona_models.shipped import person_metric

    videos = sorted(options.clips.glob("*.mp4"))
    if len(videos) < 2:
        sys.exit(f"error: there are no two .mp4 files in {options.clips}")
    clips = {video.stem: _tracks(video, options.tracks) for video in videos}
    sample = _tracks(_vendor() / demo_motion.SAMPLE_VIDEO, options.tracks)
    clean = [number for part in SAMPLE_CLEAN for number in part]
    clips["sample"] = sample[np.array(clean)]
    metric = person_metric.make(PhotoAlbum(options.photos), clips, _say)
    if not options.dry_run:
        person_metric.TARGET.write_bytes(metric.to_bytes())


def _tracks(video: Path, folder: Path) -> FaceTracks:
    """What the tracker saw in a video; kept between runs."""
    from persona_models.faces.tracks import FaceTracks
    from persona_models.faces.video import track_faces

    kept = folder / f"{video.stem}-{video.stat().st_size}.npz"
    if not kept.exists():
        track_faces(video, _vendor(), _chromium(), _every_fifty).save(kept)
    return FaceTracks.load(kept)


def _evaluate_sets(options: argparse.Namespace) -> None:
    import numpy as np

    from persona_core.face.residual.landmark_basis import LandmarkBasis
    from persona_models.evaluate.cpu_renderers import MeshWarpRenderer
    from persona_models.evaluate.reenactment import FrameRenderer
    from persona_models.evaluate.set_protocol import (
        Clip,
        accepted_share,
        evaluate_clip,
        markdown,
        save_sheet,
    )
    from persona_models.faces.video import read_frames

    counts = sorted(set(options.sets))
    if options.clips is None or not 2 <= counts[0] <= counts[-1] <= 9:
        sys.exit("error: --set takes 2 to 9 pictures, and a folder of videos as --clips")
    videos = sorted(options.clips.glob("*.mp4"))
    if not videos:
        sys.exit(f"error: there is no .mp4 file in {options.clips}")
    options.out.mkdir(parents=True, exist_ok=True)
    if options.strangers:
        with np.load(options.strangers) as file:
            share = accepted_share(list(file["landmarks"]))
        _say(f"{share:.1%} of strangers are taken for one person")
    single: list[FrameRenderer] = [MeshWarpRenderer(), _lite(options.model, options)]
    entries, rows = [], []
    for video in videos:
        tracks = _tracks(video, options.tracks)
        clip = Clip.of(video.stem, list(read_frames(video)), tracks)
        share = accepted_share(list(clip.footage.points))
        _say(f"{clip.name}: {share:.1%} of its pairs of faces are taken for one person")
        found, shown = evaluate_clip(clip, counts, single, LandmarkBasis.load(), _say)
        entries += found
        rows.append((clip, shown))
        (options.out / "sets.md").write_text(markdown(entries))
    save_sheet(rows, options.out / "portrait-set.webp")
    _say(f"sets.md and portrait-set.webp are in {options.out}")


def _evaluate(options: argparse.Namespace) -> None:
    if options.sets:
        _evaluate_sets(options)
        return
    from persona_core.face.residual.landmark_basis import LandmarkBasis
    from persona_models.evaluate.cpu_renderers import (
        BlurredWarpRenderer,
        MeshWarpRenderer,
        StillRenderer,
    )
    from persona_models.evaluate.reenactment import Footage, FrameRenderer
    from persona_models.evaluate.report import evaluate, trials_for
    from persona_models.faces.video import read_frames, track_faces

    video = options.video or _vendor() / demo_motion.SAMPLE_VIDEO
    tracks = track_faces(video, _vendor(), _chromium(), _every_fifty)
    frames = [
        picture for picture, seen in zip(read_frames(video), tracks.found, strict=True) if seen
    ]
    if len(frames) < len(tracks):
        _say(f"{len(tracks) - len(frames)} frames without a face are left out")
    tracks = tracks[tracks.found]
    footage = Footage.of(frames, tracks)
    renderers: list[FrameRenderer] = [StillRenderer(), MeshWarpRenderer(), BlurredWarpRenderer()]
    with ExitStack() as stack:
        if options.renderer == "lite":
            renderers.append(_lite(options.model, options))
        elif options.renderer == "browser":
            from persona_models.evaluate.portrait_renderer import PortraitRenderer

            dist = Path(os.environ["VP_DIST"])
            renderers.append(stack.enter_context(PortraitRenderer(dist, _chromium())))
        trials = trials_for(video, len(tracks))
        evaluate(footage, trials, renderers, LandmarkBasis.load(), options.out, _say)
    _say(f"scores and pictures are in {options.out}")


def _lite(folder: Path, options: argparse.Namespace, *, gated: bool = True) -> LiteRenderer:
    from persona_core.neural.manifest.manifest import Precision
    from persona_models.evaluate.lite_renderer import LiteRenderer

    return LiteRenderer(folder, gated=gated, precision=Precision(options.precision))


def _evaluate_photos(options: argparse.Namespace) -> None:
    if options.shown and find_spec("torch") is None:
        sys.exit(
            "error: the classifier needs torch: pip install -r requirements-train.lock, "
            "or go without it: --shown 0"
        )
    from persona_models.data.photo_album import PhotoAlbum
    from persona_models.evaluate import reopened

    album = PhotoAlbum(options.photos)
    renderers = {
        folder.name: _lite(folder, options, gated=not options.ungated).draw
        for folder in options.model or [LITE]
    }
    held_out = [album.photo(place) for place in album.held_out()]
    asked = reopened.reopen(held_out, renderers, _say)
    _say(reopened.table(asked))
    if options.sheet:
        reopened.write_sheet(asked, options.sheet)
        _say(f"wrote {options.sheet}")
    if options.shown:
        _ask_onlookers(album, options.shown, renderers, asked)


def _ask_onlookers(
    album: PhotoAlbum, count: int, renderers: Mapping[str, Draw], asked: Sequence[Reopened]
) -> None:
    """Tells for how much of what is drawn a classifier falls that was taught on other people."""
    import numpy as np

    from persona_models.data.photo_pairs import shows_teeth
    from persona_models.evaluate import reopened
    from persona_models.train.onlooker import opinion

    places = album.training()
    spread = places[:: max(1, len(places) // (2 * count))]
    photos = [photo for photo in map(album.photo, spread) if shows_teeth(photo)][:count]
    shown = reopened.reopen(photos, renderers, _say)
    for part in ("lips", "right lids"):
        for name in asked[0].drawn:
            real, drawn, other_real, other_drawn = (
                np.stack([each.patch(part, who) for each in few])
                for few in (shown, asked)
                for who in (None, name)
            )
            found = opinion((real, drawn), (other_real, other_drawn))
            _say(
                f"{part}, {name}: {100 * found.drawn:.0f} % taken for real "
                f"(of the photographs {100 * found.real:.0f} %)"
            )


def _make_lite(options: argparse.Namespace) -> None:
    if find_spec("torch") is None:
        sys.exit("error: nets are read with torch: pip install -r requirements-train.lock")
    from persona_core.neural.manifest.manifest import GraphStage
    from persona_models.lite.build import build
    from persona_models.train.checkpoints import read_checkpoint

    steps = {"mouth": options.mouth_step, "eye": options.eye_step}
    checkpoints = {kind: read_checkpoint(options.nets, kind, step) for kind, step in steps.items()}
    manifest = build(options.out, checkpoints, ROOT / "LICENSE", options.variant)
    megabytes = sum(file.bytes for file in manifest.files) / 1e6
    _say(f"{options.out}: {megabytes:.2f} MB, {manifest.gflop(GraphStage.FRAME):.3f} GFLOP a frame")


def _quantise_lite(options: argparse.Namespace) -> None:
    from persona_core.neural.manifest.manifest import Precision
    from persona_models.data.photo_album import PhotoAlbum
    from persona_models.shipped.quantised_lite import quantise

    manifest = quantise(options.model, PhotoAlbum(options.photos))
    megabytes = sum(graph.file(Precision.INT8).bytes for graph in manifest.graphs) / 1e6
    _say(f"{options.model}: {megabytes:.2f} MB in whole numbers")


def _draw_people(options: argparse.Namespace) -> None:
    from persona_models.data.sheet import write_sheet

    write_sheet(options.ict, options.seed, options.people, options.out, dots=options.dots)
    _say(f"wrote {options.out}")


def _make_portraits(options: argparse.Namespace) -> None:
    from persona_models.shipped.portraits import draw_sitters, make_portraits

    photos = {name: Path(file) for name, _, file in (x.partition("=") for x in options.photo)}
    if options.ict:
        photos |= draw_sitters(options.ict, options.only, options.renders)
    make_portraits(photos, Path(os.environ["VP_DIST"]), _chromium(), _say)


def _fit_people(options: argparse.Namespace) -> None:
    from persona_models.data.landmark_tool import fit_landmarks

    fit_landmarks(
        options.ict,
        options.people,
        options.seed,
        tracker=(_vendor(), _chromium()),
        write=not options.dry_run,
        say=_say,
    )


def _train_patches(options: argparse.Namespace) -> None:
    if find_spec("torch") is None:
        sys.exit("error: training needs torch: pip install -r requirements-train.lock")
    from persona_models.train.command import KEEP, TrainingPlan, train_patches

    plan = TrainingPlan(
        ict=options.ict,
        out=options.out,
        variant=options.variant,
        steps=options.steps,
        batch=options.batch,
        shards=options.shards,
        keep=max(options.shards, KEEP),
        workers=options.workers,
        photos=options.photos,
        photo_shards=options.photo_shards,
        critic=options.critic,
        rate=options.rate,
        start=options.start,
        report=options.report,
        minutes=options.minutes or math.inf,
        kinds=(options.only,) if options.only else ("mouth", "eye"),
    )
    train_patches(plan, _say)


def _average_nets(options: argparse.Namespace) -> None:
    if find_spec("torch") is None:
        sys.exit("error: nets are read with torch: pip install -r requirements-train.lock")
    from persona_models.train.averaging import average_nets

    score = average_nets(options.kind, options.nets, options.shards, options.out)
    _say(f"{options.out}: {score.psnr:.2f} dB, the warp {score.warp_psnr:.2f} dB")


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def _vendor() -> Path:
    return Path(os.environ["VP_VENDOR"])


def _chromium() -> str:
    return os.environ["VP_CHROMIUM"]


def _every_fifty(done: int) -> None:
    if done % 50 == 0:
        _say(f"tracked {done} frames")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
