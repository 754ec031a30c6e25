"""LivePortrait-Lite in a browser: what its nets see, what they give, how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Page, Playwright
from tests.browser.lite_page import MODEL, LitePage, blank_page, files, lite_manifest
from tests.browser.model_files import wait_moving
from tests.support import graphics, pictures
from tests.support.bare_page import bare_page
from tests.support.chromium import launch
from tests.support.portrait_sets import BLUE, EYES, Picture, expression, plain
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.face.blendshapes import COUNT, Blendshape
from persona_core.face.params import FaceParams
from persona_core.neural.families import lite_patches
from persona_core.neural.families.lite_patches import PHOTO, SOURCE
from persona_core.neural.families.lite_pictures import PICTURES, SPOTS
from persona_core.neural.manifest.manifest import Precision
from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.portrait import Portrait
from persona_models.faces import mesh_warp
from persona_models.lite import patch_frame
from persona_models.lite.patch_inputs import FurtherMouths, PatchInputs, patch_inputs
from persona_models.onnx.native import NativeModel, run_session

Floats = npt.NDArray[np.float32]

PARTS = (
    patch_frame.PatchPart.MOUTH,
    patch_frame.PatchPart.EYE_RIGHT,
    patch_frame.PatchPart.EYE_LEFT,
)
SPEAKING = {
    Blendshape.JAW_OPEN: 0.5,
    Blendshape.MOUTH_SMILE_LEFT: 0.4,
    Blendshape.EYE_BLINK_RIGHT: 0.7,
    Blendshape.EYE_LOOK_OUT_LEFT: 0.5,
}


def face(shapes: dict[Blendshape, float] | None = None, turn: float = 0.0) -> FaceParams:
    values = np.zeros(COUNT, np.float32)
    for shape, value in (shapes or {}).items():
        values[shape] = value
    rotation = np.array([np.cos(turn / 2), 0.0, np.sin(turn / 2), 0.0], np.float32)
    return FaceParams(0.0, values, rotation)


@pytest.fixture(scope="module")
def blank(playwright: Playwright, dist: Path) -> Iterator[Page]:
    with blank_page(playwright, dist) as page:
        yield page


@pytest.fixture(scope="module")
def lite(blank: Page, officer: Portrait) -> LitePage:
    lite = LitePage(blank, "webgl")
    lite.wear(officer, (1.0, 1.0, 1.0))
    return lite


def test_page_and_training_agree_where_patches_lie() -> None:
    assert lite_patches.MOUTH_CM == patch_frame.MOUTH_CM
    assert lite_patches.EYE_CM == patch_frame.EYE_CM
    assert lite_patches.FEATHER_PX == patch_frame.FEATHER
    assert lite_patches.RINGS == mesh_warp.RINGS
    assert lite_patches.NECK_HOLD == mesh_warp.NECK_HOLD
    assert lite_patches.BEHIND_PX == mesh_warp.BEHIND
    for ours, theirs in zip(lite_patches.PARTS, PARTS, strict=True):
        assert ours.described.tolist() == patch_frame.DESCRIBED[theirs].tolist()
        assert ours.inner.tolist() == patch_frame.INNER[theirs].tolist()


def trained_inputs(
    lite: LitePage, target: Floats, further: FurtherMouths | None = None
) -> list[PatchInputs]:
    """What the training would have computed for the same face; the mouth over a set, if given."""
    picture = lite.settled[PHOTO][0].transpose(1, 2, 0)
    sizes = lite_patches.patch_sizes(lite.manifest)
    source = lite.settled[SOURCE]
    return [
        patch_inputs(part, picture * 255.0, source, target, size, over)
        for part, size, over in zip(PARTS, sizes, (further, None, None), strict=True)
    ]


@pytest.mark.parametrize("turn", [0.0, 0.35])
def test_nets_see_on_the_page_what_they_were_trained_with(lite: LitePage, turn: float) -> None:
    _values, target = lite.pose(face(SPEAKING, turn))
    tensors = ("mouth_planes", "mouth_vector", "eye_planes", "eye_vector")
    seen = lite.infer(target, *tensors)["values"]
    mouth, right, left = trained_inputs(lite, target)
    wanted = (
        mouth.planes[np.newaxis],
        mouth.vector,
        np.stack([right.planes, left.planes]),
        np.stack([right.vector, left.vector]),
    )
    for name, values in zip(tensors, wanted, strict=True):
        off = np.abs(np.array(seen[name]).reshape(values.shape) - values)
        assert np.ptp(values) > 0.3, "a face, and not nothing"
        if name.endswith("vector"):
            assert off.max() < 1e-5
            continue
        assert off[:, :6].max() < 1e-3
        # Masks are whole steps of 1/255 on both sides; a rounding more or less is one of them.
        assert off[:, 6:].max() < 1.5 / 255.0
        assert off[:, 6:].mean() < 1e-4


def test_nets_give_on_the_page_what_they_give_natively(lite: LitePage) -> None:
    _values, target = lite.pose(face(SPEAKING))
    seen = lite.infer(target, "mouth_change", "eye_change", "lite_places")["values"]
    mouth, right, left = trained_inputs(lite, target)
    model = NativeModel(MODEL)
    given = {
        "mouth_planes": mouth.planes[np.newaxis],
        "mouth_vector": mouth.vector[np.newaxis],
        "eye_planes": np.stack([right.planes, left.planes]),
        "eye_vector": np.stack([right.vector, left.vector]),
    }
    for graph in model.manifest.graphs:
        inputs = {tensor.name: given[tensor.name] for tensor in graph.inputs}
        for name, values in run_session(model.session(graph, Precision.FP32), inputs).items():
            assert np.abs(values).max() > 0.02, "a net that draws"
            assert seen[name] == pytest.approx(values.reshape(-1), abs=2e-3)
    places = np.array(seen["lite_places"]).reshape(3, 468, 2)
    for spots, inputs in zip(places, (mouth, right, left), strict=True):
        spot = (inputs.frame.to_patch(target[:468]) + 0.5) / inputs.frame.size
        assert spots == pytest.approx(spot, abs=1e-4)


def changed(before: pictures.Pixels, after: pictures.Pixels) -> npt.NDArray[np.int16]:
    """(height, width): by how much the channel that changed most has changed."""
    return np.asarray(np.abs(after - before)[..., :3].max(axis=2))


TINT = (0.3, -0.3, 0.3)
ALIKE = 3
"""Levels of 255 between the portrait at rest and the photo bent plainly: subdivision and eyes."""


def test_patches_lie_on_the_photo_without_a_seam_when_nothing_moves(lite: LitePage) -> None:
    rest = lite.at_rest
    places = lite.places(lite.driver.landmarks(rest))
    bare = lite.show(rest, 0.0)
    lite.tint((0.0, 0.0, 0.0), places)
    assert changed(bare, lite.show(rest, 1.0)).max() <= ALIKE, "the plain warp is the photo, too"

    # So little that the photo's finest lines stay, 10 of 255.
    lite.tint((0.04, -0.04, 0.04), places)
    difference = changed(bare, lite.show(rest, 1.0))
    assert 9 <= np.median(difference[difference > 5]) <= 11, "as much as was added"
    assert difference.max() <= 11 + ALIKE
    assert 0.05 < (difference > 5).mean() < 0.4, "the patches and nothing else"
    steps = [np.abs(np.diff(difference, axis=axis)).max() for axis in (0, 1)]
    assert max(steps) <= 4 + ALIKE, "no hard edge"
    half = changed(bare, lite.show(rest, 0.5))
    there = difference > 8
    assert half[there].mean() == pytest.approx(0.5 * difference[there].mean(), rel=0.1)


def test_patches_go_with_the_face_until_there_are_new_ones(lite: LitePage) -> None:
    rest = lite.at_rest
    places = lite.places(lite.driver.landmarks(rest))
    lite.tint(TINT, places)

    def centre(values: Floats) -> Floats:
        difference = changed(lite.show(values, 0.0), lite.show(values, 1.0)) > 40
        row, column = np.nonzero(difference)
        return np.array([column.mean(), row.mean()])

    moved = FaceParams(0.0, lite.portrait.blendshapes, translation=np.array([0.3, 0.1], np.float32))
    values, target = lite.pose(moved)
    before = lite.driver.landmarks(rest)
    went = (target - before)[:468, :2].mean(axis=0) * 2.0  # the canvas is twice the crop, or finer
    there = centre(values) - centre(rest)
    assert np.hypot(*went) > 8.0
    assert there @ went > 0.9 * np.hypot(*there) * np.hypot(*went)
    assert np.hypot(*there) > 0.5 * np.hypot(*went)


def test_patches_look_the_same_on_webgpu(
    playwright: Playwright, dist: Path, lite: LitePage, officer: Portrait
) -> None:
    values, target = lite.pose(face(SPEAKING, 0.2))
    places = lite.places(target)
    lite.tint(TINT, places)
    wanted = lite.show(values, 0.8)
    further = expression(officer, {"jaw_open": 0.5}, {Region.MOUTH: shaded})
    lite.join(further)
    over, _target = lite.pose(face(SPEAKING, 0.2), 1e6)
    wanted_over = lite.show(over, 0.8)
    lite.wear(officer, (1.0, 1.0, 1.0))
    browser = launch(playwright, *graphics.WEBGPU)
    try:
        with bare_page(browser, files(dist)) as page:
            other = LitePage(page, "webgpu", nets=False)
            other.wear(officer, (1.0, 1.0, 1.0))
            other.tint(TINT, places)
            bare, shown = other.show(values, 0.0), other.show(values, 0.8)
            other.join(further)
            shown_over = other.show(over, 0.8)
            assert other.errors == []
    finally:
        browser.close()
    assert (changed(bare, shown) > 20).mean() > 0.03
    for one, other_ in ((shown, wanted), (shown_over, wanted_over)):
        off = np.abs(one - other_)[..., :3]
        assert off.mean() < 0.5
        assert np.percentile(off, 99.5) <= 6
    assert (changed(shown_over, shown) > 20).mean() > 0.01, "there is a set"


OPENED = {Blendshape.JAW_OPEN: 0.5}


def shaded(blank: Picture, points: Floats) -> Picture:
    """Colours that say where they are."""
    rows, columns = np.mgrid[: blank.shape[0], : blank.shape[1]]
    blank[..., 0] = 255 * columns // blank.shape[1]
    blank[..., 1] = 255 * rows // blank.shape[0]
    blank[..., 2] = 90
    return blank


@pytest.fixture
def joined(lite: LitePage, officer: Portrait) -> Iterator[LitePage]:
    """With an opened mouth and shut eyes from further pictures."""
    lite.wear(officer, (1.0, 1.0, 1.0))
    lite.join(expression(officer, {"jaw_open": 0.5}, {Region.MOUTH: shaded}))
    lite.join(expression(officer, {"jaw_open": 0.3}, {Region.MOUTH: plain((90, 90, 90))}))
    lite.join(expression(officer, {"eye_blink": 1.0}, dict.fromkeys(EYES, plain(BLUE))))
    yield lite
    lite.wear(officer, (1.0, 1.0, 1.0))


def test_mouths_net_sees_the_set_that_it_draws_over(joined: LitePage) -> None:
    _values, target = joined.pose(face(OPENED, 0.2), 1e6)
    mix = np.array([[0, 0.6], [1, 0.25], [-1, 0.15]], np.float32)
    seen = joined.infer(target, "mouth_planes", "eye_planes", mix=mix)["values"]
    plain_seen = joined.infer(target, "mouth_planes", "eye_planes", mix=np.zeros_like(mix))[
        "values"
    ]
    mouth, _right, _left = trained_inputs(joined, target)
    further = FurtherMouths(joined.set_tensors[PICTURES], joined.set_tensors[SPOTS], mix)
    wanted = trained_inputs(joined, target, further)[0].planes
    found = np.array(seen["mouth_planes"]).reshape(wanted.shape)
    alone = np.array(plain_seen["mouth_planes"]).reshape(wanted.shape)
    assert np.abs(wanted[:3] - mouth.planes[:3]).mean() > 0.05, "there is a set"
    # On the rim between two triangles either may win; elsewhere they are the same sums.
    assert np.percentile(np.abs(found - wanted)[:3], 99.0) < 2e-3
    assert np.abs(found - wanted)[:3].mean() < 1e-3
    assert np.abs(alone[:3] - mouth.planes[:3]).max() < 1e-3
    assert (found[3:] == alone[3:]).all()
    assert seen["eye_planes"] == plain_seen["eye_planes"]


def test_change_is_added_to_a_sets_mouth_and_lies_beneath_its_eyes(joined: LitePage) -> None:
    shown = face(OPENED | {Blendshape.EYE_BLINK_LEFT: 1.0, Blendshape.EYE_BLINK_RIGHT: 1.0})
    values, target = joined.pose(shown, 2e6)
    shares = values.reshape(-1, 4)[layout.SHARES : layout.GAZES].reshape(len(Region), -1)
    assert shares[Region.MOUTH, :2] == pytest.approx((0.0, 1.0), abs=0.1)
    shares[:, :6] = (-1, 1, -1, 0, -1, 0)
    for region, number in ((Region.MOUTH, 1.0), *((eye, 2.0) for eye in EYES)):
        shares[region, :2] = (number, 1.0)
    joined.tint((0.1, -0.1, 0.0), joined.places(target))
    bare, changed_ = joined.show(values, 0.0), joined.show(values, 1.0)
    grey = (np.abs(bare[..., :3] - 90) < 3).all(axis=-1)
    blue = (np.abs(bare[..., :3] - BLUE) < 3).all(axis=-1)
    assert grey.mean() > 0.01
    assert blue.mean() > 0.005
    added = (changed_ - bare)[grey][:, :3]
    assert np.median(added, axis=0) == pytest.approx((25.5, -25.5, 0.0), abs=1.6)
    # The masks' fading rim is coarser in the patches, so that is left out.
    rims = values.reshape(-1, 4)[layout.RIMS :].reshape(-1, 2)
    zoom = len(bare) / min(joined.portrait.width, joined.portrait.height)
    spare = np.array([joined.portrait.width, joined.portrait.height]) * zoom - len(bare)
    for start in (0, layout.EYE_RIM):
        rim = rims[start : start + layout.EYE_RIM] * zoom - spare / 2.0
        (left, top), (right, bottom) = rim.min(axis=0).astype(int), rim.max(axis=0).astype(int)
        box = np.s_[top : bottom + 1, left : right + 1]
        assert blue[box].all()
        assert changed(bare, changed_)[box].max() <= 1
    half = (joined.show(values, 0.5) - bare)[grey][:, :3]
    assert np.median(half, axis=0) == pytest.approx((12.75, -12.75, 0.0), abs=1.6)


def test_portrait_moves_with_its_nets_when_lite_is_chosen(
    playwright: Playwright, dist_server: SiteServer
) -> None:
    browser = launch(playwright, *graphics.WEBGL)
    try:
        tab = Tab(browser, viewport={"width": 900, "height": 700})
        tab.open(f"{dist_server.url}test-v3/")
        card = tab.page.locator(".model-card", has_text=lite_manifest().title)
        tab.pick("portraits", "officer")
        card.locator(".model-use").click()
        tab.page.wait_for_function(
            """() => {
              const { graphics } = JSON.parse(virtualpersona.report());
              return graphics.rung === "neural-wasm" && !graphics.starting;
            }""",
            timeout=120_000,
        )
        tab.page.click("#use-demo")
        inferred = "JSON.parse(virtualpersona.report()).graphics.metrics.inference_ms > 0"
        tab.page.wait_for_function(inferred, timeout=120_000)
        wait_moving(tab, "preview", 120_000)
        assert tab.report()["graphics"]["rung"] == "neural-wasm", "the nets went on"
        assert tab.errors == []
    finally:
        browser.close()
