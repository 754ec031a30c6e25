"""Closed lips and lids opened again: scored inside, shown beside each other."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.support.photo_albums import face, portrait

from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.data.photo_album import Photo
from persona_models.evaluate.reopened import PARTS, WARP, Reopened, reopen, table, write_sheet


def photo(parted, *, grey=False):
    points = face(parted)
    return Photo("one", portrait(points, grey=grey), points, np.zeros(52, np.float32))


def knowing(truth):
    """A renderer that knows what is hidden."""
    return lambda picture, source, target: truth


@pytest.fixture(scope="module")
def shown():
    given = photo(1.3)
    worse = np.clip(given.picture.astype(int) - 40, 0, 255).astype(np.uint8)
    renderers = {"truth": knowing(given.picture), "dark": knowing(worse)}
    return Reopened.of(given, renderers, LandmarkBasis.load())


@pytest.mark.parametrize("part", list(PARTS))
def test_inside_is_scored_by_how_near_to_the_photograph_it_is(shown, part):
    assert shown.psnr("truth", part) == pytest.approx(100.0)
    assert shown.psnr("dark", part) == pytest.approx(20.0 * np.log10(255.0 / 40.0), abs=0.5)
    assert shown.psnr(WARP, part) < 16.0
    assert shown.energy("truth", part) == pytest.approx(1.0)
    assert shown.energy(WARP, part) < 0.9


def test_patch_shows_the_inside_and_nothing_else(shown):
    patch, real = shown.patch("lips", "dark"), shown.patch("lips")
    assert patch.shape == (3, 64, 64)
    assert patch[:, 0] == pytest.approx(0.5)
    assert np.abs(patch - real)[:, 32, 32] == pytest.approx(40 / 255, abs=0.02)
    assert np.abs(patch - real)[:, :10].max() == 0.0


def test_black_and_white_is_scored_by_brightness():
    given = photo(1.3, grey=True)
    tinted = given.picture.copy()
    tinted[..., 0] = np.minimum(tinted[..., 0].astype(int) + 9, 255)
    tinted[..., 2] = np.maximum(tinted[..., 2].astype(int) - 9, 0)
    found = Reopened.of(given, {"tinted": knowing(tinted)}, LandmarkBasis.load())
    assert np.ptp(found.drawn["tinted"], axis=2).max() == 0
    assert found.psnr("tinted", "right lids") > 35.0


def test_only_photographs_that_show_teeth_are_opened_again():
    said = []
    found = reopen([photo(0.0), photo(1.3)], {}, said.append)
    assert len(found) == 1
    lines = table(found).splitlines()
    assert lines[0].startswith("| 1 photographs")
    assert lines[2].startswith(f"| {WARP} |")
    assert "(+0.00)" in lines[2]


def test_sheet_has_a_row_a_photograph_and_a_column_a_picture(shown, tmp_path):
    write_sheet([shown, shown], tmp_path / "new" / "sheet.png", rows=2)
    with Image.open(tmp_path / "new" / "sheet.png") as sheet:
        assert sheet.size == (5 * 192, 20 + 2 * 128)
        cells = np.asarray(sheet)[20:].reshape(2, 128, 5, 192, 3)
    assert np.array_equal(cells[0, :, 0], cells[0, :, 3])  # photograph and truth
    assert np.abs(cells[0, :, 0].astype(int) - cells[0, :, 1]).mean() > 3.0
