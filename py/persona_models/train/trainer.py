"""``Trainer``: one patch net on its way, with everything that a broken-off run needs to go on."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from persona_core.base.arrays import Floats
from persona_models.train.critic import Critic
from persona_models.train.patch_loss import patch_loss, weights
from persona_models.train.patch_net import PatchNet, PatchShape
from persona_models.train.shards import Patches

WARM_UP = 30  # steps
_SHEET_ROWS = 12
_RESTING = 0.15
"""Share of the patches that are shown as if nothing had moved."""
_PHOTO_AGAIN = [3, 4, 5, 3, 4, 5, 9, 10, 9, 9, 10]
"""Of each plane, the one that it is like where nothing has moved."""
_MEMORY = 0.99
"""How much of the mean of the weights stays in a step: the net that is kept is that mean."""
_CRITIC_RAMP = 20, 100
"""Of the critic's steps, those between which it comes to be listened to; before, it has learned too
little."""
_NO_COLOUR = 0.02
"""A truth whose red, green and blue lie nearer together is black and white."""


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """Attributes:

    steps: of the whole training; the rate falls to nothing by a cosine until there.
    batch: patches a step.
    rate: of AdamW.
    report: steps between two validations.
    critic: how strongly a critic of the photographs' patches is listened to, beside the loss; 0
        for none.
    """

    steps: int
    batch: int
    rate: float = 1.5e-3
    report: int = 200
    critic: float = 0.0


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
            ``<kind>.jsonl`` (a line for each validation), ``<kind>.png`` (pictures) and
            ``steps/<kind>-<step>.pt`` (the net at each validation). What lies there is gone on
            from.
        say: hears of progress.
        start: parameters to begin with where nothing lies there yet; by default random ones.
    """

    def __init__(
        self,
        kind: str,
        shape: PatchShape,
        recipe: TrainingRecipe,
        folder: Path,
        say: Callable[[str], None],
        start: Mapping[str, Floats] | None = None,
    ) -> None:
        self._kind, self._recipe, self._folder, self._say = kind, recipe, folder, say
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._halves = _multiplies_halves(self._device)
        torch.manual_seed(1)
        net = PatchNet(shape).to(self._device)
        self._net: PatchNet = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if start is not None:
            self._net.load_state_dict({name: torch.tensor(each) for name, each in start.items()})
        self._mean = copy.deepcopy(self._net)
        self._optimiser = torch.optim.AdamW(
            self._net.parameters(), recipe.rate, betas=(0.9, 0.99), weight_decay=1e-4
        )
        self._critic = Critic(recipe.rate, self._device) if recipe.critic else None
        self._fooled: list[float] = []
        self.step = 0
        self._best = math.inf
        self._seconds = 0.0
        (folder / "steps").mkdir(parents=True, exist_ok=True)
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
        self,
        material: Callable[[], Sequence[Patches]],
        validation: Sequence[Patches],
        seconds: float = math.inf,
    ) -> ValidationScore:
        """Trains until the steps are done or the time is up, and keeps what was reached.

        Args:
            material: gives what there is to train on, rendered people and then, if there are any,
                photographs; a batch takes as much of each. Asked again after each validation, so
                that people who were rendered meanwhile are met.
            validation: likewise, of other people.
            seconds: at most.

        Returns:
            The last validation on rendered people.
        """
        start = time.monotonic()
        random = np.random.default_rng([7, self.step])
        patches = material()
        scores = self._validate_all(validation)
        if self.step == 0:
            self._log_untrained(scores, patches)
        total, count = 0.0, 0
        while not self.finished and time.monotonic() - start < seconds:
            total += self._learn(_batch(patches, self._recipe.batch, self._device, random), random)
            count += 1
            if self.step % self._recipe.report == 0 and not self.finished:
                scores = self._report(validation, total / count, patches, start)
                total, count, patches = 0.0, 0, material()
        if count:
            scores = self._report(validation, total / count, patches, start)
        self._seconds += time.monotonic() - start
        self._save()
        return scores[0]

    def validate(self, patches: Patches) -> ValidationScore:
        """Scores the net, and the warp beside it."""
        return validate(self._mean, patches, self._device)

    def _validate_all(self, validation: Sequence[Patches]) -> list[ValidationScore]:
        return [self.validate(patches) for patches in validation]

    @torch.no_grad()
    def write_sheet(self, patches: Patches, name: str) -> None:
        """Photo, warp, net and truth of some patches, in a PNG file."""
        chosen = np.linspace(0, len(patches) - 1, min(_SHEET_ROWS, len(patches))).astype(int)
        planes, vectors, truths = _tensors(patches, chosen, self._device)
        drawn = self._mean(planes, vectors)
        columns = [planes[:, 3:6], planes[:, :3], drawn, truths]
        shown = torch.cat(columns, dim=3).clamp(0.0, 1.0).permute(0, 2, 3, 1).flatten(0, 1)
        Image.fromarray((shown.cpu().numpy() * 255.0).astype(np.uint8)).save(
            self._folder / f"{name}.png"
        )

    def _learn(self, batch: _Batch, random: np.random.Generator) -> float:
        recipe = self._recipe
        share = self.step / recipe.steps
        fall = 0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * share))
        for group in self._optimiser.param_groups:
            group["lr"] = recipe.rate * min(1.0, 0.1 + self.step / WARM_UP) * fall
        planes, vectors, truths = _rest(batch.planes, batch.vectors, batch.truths, random)
        grey = (truths.amax(dim=1) - truths.amin(dim=1)).flatten(1).amax(dim=1) < _NO_COLOUR
        planes, truths = _vary(planes, truths, random)
        vectors = vectors + 0.004 * torch.randn_like(vectors)
        planes = planes.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._halves):
            drawn = self._net(planes, vectors).float()
        seen, real = (_with_known_colours(picture, grey) for picture in (drawn, truths))
        loss = patch_loss(seen, real, weights(planes))
        [slope] = torch.autograd.grad(loss, drawn, retain_graph=True)
        if self._critic is not None and batch.photos.start < batch.photos.stop:
            slope = slope + self._objection(drawn, seen, real, planes, slope, batch.photos)
        self._optimiser.zero_grad()
        drawn.backward(slope)  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimiser.step()
        self.step += 1
        self._remember()
        return float(loss.detach())

    def _objection(
        self,
        drawn: Tensor,
        seen: Tensor,
        real: Tensor,
        planes: Tensor,
        slope: Tensor,
        photos: slice,
    ) -> Tensor:
        """The critic's slope, as long as its weight says beside the loss's; the critic learns."""
        assert self._critic is not None
        given = seen[photos], real[photos], planes[photos]
        complaint = self._critic.complaint(*given)
        [objection] = torch.autograd.grad(complaint, drawn, retain_graph=True)
        self._fooled.append(self._critic.learn(*given))
        begin, end = _CRITIC_RAMP
        ramp = min(1.0, max(0.0, (self._critic.steps - begin) / (end - begin)))
        length = objection.norm().clamp_min(1e-12)
        return objection * (ramp * self._recipe.critic * slope[photos].norm() / length)

    @torch.no_grad()
    def _remember(self) -> None:
        memory = min(_MEMORY, (1.0 + self.step) / (10.0 + self.step))
        for mean, weight in zip(self._mean.parameters(), self._net.parameters(), strict=True):
            mean.lerp_(weight, 1.0 - memory)

    def _report(
        self,
        validation: Sequence[Patches],
        mean: float,
        patches: Sequence[Patches],
        start: float,
    ) -> list[ValidationScore]:
        scores = self._validate_all(validation)
        self._tell(scores, mean, patches)
        self._log(scores, mean, patches, self._seconds + time.monotonic() - start)
        _write(self._folder / "steps" / f"{self._kind}-{self.step:06d}.pt", self._mean.state_dict())
        if _choice(scores) < self._best:
            self._best = _choice(scores)
            _write(self._folder / f"{self._kind}-best.pt", self._mean.state_dict())
        for patches_of, name in zip(validation, ("", "-photos"), strict=False):
            self.write_sheet(patches_of, f"{self._kind}{name}")
        self._save()
        return scores

    def _log_untrained(self, scores: Sequence[ValidationScore], patches: Sequence[Patches]) -> None:
        self._tell(scores, None, patches)
        (self._folder / f"{self._kind}.jsonl").write_text("")
        self._log(scores, None, patches, 0.0)

    def _log(
        self,
        scores: Sequence[ValidationScore],
        mean: float | None,
        patches: Sequence[Patches],
        seconds: float,
    ) -> None:
        line = {
            "step": self.step,
            "seconds": round(seconds, 1),
            "train": mean,
            "patches": sum(map(len, patches)),
            "choice": _choice(scores),
            "photos": asdict(scores[1]) if len(scores) > 1 else None,
            "critic": sum(self._fooled) / len(self._fooled) if self._fooled else None,
        }
        self._fooled = []
        with (self._folder / f"{self._kind}.jsonl").open("a") as log:
            log.write(json.dumps(line | asdict(scores[0])) + "\n")

    def _tell(
        self, scores: Sequence[ValidationScore], mean: float | None, patches: Sequence[Patches]
    ) -> None:
        trained = "untrained" if mean is None else f"loss {mean:.4f}"
        found = "; ".join(
            f"{name} {score.loss:.4f} (warp {score.warp_loss:.4f}), "
            f"PSNR {score.psnr:.2f} dB (warp {score.warp_psnr:.2f})"
            for name, score in zip(("validation", "photos"), scores, strict=False)
        )
        if self._fooled:
            found += f"; the critic's loss {sum(self._fooled) / len(self._fooled):.2f}"
        self._say(
            f"{self._kind} {self.step}/{self._recipe.steps} on {self._device}, "
            f"{' + '.join(str(len(each)) for each in patches)} patches: {trained}, {found}"
        )

    def _save(self) -> None:
        state = {
            "net": self._net.state_dict(),
            "mean": self._mean.state_dict(),
            "critic": self._critic.state() if self._critic is not None else None,
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "best": self._best,
            "seconds": self._seconds,
        }
        _write(self._path, state)

    def _resume(self) -> None:
        state = torch.load(self._path, map_location=self._device, weights_only=True)
        self._net.load_state_dict(state["net"])
        self._mean.load_state_dict(state["mean"])
        self._optimiser.load_state_dict(state["optimiser"])
        if self._critic is not None and state["critic"] is not None:
            self._critic.resume(state["critic"])
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


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Attributes:

    planes, vectors, truths: of all patches of a step.
    photos: which of them are of photographs.
    """

    planes: Tensor
    vectors: Tensor
    truths: Tensor
    photos: slice


def _batch(
    patches: Sequence[Patches], size: int, device: torch.device, random: np.random.Generator
) -> _Batch:
    parts = []
    for each in patches:
        count = min(size // len(patches), len(each))
        chosen = np.sort(random.choice(len(each), count, replace=False))
        parts.append(_tensors(each, chosen, device))
    planes, vectors, truths = (torch.cat(each) for each in zip(*parts, strict=True))
    return _Batch(planes, vectors, truths, slice(len(parts[0][0]), len(planes)))


def _choice(scores: Sequence[ValidationScore]) -> float:
    """What is least for the best net: the mean loss over rendered people and photographs."""
    return sum(score.loss for score in scores) / len(scores)


def _with_known_colours(picture: Tensor, grey: Tensor) -> Tensor:
    """Of black and white photographs the brightness alone: their colours are not known."""
    brightness = picture.mean(dim=1, keepdim=True).expand_as(picture)
    return torch.where(grey[:, None, None, None], brightness, picture)


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
