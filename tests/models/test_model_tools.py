"""The command line of the tools, and the one of the build that passes words on to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona_build.cli import MODEL_TOOLS
from persona_build.cli import make_parser as make_build_parser
from persona_liveportrait.__main__ import make_parser as make_liveportrait_parser
from persona_models.__main__ import make_parser
from persona_models.shipped.canonical_face import convert


@pytest.mark.parametrize("tool", MODEL_TOOLS)
def test_every_tool_of_the_build_has_help(tool, capsys):
    own = {"liveportrait": make_liveportrait_parser}
    parser, words = (own[tool](), []) if tool in own else (make_parser(), [tool])
    with pytest.raises(SystemExit) as left:
        parser.parse_args([*words, "--help"])
    assert left.value.code == 0
    assert tool in capsys.readouterr().out


def test_build_passes_a_tools_options_on():
    words = ["evaluate", "--video", "face.mp4", "--renderer", "cpu", "--out", "here"]
    passed = make_build_parser().parse_args(["models", *words])
    assert [passed.tool, *passed.arguments] == words
    options = make_parser().parse_args(words)
    assert (options.video, options.out) == (Path("face.mp4"), Path("here"))


def test_unknown_tools_and_missing_files_are_told(capsys):
    for words in (["paint"], ["landmark-basis"], ["evaluate", "--renderer", "abacus"]):
        with pytest.raises(SystemExit) as left:
            make_parser().parse_args(words)
        assert left.value.code == 2
    assert "--ict" in capsys.readouterr().err


def test_conversion_refuses_another_model(tmp_path):
    source = tmp_path / "cube.obj"
    source.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1/1 2/2 3/3\n\n")
    with pytest.raises(ValueError, match="3 points, 1 triangles"):
        convert(source, tmp_path / "face.npz")
    assert not (tmp_path / "face.npz").exists()
