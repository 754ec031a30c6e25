"""Measures LivePortrait's network in PyTorch, for :mod:`persona_liveportrait.bench`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch

from persona_liveportrait.network.parts import NetworkPart
from persona_liveportrait.network.widths import OFFICIAL, Widths
from persona_liveportrait.pytorch.network import TorchNetwork
from persona_liveportrait.timing import Timing, Weights, inputs_of, time_runs

TORCH_NAMES = {"feature_3d": "feature", "kp_driving": "driving", "kp_source": "source"}


def measure_torch(
    weights: Weights,
    parts: Sequence[NetworkPart],
    size: int,
    runs: int,
    device: str,
    widths: Widths = OFFICIAL,
) -> Iterator[Timing]:
    """The official network in PyTorch, on ``cpu`` or ``cuda``."""
    cuda = device == "cuda"
    kinds = {"fp32": torch.float32} | ({"fp16": torch.float16} if cuda else {})
    for name, dtype in kinds.items():
        network = TorchNetwork(weights, widths, device, dtype)
        for part in parts:
            inputs = {
                TORCH_NAMES.get(key, key): torch.tensor(values, dtype=dtype, device=device)
                for key, values in inputs_of(part, size, widths).items()
            }
            method = partial(getattr(network, part.value), **inputs)
            finish = torch.cuda.synchronize if cuda else _nothing
            with torch.inference_mode():
                times = time_runs(partial(_run_both, method, finish), runs)
            yield Timing.of("PyTorch", part, name, None, times)


def describe_torch() -> dict[str, str]:
    """Its version, and the GPU that it uses, if any."""
    gpu = {"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else {}
    return {"torch": torch.__version__} | gpu


def _run_both(method: Callable[[], object], finish: Callable[[], object]) -> None:
    method()
    finish()


def _nothing() -> None:
    """On a CPU a run is over when it returns."""
