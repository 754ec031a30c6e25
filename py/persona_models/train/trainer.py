"""``Trainer``: one patch net on its way, with everything that a broken-off run needs to go on."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from persona_models.train.patch_loss import patch_loss, weights
from persona_models.train.patch_net import PatchNet, PatchShape
from persona_models.train.shards import Patches

WARM_UP = 30  # steps
_SHEET_ROWS = 12
_RESTING = 0.15
"""Share of the patches that are shown as if nothing had moved."""
_PHOTO_AGAIN = [3, 4, 5, 3, 4, 5, 9, 10, 9, 9, 10]
"""Of each plane, the one that it is like where nothing has moved."""


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """Attributes:

    steps: of the whole training; the rate falls to nothing by a cosine until there.
    batch: patches a step.
    rate: of AdamW.
    report: steps between two validations.
    """

    steps: int
    batch: int
    rate: float = 1.5e-3
    report: int = 200


@dataclass(frozen=True, slots=True)
class ValidationScore:
    """On people that were never trained on.

    Attributes:
        loss: of the net.
        warp_loss: of the warp, untouched.
        psnr: dB, weighted as the loss is.
        warp_psnr: of the warp.
    """

    loss: float
    warp_loss: float
    psnr: float
    warp_psnr: float


class Trainer:
    """Trains one net.

    Args:
        kind: ``"mouth"`` or ``"eye"``.
        shape: of the net.
        recipe: how.
        folder: gets ``<kind>.pt`` (to go on from), ``<kind>-best.pt`` (the net alone),
            ``<kind>.jsonl`` (a line for each validation) and ``<kind>.png`` (pictures). What lies
            there is gone on from.
        say: hears of progress.
    """

    def __init__(
        self,
        kind: str,
        shape: PatchShape,
        recipe: TrainingRecipe,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self._kind, self._recipe, self._folder, self._say = kind, recipe, folder, say
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._halves = _multiplies_halves(self._device)
        torch.manual_seed(1)
        self._net = PatchNet(shape).to(self._device)
        self._optimiser = torch.optim.AdamW(
            self._net.parameters(), recipe.rate, betas=(0.9, 0.99), weight_decay=1e-4
        )
        self.step = 0
        self._best = math.inf
        self._seconds = 0.0
        folder.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            self._resume()

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self._recipe.steps

    @property
    def _path(self) -> Path:
        return self._folder / f"{self._kind}.pt"

    def train(
        self, material: Callable[[], Patches], validation: Patches, seconds: float = math.inf
    ) -> ValidationScore:
        """Trains until the steps are done or the time is up, and keeps what was reached.

        Args:
            material: gives what there is to train on; asked again after each validation, so that
                people who were rendered meanwhile are met.
            validation: patches of other people.
            seconds: at most.

        Returns:
            The last validation.
        """
        start = time.monotonic()
        random = np.random.default_rng([7, self.step])
        patches = material()
        score = self.validate(validation)
        if self.step == 0:
            self._log_untrained(score, len(patches))
        total, count = 0.0, 0
        while not self.finished and time.monotonic() - start < seconds:
            chosen = np.sort(random.choice(len(patches), min(self._recipe.batch, len(patches))))
            total += self._learn(*_tensors(patches, chosen, self._device), random)
            count += 1
            if self.step % self._recipe.report == 0 and not self.finished:
                score = self._report(validation, total / count, len(patches), start)
                total, count, patches = 0.0, 0, material()
        if count:
            score = self._report(validation, total / count, len(patches), start)
        self._seconds += time.monotonic() - start
        self._save()
        return score

    def validate(self, patches: Patches) -> ValidationScore:
        """Scores the net, and the warp beside it."""
        return validate(self._net, patches, self._device)

    @torch.no_grad()
    def write_sheet(self, patches: Patches) -> None:
        """Photo, warp, net and truth of some patches, in a PNG file."""
        chosen = np.linspace(0, len(patches) - 1, min(_SHEET_ROWS, len(patches))).astype(int)
        planes, vectors, truths = _tensors(patches, chosen, self._device)
        drawn = self._net(planes, vectors)
        columns = [planes[:, 3:6], planes[:, :3], drawn, truths]
        shown = torch.cat(columns, dim=3).clamp(0.0, 1.0).permute(0, 2, 3, 1).flatten(0, 1)
        Image.fromarray((shown.cpu().numpy() * 255.0).astype(np.uint8)).save(
            self._folder / f"{self._kind}.png"
        )

    def _learn(
        self, planes: Tensor, vectors: Tensor, truths: Tensor, random: np.random.Generator
    ) -> float:
        recipe = self._recipe
        share = self.step / recipe.steps
        fall = 0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * share))
        for group in self._optimiser.param_groups:
            group["lr"] = recipe.rate * min(1.0, 0.1 + self.step / WARM_UP) * fall
        planes, vectors, truths = _rest(planes, vectors, truths, random)
        planes, truths = _vary(planes, truths, random)
        vectors = vectors + 0.004 * torch.randn_like(vectors)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._halves):
            drawn = self._net(planes, vectors)
        loss = patch_loss(drawn.float(), truths, weights(planes))
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimiser.step()
        self.step += 1
        return float(loss.detach())

    def _report(
        self, validation: Patches, mean: float, count: int, start: float
    ) -> ValidationScore:
        score = self.validate(validation)
        self._tell(score, mean, count)
        self._log(score, mean, count, self._seconds + time.monotonic() - start)
        if score.loss < self._best:
            self._best = score.loss
            _write(self._folder / f"{self._kind}-best.pt", self._net.state_dict())
        self.write_sheet(validation)
        self._save()
        return score

    def _log_untrained(self, score: ValidationScore, count: int) -> None:
        self._tell(score, None, count)
        (self._folder / f"{self._kind}.jsonl").write_text("")
        self._log(score, None, count, 0.0)

    def _log(self, score: ValidationScore, mean: float | None, count: int, seconds: float) -> None:
        line = {"step": self.step, "seconds": round(seconds, 1), "train": mean, "patches": count}
        with (self._folder / f"{self._kind}.jsonl").open("a") as log:
            log.write(json.dumps(line | asdict(score)) + "\n")

    def _tell(self, score: ValidationScore, mean: float | None, count: int) -> None:
        trained = "untrained" if mean is None else f"loss {mean:.4f}"
        self._say(
            f"{self._kind} {self.step}/{self._recipe.steps} on {self._device}, {count} patches: "
            f"{trained}, validation {score.loss:.4f} (warp {score.warp_loss:.4f}), "
            f"PSNR {score.psnr:.2f} dB (warp {score.warp_psnr:.2f})"
        )

    def _save(self) -> None:
        state = {
            "net": self._net.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "best": self._best,
            "seconds": self._seconds,
        }
        _write(self._path, state)

    def _resume(self) -> None:
        state = torch.load(self._path, map_location=self._device, weights_only=True)
        self._net.load_state_dict(state["net"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self._best = state["step"], state["best"]
        self._seconds = state["seconds"]
        self._say(f"{self._kind}: going on from step {self.step}")


@torch.no_grad()
def validate(net: PatchNet, patches: Patches, device: torch.device) -> ValidationScore:
    """Scores a net, and the warp beside it."""
    net.eval()
    sums = np.zeros(4)
    for chosen in np.array_split(np.arange(len(patches)), max(1, len(patches) // 64)):
        planes, vectors, truths = _tensors(patches, chosen, device)
        weight = weights(planes)
        drawn = net(planes, vectors)
        for place, picture in enumerate((drawn, planes[:, :3])):
            square = (weight * (picture - truths) ** 2).mean() / weight.mean()
            figures = [patch_loss(picture, truths, weight), -10.0 * torch.log10(square)]
            sums[place::2] += [float(figure) * len(chosen) for figure in figures]
    net.train()
    loss, warp_loss, psnr, warp_psnr = (sums / len(patches)).tolist()
    return ValidationScore(loss, warp_loss, psnr, warp_psnr)


def _tensors(
    patches: Patches, chosen: np.ndarray[Any, Any], device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    planes, truths = (
        torch.from_numpy(array[chosen]).to(device).float() / 255.0
        for array in (patches.planes, patches.truths)
    )
    return planes, torch.from_numpy(patches.vectors[chosen]).to(device), truths


def _rest(
    planes: Tensor, vectors: Tensor, truths: Tensor, random: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Some of the faces do not move at all: the photo is the truth, and is to be left alone.

    Two pictures of a person are never quite alike, so that nets would not learn it from them.
    """
    chosen = torch.from_numpy(random.random(len(planes)) < _RESTING).to(planes.device)
    half = vectors.shape[1] // 2
    still = planes[:, _PHOTO_AGAIN]
    still_vectors = torch.cat([vectors[:, half:]] * 2, dim=1)
    maps = chosen[:, None, None, None]
    return (
        torch.where(maps, still, planes),
        torch.where(chosen[:, None], still_vectors, vectors),
        torch.where(maps, planes[:, 3:6], truths),
    )


def _vary(planes: Tensor, truths: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Other light, the same in photo and truth; and grain in what the net sees."""
    count = len(planes)
    gain = torch.from_numpy(np.exp(random.normal(0.0, 0.12, (count, 3, 1, 1)))).to(planes)
    power = torch.from_numpy(np.exp(random.normal(0.0, 0.15, (count, 1, 1, 1)))).to(planes)

    def lit(colours: Tensor) -> Tensor:
        return (colours.clamp(0.0, 1.0) ** power * gain).clamp(0.0, 1.0)

    grain = float(random.uniform(0.0, 0.012))
    seen = [lit(planes[:, :3]), lit(planes[:, 3:6])]
    seen = [colours + grain * torch.randn_like(colours) for colours in seen]
    return torch.cat([*seen, planes[:, 6:]], dim=1), lit(truths)


def _multiplies_halves(device: torch.device) -> bool:
    """Whether bfloat16 is the faster: a processor that has to emulate it would be slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return bool(torch.backends.mkldnn.is_available() and torch.cpu._is_avx512_bf16_supported())


def _write(path: Path, state: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)
