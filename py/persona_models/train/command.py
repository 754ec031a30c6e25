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
from persona_models.train.patch_net import PatchShape
from persona_models.train.shards import (
    KINDS,
    SEED,
    VALIDATION_SEED,
    Patches,
    load_shard,
    make_shard,
    shard_name,
)
from persona_models.train.trainer import Trainer, TrainingRecipe, ValidationScore

KEEP = 40
"""Shards that are trained on at a time, where more are not asked for."""


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
        photos: real faces to restore, see :func:`~persona_models.train.shards.make_shard`.
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
    report: int = 200


def train_patches(plan: TrainingPlan, say: Callable[[str], None]) -> dict[str, ValidationScore]:
    """Renders what is missing, trains, and tells the last validation of each net.

    A run that was broken off goes on where it stopped when it is started again.
    """
    sizes = VARIANTS[plan.variant]
    shelf = _Shelf(plan.out / "shards", sizes)
    held_out = shelf.fill(plan, VALIDATION_SEED, plan.validation_shards, say)
    shelf.fill(plan, SEED, plan.shards, say)
    end = time.monotonic() + plan.minutes * 60.0
    scores = {}
    with _rendering(plan, shelf):
        for done, kind in enumerate(plan.kinds):
            shape = PatchShape(sizes[kind], 4 * len(DESCRIBED[KINDS[kind][0]]))
            recipe = TrainingRecipe(plan.steps, plan.batch, report=plan.report)
            trainer = Trainer(kind, shape, recipe, plan.out / plan.variant, say)
            validation = Patches.join([load_shard(path, kind) for path in held_out])
            share = (end - time.monotonic()) / (len(plan.kinds) - done)
            scores[kind] = trainer.train(_Material(shelf, kind, plan.keep), validation, share)
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
            photos = plan.photos if seed == SEED else None
            make_shard(plan.ict, photos, self.next_number(seed), seed, self.sizes, self.folder)
            took = time.monotonic() - start
            say(f"shard {len(self.paths(seed))}/{count} of seed {seed}: {took:.1f} s")
        return self.paths(seed)[:count]


class _Material:
    """The newest shards of one net; each file is read once, and older ones are thrown away."""

    def __init__(self, shelf: _Shelf, kind: str, keep: int) -> None:
        self._shelf, self._kind, self._keep = shelf, kind, keep
        self._read: list[Path] = []
        self._joined: list[Patches] = []  # one, or none yet

    def __call__(self) -> Patches:
        paths = self._shelf.paths(SEED)
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
            task = (plan.ict, plan.photos, next(numbers), SEED, shelf.sizes, shelf.folder)
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
