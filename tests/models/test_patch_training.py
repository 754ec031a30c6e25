"""Patch nets: what they answer before training, what they lose, and that training helps."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from tests.support import extra_data
from tests.support.photo_albums import write_album

torch = pytest.importorskip("torch", reason="torch is installed for training only")

from persona_core.face import landmarks  # noqa: E402
from persona_core.face.face_frame import FacePlacement  # noqa: E402
from persona_models.data.photo_album import PhotoAlbum  # noqa: E402
from persona_models.errors import CheckpointError  # noqa: E402
from persona_models.lite.patch_frame import PatchPart  # noqa: E402
from persona_models.lite.patch_inputs import patch_inputs  # noqa: E402
from persona_models.train import command, shards, trainer  # noqa: E402
from persona_models.train.averaging import average_nets  # noqa: E402
from persona_models.train.checkpoints import read_checkpoint  # noqa: E402
from persona_models.train.patch_loss import (  # noqa: E402
    feather,
    patch_loss,
    sharpness,
    structure,
    weights,
)
from persona_models.train.patch_net import PatchNet, PatchShape  # noqa: E402
from persona_models.train.shards import Patches  # noqa: E402
from persona_models.train.trainer import Trainer, TrainingRecipe  # noqa: E402

SMALL = PatchShape(16, 8, (8, 8, 8))


def patches(count, size=16, vector=8, seed=1):
    """The truth is the photo's patch where the masks say inside, else the warp: easily learned."""
    random = np.random.default_rng(seed)
    planes = random.integers(60, 190, (count, 11, size, size), dtype=np.uint8)
    planes[:, 6:] = 255 * (np.add.outer(np.arange(size), np.arange(size)) % size > size // 2)
    inside = planes[:, 6:7] > 127
    truths = np.where(inside, planes[:, 3:6], planes[:, :3])
    return Patches(planes, random.normal(0, 0.2, (count, vector)).astype(np.float32), truths)


def silent(text):
    assert text


def test_net_leaves_the_warp_nearly_alone_before_it_is_trained():
    torch.manual_seed(0)
    net = PatchNet(SMALL)
    planes = torch.rand(2, 11, 16, 16)
    with torch.no_grad():
        drawn = net(planes, torch.zeros(2, 8))
    assert drawn.shape == (2, 3, 16, 16)
    assert (drawn - planes[:, :3]).abs().mean() < 0.1


def test_net_is_the_warp_when_its_gate_is_shut():
    net = PatchNet(SMALL)
    with torch.no_grad():
        net.answer.weight.zero_()
        net.answer.bias.fill_(-50.0)
        planes = torch.rand(2, 11, 16, 16)
        drawn = net(planes, torch.rand(2, 8))
    assert torch.allclose(drawn, planes[:, :3], atol=1e-6)


def test_net_is_as_small_as_planned():
    net = PatchNet(PatchShape(64, 160))
    count = sum(weight.numel() for weight in net.parameters())
    assert 0.6e6 < count < 0.75e6


def test_loss_is_nothing_when_drawn_right_and_grows_inside():
    truth = torch.rand(1, 3, 32, 32)
    planes = torch.zeros(1, 11, 32, 32)
    planes[:, 6, 12:20, 12:20] = 1.0
    weight = weights(planes)
    assert weight[0, 0, 16, 16] == pytest.approx(3.0)
    assert weight[0, 0, 10, 10] == pytest.approx(1.0)
    assert weight[0, 0, 0, 0] < 0.01
    assert float(patch_loss(truth, truth, weight)) == pytest.approx(0.0, abs=1e-5)
    inside, outside = truth.clone(), truth.clone()
    inside[..., 15, 15] += 0.5
    outside[..., 9, 9] += 0.5
    assert patch_loss(inside, truth, weight) > 1.5 * patch_loss(outside, truth, weight)


def test_structure_is_one_when_alike_and_less_when_blurred():
    picture = torch.rand(1, 3, 24, 24)
    blurred = torch.nn.functional.avg_pool2d(picture, 3, 1, 1)
    assert float(structure(picture, picture).mean()) == pytest.approx(1.0, abs=1e-4)
    assert float(structure(picture, blurred).mean()) < 0.7
    assert feather(16).max() == 1.0


def test_sharpness_sees_blur_and_not_where_the_texture_lies():
    picture = torch.rand(1, 3, 32, 32)
    blurred = torch.nn.functional.avg_pool2d(picture, 3, 1, 1)
    moved = picture.roll((2, 3), (2, 3))
    assert sharpness(picture).shape == (1, 1, 26, 26)
    middle = sharpness(picture).mean()
    assert float(sharpness(blurred).mean()) < 0.6 * float(middle)
    assert float(sharpness(moved).mean()) == pytest.approx(float(middle), rel=0.05)


def test_training_learns_and_goes_on_when_it_was_broken_off(tmp_path):
    torch.set_num_threads(1)
    recipe = TrainingRecipe(steps=120, batch=16, rate=4e-3, report=40)
    training, validation = patches(64), patches(16, seed=2)
    first = Trainer("mouth", SMALL, recipe, tmp_path, silent)
    untrained = first.validate(validation)
    first.train(lambda: [training], [validation], seconds=0.0)
    assert first.step == 0
    halfway = Trainer("mouth", SMALL, TrainingRecipe(60, 16, 4e-3, 40), tmp_path, silent)
    halfway.train(lambda: [training], [validation])
    again = Trainer("mouth", SMALL, recipe, tmp_path, silent)
    assert again.step == 60
    assert again.validate(validation).loss == pytest.approx(halfway.validate(validation).loss)
    last = again.train(lambda: [training], [validation])
    assert again.finished
    assert last.loss < untrained.loss
    assert last.psnr > last.warp_psnr
    lines = [json.loads(line) for line in (tmp_path / "mouth.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 40, 60, 80, 120]
    assert (tmp_path / "mouth.png").stat().st_size > 1000
    best = torch.load(tmp_path / "mouth-best.pt", weights_only=True)
    PatchNet(SMALL).load_state_dict(best)


def trained(folder, steps, shape=SMALL):
    """A folder with a net trained for some steps, and what it was trained on."""
    torch.set_num_threads(1)
    recipe = TrainingRecipe(steps, 16, 4e-3, 40)
    Trainer("mouth", shape, recipe, folder, silent).train(
        lambda: [patches(64)], [patches(16, seed=2)]
    )
    return folder


def validation_shards(folder):
    folder.mkdir()
    given = patches(16, seed=2)
    arrays = {f"mouth_{name}": getattr(given, name) for name in Patches.__slots__}
    np.savez(folder / f"{shards.VALIDATION_SEED}-mouth16-000000.npz", **arrays)
    return folder


def test_average_is_the_mean_of_the_nets_and_told_as_one(tmp_path):
    folders = [trained(tmp_path / "one", 60), trained(tmp_path / "other", 100)]
    out = tmp_path / "mean"
    score = average_nets(
        "mouth", list(map(str, folders)), validation_shards(tmp_path / "shards"), out
    )
    one, other, mean = (read_checkpoint(folder, "mouth") for folder in (*folders, out))
    for name, weight in mean.net.items():
        assert weight == pytest.approx((one.net[name] + other.net[name]) / 2, abs=1e-6)
    assert mean.best.step == max(one.best.step, other.best.step)
    assert mean.best.loss == score.loss
    assert score.warp_loss == pytest.approx(one.best.warp_loss, rel=1e-5)
    assert mean.best.photos is None
    alone = average_nets("mouth", [str(folders[0])], tmp_path / "shards", tmp_path / "alone")
    assert alone.loss == pytest.approx(one.best.loss, rel=1e-4)
    [people] = (tmp_path / "shards").iterdir()
    photos = people.with_name(people.name.replace("12-", f"{shards.PHOTO_VALIDATION_SEED}-"))
    photos.write_bytes(people.read_bytes())
    average_nets("mouth", [f"{folders[1]}:40"] * 2, tmp_path / "shards", out)
    early = read_checkpoint(out, "mouth")
    assert early.best.photos["psnr"] == pytest.approx(early.best.psnr)
    assert early.best.step == 40
    kept = torch.load(folders[1] / "steps" / "mouth-000040.pt", weights_only=True)
    assert early.net["answer.bias"] == pytest.approx(kept["answer.bias"].numpy())


def test_average_is_refused_when_nets_do_not_fit_or_nothing_validates(tmp_path):
    wide = PatchShape(16, 8, (8, 8, 16))
    folders = [trained(tmp_path / "one", 1), trained(tmp_path / "wide", 1, wide)]
    given = validation_shards(tmp_path / "shards")
    for nets, material in ((folders, given), (folders[:1], tmp_path), ([tmp_path], given)):
        with pytest.raises(CheckpointError):
            average_nets("mouth", list(map(str, nets)), material, tmp_path / "out")
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("part", list(PatchPart))
def test_patch_that_is_shown_as_resting_is_that_of_a_face_that_did_not_move(part, monkeypatch):
    placement = FacePlacement(8.0, np.eye(3), np.array([128.0, 128.0, 0.0]))
    points = placement.to_image(landmarks.canonical_points())
    moved = points + np.array([3.0, 2.0, 0.0], dtype=np.float32)
    moved[landmarks.LIPS_INNER[1:10], 1] += 6.0
    picture = np.random.default_rng(1).integers(0, 255, (256, 256, 3), dtype=np.uint8)
    still, motion = (patch_inputs(part, picture, points, goal, 32) for goal in (points, moved))
    monkeypatch.setattr(trainer, "_RESTING", 1.0)
    given = [torch.from_numpy(x)[None] for x in (motion.planes, motion.vector)]
    truths = torch.rand(1, 3, 32, 32)
    planes, vectors, truths = trainer._rest(*given, truths, np.random.default_rng(1))
    assert not torch.equal(planes, given[0])
    assert planes[0].numpy() == pytest.approx(still.planes, abs=2e-2)
    assert vectors[0].numpy() == pytest.approx(still.vector, abs=1e-4)
    assert truths[0].numpy() == pytest.approx(still.planes[3:6], abs=1e-4)


def test_shard_is_the_same_when_made_again(tmp_path, monkeypatch):
    ict = extra_data.path(extra_data.ICT_FACE)
    monkeypatch.setattr(shards, "PEOPLE_PER_SHARD", 1)
    sizes = {"mouth": 32, "eye": 24}
    one, other = (shards.make_shard(ict, 3, 1, sizes, tmp_path / name) for name in ("a", "b"))
    mouth, again = shards.load_shard(one, "mouth"), shards.load_shard(other, "mouth")
    assert mouth.planes.shape[1:] == (11, 32, 32)
    assert np.array_equal(mouth.planes, again.planes)
    assert np.array_equal(mouth.truths, again.truths)
    assert len(shards.load_shard(one, "eye")) == 2 * len(mouth)
    stamp = one.stat().st_mtime_ns
    shards.make_shard(ict, 3, 1, sizes, tmp_path / "a")
    assert one.stat().st_mtime_ns == stamp


def test_photo_shard_is_the_same_when_made_again_and_of_photos_that_are_not_held_out(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(shards, "PHOTOS_PER_SHARD", 4)
    album = write_album(tmp_path / "album.npz", 6)
    sizes = {"mouth": 32, "eye": 24}
    shown = []
    monkeypatch.setattr(shards, "photo_pair", noting(shards.photo_pair, shown))
    one, other = (
        shards.make_photo_shard(album, 1, shards.PHOTO_SEED, sizes, tmp_path / name)
        for name in ("a", "b")
    )
    mouth, again = shards.load_shard(one, "mouth"), shards.load_shard(other, "mouth")
    assert mouth.planes.shape == (4, 11, 32, 32)
    assert np.array_equal(mouth.planes, again.planes)
    assert len(shards.load_shard(one, "eye")) == 8
    held_out = {photo.name for photo in PhotoAlbum(album).held_out_photos()}
    assert len(shown) == 8
    assert not held_out & set(shown)
    shown.clear()
    shards.make_photo_shard(album, 0, shards.PHOTO_VALIDATION_SEED, sizes, tmp_path / "a")
    assert set(shown) == held_out


def noting(make, names):
    def noted(photo, *rest):
        names.append(photo.name)
        return make(photo, *rest)

    return noted


def test_training_takes_as_much_of_photographs_as_of_rendered_people(tmp_path):
    torch.set_num_threads(1)
    random = np.random.default_rng(1)
    few, many = patches(8), patches(64, seed=3)
    batch = trainer._batch([many, few], 12, torch.device("cpu"), random)
    assert len(batch.planes) == len(batch.truths) == 12
    assert batch.photos == slice(6, 12)
    pictures = {each.tobytes() for each in few.planes}
    shown = (batch.planes[batch.photos] * 255.0).round().byte().numpy()
    assert {each.tobytes() for each in shown} <= pictures
    alone = trainer._batch([many], 12, torch.device("cpu"), random)
    assert alone.photos == slice(12, 12)
    recipe = TrainingRecipe(steps=40, batch=16, rate=4e-3, report=20, critic=0.5)
    both = Trainer("mouth", SMALL, recipe, tmp_path, silent)
    both.train(lambda: [patches(64), patches(32, seed=4)], [patches(16, seed=2)] * 2)
    lines = [json.loads(line) for line in (tmp_path / "mouth.jsonl").read_text().splitlines()]
    assert [line["photos"]["loss"] == line["loss"] for line in lines] == [True] * 3
    assert lines[-1]["critic"] > 0.0
    assert (tmp_path / "mouth-photos.png").exists()
    for line in lines[1:]:
        assert read_checkpoint(tmp_path, "mouth", line["step"]).best.step == line["step"]
    with pytest.raises(CheckpointError):
        read_checkpoint(tmp_path, "mouth", 7)


def test_training_goes_on_from_given_nets_and_not_from_them_again(tmp_path):
    torch.manual_seed(3)
    given = {name: each.numpy() for name, each in PatchNet(SMALL).state_dict().items()}
    recipe = TrainingRecipe(steps=2, batch=8, rate=1e-3, report=1)
    first = Trainer("mouth", SMALL, recipe, tmp_path, silent, given)
    for name, each in first._mean.state_dict().items():
        assert np.array_equal(each.numpy(), given[name])
    first.train(lambda: [patches(16)], [patches(16, seed=2)])
    again = Trainer("mouth", SMALL, recipe, tmp_path, silent, given)
    assert again.step == 2
    assert not np.array_equal(again._mean.answer.weight.detach().numpy(), given["answer.weight"])


def test_black_and_white_is_judged_by_brightness_alone():
    picture = torch.rand(2, 3, 8, 8)
    seen = trainer._with_known_colours(picture, torch.tensor([True, False]))
    assert torch.equal(seen[1], picture[1])
    assert torch.allclose(seen[0], picture[0].mean(dim=0, keepdim=True).expand(3, -1, -1))


@pytest.mark.skipif(os.environ.get("VP_TRAIN") != "1", reason="VP_TRAIN=1 trains for two minutes")
def test_nets_get_better_on_people_they_never_saw_when_trained(tmp_path):
    ict = extra_data.path(extra_data.ICT_FACE)
    said = []
    plan = command.TrainingPlan(
        ict=ict,
        out=tmp_path,
        variant="fast",
        steps=60,  # not minutes: a busy machine shall do no less
        batch=16,
        shards=3,
        validation_shards=1,
        report=20,
    )
    scores = command.train_patches(plan, said.append)
    for kind, score in scores.items():
        lines = (tmp_path / "fast" / f"{kind}.jsonl").read_text().splitlines()
        first = json.loads(lines[0])
        assert first["step"] == 0
        assert score.loss < first["loss"], said
