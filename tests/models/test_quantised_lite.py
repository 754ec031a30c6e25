"""LivePortrait-Lite in whole numbers: it draws what it draws in floats, and takes no weights."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from tests.support import photo_albums

from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.neural.manifest.manifest import FLOATS, Precision
from persona_core.neural.self_check import Verdict, check_inputs, judge
from persona_models import ROOT
from persona_models.data.photo_album import PhotoAlbum
from persona_models.data.photo_pairs import closed_pair
from persona_models.evaluate.lite_renderer import LiteRenderer
from persona_models.faces.mesh_warp import warp_picture
from persona_models.onnx.native import NativeModel
from persona_models.shipped.quantised_lite import quantise

SHIPPED = ROOT / "static" / "models" / "liveportrait-lite"


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    return PhotoAlbum(photo_albums.write_album(tmp_path_factory.mktemp("album") / "a.npz", 12))


@pytest.fixture(scope="module")
def again(tmp_path_factory, album):
    """The shipped model, quantised anew by other photographs; and its folder."""
    folder = shutil.copytree(SHIPPED, tmp_path_factory.mktemp("model") / "lite")
    return quantise(folder, album, photos=4), folder


def test_shipped_model_draws_in_whole_numbers_what_it_draws_in_floats(album):
    pair = closed_pair(album.photo(album.held_out()[0]), LandmarkBasis.load())
    given = pair.photo, pair.source, pair.target
    floats, whole = (
        LiteRenderer(SHIPPED, precision=each).draw(*given).astype(int)
        for each in (Precision.FP32, Precision.INT8)
    )
    changed = np.abs(floats - warp_picture(*given)).max()
    off = np.abs(whole - floats)
    assert changed > 60, "the nets draw"
    assert off.max() <= 8
    assert off.mean() < 0.05


def test_quantised_model_passes_its_self_check_and_needs_no_weights(again):
    manifest, folder = again
    model = NativeModel(folder)
    assert model.manifest == manifest
    assert manifest.weights_for(Precision.INT8) == ()
    found = model.run(check_inputs(manifest), Precision.INT8)
    for expected in manifest.check.expected:
        verdict = judge(manifest, expected, found[expected.tensor], Precision.INT8)
        assert verdict is Verdict.RIGHT


def test_floats_stay_and_the_card_tells_the_size_when_a_model_is_quantised_again(again):
    manifest, folder = again
    before = NativeModel(SHIPPED).manifest
    for one, other in zip(before.graphs, manifest.graphs, strict=True):
        assert [one.files[each] for each in FLOATS] == [other.files[each] for each in FLOATS]
        assert one.files[Precision.INT8] != other.files[Precision.INT8]
    assert manifest.weights == before.weights
    lying = {path.relative_to(folder).as_posix() for path in folder.rglob("*.onnx")}
    assert lying == {file.path for file in manifest.files if file.path.endswith(".onnx")}
    assert "in whole numbers of 8 bits" in (folder / "README.md").read_text("utf-8")
