"""Engines: which one draws, what Lite takes and gives, and who else may draw."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.support import expressions
from tests.support.node import needs_node
from tests.support.photo_engine import PhotoEngine
from tests.support.portraits import built_in, canonical_portrait, portrait_set

from persona_core.errors import PortraitError
from persona_core.face.blendshapes import COUNT
from persona_core.face.params import RESIDUAL_COUNT, FaceParams
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_render.engines import painter
from persona_render.engines.engine import Engine, EngineOptions, Session
from persona_render.engines.lite import LiteEngine
from persona_render.engines.loading import open_engine
from persona_render.engines.painter import Painter
from persona_render.engines.pixels import decoded
from persona_render.errors import RenderError
from persona_render.sentences import SENTENCES
from persona_server.sentences import LISTENING, sentence

MODEL = Path(__file__).parents[3] / "static" / "models" / "liveportrait-lite"
OPTIONS = EngineOptions(MODEL)
pytestmark = needs_node
PORTRAIT = canonical_portrait("rgb(200, 150, 120)")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = open_engine("", OPTIONS)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def anybody(engine: Engine) -> Iterator[Session]:
    session = engine.open(portrait_set(1), 256)
    yield session
    session.close()


def test_lite_draws_when_the_shipped_model_is_given(engine: Engine) -> None:
    assert engine.name == "lite (liveportrait-lite)"
    session = engine.open(PortraitSet(built_in()), 256)
    still = session.render(expressions.params({}))
    talking = session.render(expressions.params({"jawOpen": 0.8}))
    assert still.shape == (256, 256, 3)
    assert still.dtype == np.uint8
    rows, _columns = np.nonzero(np.abs(talking.astype(int) - still).max(axis=2) > 40)
    assert len(rows) > 100, "the mouth opens"
    assert np.median(rows) > 128, "below the middle"
    session.close()
    session.close()


def test_lite_says_what_of_the_photo_it_shows_when_that_is_no_square(engine: Engine) -> None:
    portrait = built_in()
    assert portrait.width != portrait.height
    session = engine.open(PortraitSet(portrait), 256)
    drawn = session.render(FaceParams(0.0))
    assert session.square is not None
    cut = session.square.cut(decoded(portrait), 256, 256)[0].transpose(1, 2, 0)
    beside = replace(session.square, left=session.square.left + 8.0)
    moved = beside.cut(decoded(portrait), 256, 256)[0].transpose(1, 2, 0)
    gap, gap_beside = (np.abs(drawn / 255.0 - each).mean() for each in (cut, moved))
    assert gap < 0.02
    assert gap_beside > 2.0 * gap
    session.close()


def test_sessions_know_nothing_of_each_other_when_they_share_a_process(engine: Engine) -> None:
    face, other = expressions.params({"jawOpen": 0.5}), expressions.params({"eyeBlinkLeft": 1.0})
    alone = engine.open(PortraitSet(PORTRAIT), 256)
    wanted = alone.render(face)
    beside = engine.open(portrait_set(2), 256)
    beside.render(other)
    assert (alone.render(face) == wanted).all()
    beside.close()
    assert (alone.render(face) == wanted).all()
    alone.close()
    with pytest.raises(RenderError, match="there is no face"):
        alone.render(face)


@given(
    st.lists(st.floats(0, 1, width=32), min_size=COUNT, max_size=COUNT),
    st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4),
    st.lists(st.floats(-4, 4, width=32), min_size=2, max_size=2),
    st.floats(0.25, 4),
    st.lists(st.integers(-127, 127), min_size=RESIDUAL_COUNT, max_size=RESIDUAL_COUNT),
)
@settings(max_examples=20, deadline=None)
def test_lite_draws_any_face_when_the_wire_can_carry_it(
    anybody: Session,
    shapes: list[float],
    turn: list[float],
    across: list[float],
    scale: float,
    residual: list[int],
) -> None:
    length = float(np.linalg.norm(turn))
    rotation = np.array(turn if length > 0.1 else [1, 0, 0, 0], np.float32)
    face = FaceParams(
        0.0,
        np.array(shapes, np.float32),
        rotation / np.float32(np.linalg.norm(rotation)),
        np.array(across, np.float32),
        scale,
        residual=np.array(residual, np.float32) / 16,
    )
    assert anybody.render(face).std() > 5.0


@given(st.integers(0, 1 << 20), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_photo_is_decoded_or_refused_when_any_byte_is_changed(place: int, value: int) -> None:
    image = bytearray(PORTRAIT.image)
    image[12 + place % (len(image) - 12)] = value
    with suppress(PortraitError):
        assert decoded(replace(PORTRAIT, image=bytes(image))).shape == (256, 256, 4)


def test_portrait_is_refused_when_its_photo_is_cut_or_another_size(engine: Engine) -> None:
    for wrong in (
        replace(built_in(), image=built_in().image[:2000]),
        replace(PORTRAIT, width=300, height=300),
    ):
        with pytest.raises(PortraitError):
            engine.open(PortraitSet(wrong), 256)


def test_photo_is_refused_when_it_would_be_painted_over_and_over() -> None:
    """A progressive JPEG whose last scan comes thousands of times costs minutes to decode."""
    file = io.BytesIO()
    Image.effect_noise((64, 64), 40).convert("RGB").save(file, "JPEG", progressive=True)
    image = file.getvalue()
    last = image[image.rindex(b"\xff\xda") : -2]
    portrait = replace(PORTRAIT, image=image, width=64, height=64, landmarks=PORTRAIT.landmarks / 4)
    assert decoded(portrait).shape == (64, 64, 4)
    with pytest.raises(PortraitError, match="too many scans"):
        decoded(replace(portrait, image=image[:-2] + 5000 * last + image[-2:]))


def test_set_is_drawn_without_a_picture_when_that_cannot_be_decoded(engine: Engine) -> None:
    base, (further,) = built_in(), portrait_set(1).expressions
    patches = [replace(patch, image=patch.image[:200]) for patch in further.patches]
    session = engine.open(PortraitSet(base, (replace(further, patches=tuple(patches)),)), 256)
    plain = engine.open(PortraitSet(base), 256)
    face = expressions.params({"jawOpen": 0.5})
    assert (session.render(face) == plain.render(face)).all()
    for each in (session, plain):
        each.close()


def test_process_goes_on_when_one_question_makes_no_sense() -> None:
    process = Painter()
    for operation in ("paint", "dance"):
        with pytest.raises(RenderError) as error:
            painter.PaintedFace(process, 7).ask(operation, {})
        assert error.value.code == "painting-failed"
    assert process.is_alive
    process.close()
    with pytest.raises(RenderError) as error:
        process.open({})
    assert error.value.code == "painter-gone"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="wants Linux")
def test_process_knows_no_secrets_when_the_server_has_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VP_RENDER_ACCESS_KEYS", "a secret")
    process = Painter()
    with pytest.raises(RenderError):
        process.open({})  # and so is running
    told = Path(f"/proc/{process.pid}/environ").read_text().split("\0")
    process.close()
    assert {line.partition("=")[0] for line in told if line} <= {"PATH"}


def test_process_is_ended_when_it_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painter, "SCRIPT", Path(__file__).with_name("silent.mjs"))
    monkeypatch.setattr(painter, "ANSWER_SECONDS", 0.3)
    process = Painter()
    with pytest.raises(RenderError) as error:
        process.open({})
    assert error.value.code == "painter-gone"
    assert not process.is_alive


def test_model_is_refused_by_name_when_it_is_not_whole(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as error:
        open_engine("", EngineOptions(tmp_path))
    assert error.value.code == "bad-model"
    damaged = Path(shutil.copytree(MODEL, tmp_path / "damaged"))
    shard = next((damaged / "shards").iterdir())
    shard.write_bytes(shard.read_bytes()[:-1] + b"\0")
    with pytest.raises(RenderError, match="not the file that the manifest names") as error:
        open_engine("", EngineOptions(damaged))
    assert error.value.code == "bad-model"
    (damaged / "manifest.json").write_text("{")
    with pytest.raises(RenderError) as error:
        open_engine("lite", EngineOptions(damaged))
    assert "--model" in sentence(error.value, SENTENCES)


def test_engine_wants_node_by_name_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(painter, "_packaged_node", lambda: None)
    with pytest.raises(RenderError) as error:
        LiteEngine(OPTIONS)
    assert error.value.code == "no-node"
    assert "requirements-node.lock" in sentence(error.value, SENTENCES)


def test_every_sentence_names_a_remedy_when_it_is_told() -> None:
    for code in LISTENING | SENTENCES:
        text = sentence(RenderError("detail", code=code), SENTENCES)
        assert "detail" in text
        assert text.count(".") >= 2


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of somebody else, as pip would leave it, whose engines are those of the tests."""
    folder = tmp_path / "somebodys-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[persona_render.engines]\n"
        "photo = tests.support.photo_engine:PhotoEngine\n"
        "broken = tests.support.photo_engine:NothingLikeIt\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


@pytest.mark.usefixtures("installed")
def test_engine_of_somebody_else_draws_when_its_package_is_installed() -> None:
    engine = open_engine("photo", OPTIONS)
    assert isinstance(engine, PhotoEngine)
    assert engine.options is OPTIONS
    session = engine.open(PortraitSet(PORTRAIT), 64)
    assert session.render(expressions.params({})).shape == (64, 64, 3)
    for name in ("broken", "unheard-of"):
        with pytest.raises(RenderError) as error:
            open_engine(name, OPTIONS)
        assert error.value.code == "no-engine"
    assert "photo" in error.value.detail, "what there is, is told"


def test_pictures_have_a_size_by_name_when_an_engine_draws_several(engine: Engine) -> None:
    sides: Any = [engine.open(PortraitSet(PORTRAIT), side) for side in engine.sides]
    shapes = [session.render(expressions.params({})).shape[0] for session in sides]
    assert shapes == list(engine.sides)
    for session in sides:
        session.close()
