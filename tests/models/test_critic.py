"""The critic of a training and the onlookers of its result: both tell real from drawn."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is installed for training only")

from persona_models.lite.patch_inputs import INSIDE  # noqa: E402
from persona_models.train import onlooker  # noqa: E402
from persona_models.train.critic import Critic, judged  # noqa: E402

SIZE = 64


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def planes():
    """Masks that say a square in the middle is inside."""
    given = torch.zeros(8, 11, SIZE, SIZE)
    given[:, INSIDE : INSIDE + 2, 28:36, 26:38] = 1.0
    return given


def striped(count, seed):
    """(count, 3, size, size) of stripes like teeth, each somewhere else."""
    random = np.random.default_rng(seed)
    column = np.arange(SIZE)[None] + random.integers(0, 8, (count, 1))
    line = 0.6 + 0.4 * (column % 8 > 1)
    return np.broadcast_to(line[:, None, None], (count, 3, SIZE, SIZE)).astype(np.float32).copy()


def even(count):
    """The mean of all that stripes may be."""
    return np.full((count, 3, SIZE, SIZE), 0.9, np.float32)


def test_only_the_inside_and_what_is_next_to_it_is_judged(planes):
    where = judged(planes)
    assert where.shape == (8, 1, 16, 16)
    assert where[:, :, 7:9, 7:9].min() > 0.9
    assert where[:, :, 0].max() == where[:, :, :, 0].max() == 0.0
    planes[:, INSIDE] = 0.0
    assert judged(planes).max() == 0.0


def test_critic_complains_of_what_is_even_and_only_where_it_judges(planes):
    torch.manual_seed(1)
    critic = Critic(2e-3, torch.device("cpu"))
    real = torch.from_numpy(striped(8, 1))
    drawn = torch.from_numpy(even(8)).requires_grad_()
    losses = [critic.learn(drawn, real, planes) for _ in range(40)]
    assert losses[-1] < 0.5 * losses[0]
    assert drawn.grad is None
    complaint = critic.complaint(drawn, real, planes)
    assert complaint > critic.complaint(real, real, planes)
    [slope] = torch.autograd.grad(complaint, drawn)
    assert slope[..., 30:34, 28:36].abs().max() > 0.0
    assert slope[..., :8, :8].abs().max() == 0.0


def test_critic_says_nothing_when_nothing_is_open(planes):
    planes[:, INSIDE] = 0.0
    critic = Critic(2e-3, torch.device("cpu"))
    drawn = torch.from_numpy(even(8)).requires_grad_()
    complaint = critic.complaint(drawn, torch.from_numpy(striped(8, 1)), planes)
    [slope] = torch.autograd.grad(complaint, drawn)
    assert float(complaint.detach()) == 0.0
    assert slope.abs().max() == 0.0


def test_critic_goes_on_from_its_state(planes):
    critics = [Critic(2e-3, torch.device("cpu")) for _ in range(2)]
    real, drawn = torch.from_numpy(striped(8, 1)), torch.from_numpy(even(8))
    for _ in range(3):
        critics[0].learn(drawn, real, planes)
    critics[1].resume(critics[0].state())
    one, other = (critic.learn(drawn, real, planes) for critic in critics)
    assert one == pytest.approx(other, rel=1e-3)


def test_onlooker_sees_through_what_is_even_and_falls_for_what_is_like_the_real(monkeypatch):
    monkeypatch.setattr(onlooker, "ONLOOKERS", 1)
    even_ones = onlooker.opinion((striped(40, 1), even(40)), (striped(20, 2), even(20)), steps=40)
    assert even_ones.real > 0.9
    assert even_ones.drawn < 0.1
    taught, asked = (striped(40, 1), striped(40, 3)), (striped(20, 2), striped(20, 4))
    alike = onlooker.opinion(taught, asked, steps=40)
    assert alike.drawn > 0.2
    assert alike.drawn - alike.real > -0.3
