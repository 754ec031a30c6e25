"""``train-patches``: renders people and trains the mouth's and the eyes' net, in one go."""

from __future__ import annotations

import itertools
import math
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from persona_models.lite.patch_frame import DESCRIBED, VARIANTS
from persona_models.lite.shipped_nets import read_shipped_nets
from persona_models.train.patch_net import PatchShape
from persona_models.train.shards import (
    KINDS,
    PHOTO_SEED,
    PHOTO_VALIDATION_SEED,
    SEED,
    VALIDATION_SEED,
    Patches,
    load_shard,
    make_photo_shard,
    make_shard,
    shard_name,
)
from persona_models.train.trainer import Trainer, TrainingRecipe, ValidationScore

KEEP = 40
"""Shards that are trained on at a time, where more are not asked for."""
RATE = 1.5e-3
CRITIC = 0.4
_PHOTO_VALIDATION_SHARDS = 3


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What one run shall do.

    Attributes:
        ict: ICT-FaceKit as an ``.npz`` file.
        out: folder for shards, checkpoints, logs and pictures.
        variant: of ``VARIANTS``.
        kinds: the nets to train.
        steps: of each net.
        batch: patches a step.
        minutes: of training at most, all nets together.
        shards: to render before training begins.
        validation_shards: likewise, of other people.
        keep: shards that are trained on at a time: the newest.
        workers: processes that go on rendering beside the training; 0 for none.
        photos: an album of photographs to restore as well, whose patches a critic takes for real
            ones; see :class:`~persona_models.data.photo_album.PhotoAlbum`.
        photo_shards: to make of them before training begins.
        critic: how strongly that critic is listened to, 0 for not at all.
        rate: of learning, at its highest.
        start: the folder of a model whose nets are gone on from; None begins anew.
        report: steps between two validations.
    """

    ict: Path
    out: Path
    variant: str = "full"
    kinds: tuple[str, ...] = tuple(KINDS)
    steps: int = 20_000
    batch: int = 64
    minutes: float = math.inf
    shards: int = 40
    validation_shards: int = 2
    keep: int = KEEP
    workers: int = 0
    photos: Path | None = None
    photo_shards: int = 56
    critic: float = CRITIC
    rate: float = RATE
    start: Path | None = None
    report: int = 200


def train_patches(plan: TrainingPlan, say: Callable[[str], None]) -> dict[str, ValidationScore]:
    """Renders what is missing, trains, and tells the last validation of each net.

    A run that was broken off goes on where it stopped when it is started again.
    """
    sizes = VARIANTS[plan.variant]
    shelf = _Shelf(plan.out / "shards", sizes)
    held_out = [shelf.fill(plan, VALIDATION_SEED, plan.validation_shards, say)]
    shelf.fill(plan, SEED, plan.shards, say)
    if plan.photos is not None:
        held_out.append(shelf.fill(plan, PHOTO_VALIDATION_SEED, _PHOTO_VALIDATION_SHARDS, say))
        shelf.fill(plan, PHOTO_SEED, plan.photo_shards, say)
    begun = read_shipped_nets(plan.start) if plan.start is not None else {}
    end = time.monotonic() + plan.minutes * 60.0
    scores = {}
    with _rendering(plan, shelf):
        for done, kind in enumerate(plan.kinds):
            shape = PatchShape(sizes[kind], 4 * len(DESCRIBED[KINDS[kind][0]]))
            critic = plan.critic if plan.photos is not None else 0.0
            recipe = TrainingRecipe(plan.steps, plan.batch, plan.rate, plan.report, critic)
            folder = plan.out / plan.variant
            trainer = Trainer(kind, shape, recipe, folder, say, begun.get(kind))
            validation = [
                Patches.join([load_shard(path, kind) for path in paths]) for paths in held_out
            ]
            materials = [_Material(shelf, SEED, kind, plan.keep)]
            if plan.photos is not None:
                materials.append(_Material(shelf, PHOTO_SEED, kind, None))
            share = (end - time.monotonic()) / (len(plan.kinds) - done)

            def material(parts: list[_Material] = materials) -> list[Patches]:
                return [part() for part in parts]

            scores[kind] = trainer.train(material, validation, share)
    return scores


class _Shelf:
    """The folder of shards, of patches of these sizes."""

    def __init__(self, folder: Path, sizes: dict[str, int]) -> None:
        self.folder, self.sizes = folder, sizes

    def paths(self, seed: int) -> list[Path]:
        """Of the shards of one seed, the oldest first."""
        return sorted(self.folder.glob(shard_name(seed, self.sizes, "*")))

    def next_number(self, seed: int) -> int:
        """Of the shard after the newest."""
        paths = self.paths(seed)
        return int(paths[-1].stem.rpartition("-")[2]) + 1 if paths else 0

    def fill(
        self, plan: TrainingPlan, seed: int, count: int, say: Callable[[str], None]
    ) -> list[Path]:
        """Renders until there are as many as wanted."""
        while len(self.paths(seed)) < count:
            start = time.monotonic()
            number = self.next_number(seed)
            if plan.photos is not None and seed in (PHOTO_SEED, PHOTO_VALIDATION_SEED):
                make_photo_shard(plan.photos, number, seed, self.sizes, self.folder)
            else:
                make_shard(plan.ict, number, seed, self.sizes, self.folder)
            took = time.monotonic() - start
            say(f"shard {len(self.paths(seed))}/{count} of seed {seed}: {took:.1f} s")
        return self.paths(seed)[:count]


class _Material:
    """The newest shards of one net; each file is read once, and older ones are thrown away.

    Args:
        keep: how many are kept; None keeps all.
    """

    def __init__(self, shelf: _Shelf, seed: int, kind: str, keep: int | None) -> None:
        self._shelf, self._seed, self._kind, self._keep = shelf, seed, kind, keep
        self._read: list[Path] = []
        self._joined: list[Patches] = []  # one, or none yet

    def __call__(self) -> Patches:
        paths = self._shelf.paths(self._seed)
        if self._keep is not None:
            for path in paths[: -self._keep]:
                path.unlink()
            paths = paths[-self._keep :]
        if paths[: len(self._read)] != self._read:
            self._read, self._joined = [], []
        fresh = [load_shard(path, self._kind) for path in paths[len(self._read) :]]
        if fresh:
            self._joined = [Patches.join([*self._joined, *fresh])]
            self._read = paths
        return self._joined[0]


@contextmanager
def _rendering(plan: TrainingPlan, shelf: _Shelf) -> Iterator[None]:
    """Goes on rendering new people in other processes while the body runs."""
    if not plan.workers:
        yield
        return
    numbers = itertools.count(shelf.next_number(SEED))
    failures: list[BaseException] = []
    stopped = Event()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(plan.workers, mp_context=context) as pool:

        def more(done: Future[Path] | None = None) -> None:
            if stopped.is_set() or (done is not None and done.cancelled()):
                return
            failure = done.exception() if done is not None else None
            if failure is not None:
                failures.append(failure)
                return
            task = (plan.ict, next(numbers), SEED, shelf.sizes, shelf.folder)
            pool.submit(make_shard, *task).add_done_callback(more)

        for _ in range(plan.workers):
            more()
        try:
            yield
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)
    if failures:
        raise failures[0]
