from __future__ import annotations

import io
from pathlib import Path

import pytest

from persona_build import commands
from persona_build.checks import Checks, Layer, Result, print_summary, read_report
from persona_build.console import Console
from persona_build.layout import Layout
from persona_build.project import Project

# the inner runs need none of the plugins that are installed
VARIABLES = {"VP_DIST": "/site", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

REPORT = """<?xml version="1.0"?><testsuites name="pytest tests">
<testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="0.5"/></testsuites>"""


@pytest.fixture
def checks(checkout: Layout, console: Console, monkeypatch: pytest.MonkeyPatch) -> Checks:
    # The inner runs are nobody's workers, though this one may be.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    return Checks(checkout, console, VARIABLES)


def put_test(layout: Layout, body: str, name: str = "test_it.py") -> None:
    path = layout.tests / "unit" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)


def test_report_is_counted_when_pytest_wrote_one(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    assert read_report(tmp_path / "report.xml") == Result(passed=4, failed=3, skipped=3)
    assert read_report(tmp_path / "none.xml") == Result()


def test_layer_passes_when_its_tests_do(checks: Checks, checkout: Layout) -> None:
    put_test(checkout, "import os\ndef test_a(): assert os.environ['VP_DIST'] == '/site'\n")
    result = checks.run(Layer.UNIT)
    assert (result.word, result.passed, result.failed) == ("passed", 1, 0)


def test_layer_fails_when_one_test_does(checks: Checks, checkout: Layout) -> None:
    put_test(checkout, "def test_a(): pass\ndef test_b(): assert 0\n")
    result = checks.run(Layer.UNIT)
    assert (result.word, result.passed, result.failed) == ("failed", 1, 1)


def test_layer_counts_both_when_some_tests_run_alone(checks: Checks, checkout: Layout) -> None:
    put_test(checkout, "def test_a(): pass\ndef test_b(): assert 0\n")
    alone = "import os\ndef test_c(): assert 'PYTEST_XDIST_WORKER' not in os.environ\n"
    put_test(checkout, alone, "alone/test_c.py")
    result = checks.run(Layer.UNIT)
    assert (result.word, result.passed, result.failed) == ("failed", 2, 1)


def test_layer_fails_when_a_file_cannot_be_imported(checks: Checks, checkout: Layout) -> None:
    put_test(checkout, "def test_a(): pass\n")
    put_test(checkout, "import no_such_module\n", "test_broken.py")
    assert checks.run(Layer.UNIT).word == "failed"


@pytest.mark.parametrize("with_folder", [False, True], ids=["no folder", "empty folder"])
def test_layer_fails_when_it_has_no_tests(
    with_folder: bool, checks: Checks, checkout: Layout, out: io.StringIO
) -> None:
    if with_folder:
        (checkout.tests / "unit").mkdir(parents=True)
    assert checks.run(Layer.UNIT).word == "failed"
    assert "tests/unit holds no tests" in out.getvalue()


def test_layer_is_skipped_when_the_selection_leaves_it_out(
    checkout: Layout, console: Console
) -> None:
    put_test(checkout, "def test_a(): pass\n")
    checks = Checks(checkout, console, VARIABLES, ["-k", "nothing_like_it"])
    assert checks.run(Layer.UNIT).word == "skipped"


def test_style_layer_fails_when_ruff_finds_something(checks: Checks, checkout: Layout) -> None:
    (checkout.root / "code.py").write_text("x = 1\n")
    assert checks.run(Layer.LINT).word == "passed"
    (checkout.root / "code.py").write_text("import os\n")
    assert checks.run(Layer.LINT).word == "failed"


def test_summary_ends_with_the_sum_when_layers_differ(console: Console, out: io.StringIO) -> None:
    results = {
        Layer.LINT: Result(passed=1),
        Layer.UNIT: Result(passed=40, failed=2, skipped=1),
        Layer.MODELS: Result(note="not installed"),
    }
    assert print_summary(results, console) == 1
    assert out.getvalue().splitlines()[-1] == "41 passed, 2 failed"
    assert print_summary({Layer.LINT: Result(passed=1)}, console) == 0


def test_summary_says_why_tests_were_skipped_when_some_were(
    checks: Checks, checkout: Layout, console: Console, out: io.StringIO
) -> None:
    put_test(
        checkout,
        "import pytest\n"
        "@pytest.mark.skipif(True, reason='no hands')\n"
        "@pytest.mark.parametrize('hand', range(3))\n"
        "def test_a(hand): pass\n"
        "def test_b(): pytest.skip('no\\n  feet')\n"
        "def test_c(): pass\n",
    )
    put_test(
        checkout, "import pytest\npytest.skip('no hands', allow_module_level=True)\n", "test_d.py"
    )
    put_test(checkout, "import pytest\ndef test_e(): pytest.skip('no feet')\n", "alone/test_e.py")
    result = checks.run(Layer.UNIT)
    assert (result.passed, result.skipped) == (1, 6)
    assert result.why_skipped == {"no hands": 4, "no feet": 2}
    assert print_summary({Layer.LINT: Result(passed=1), Layer.UNIT: result}, console) == 0
    told = [line.split(maxsplit=2) for line in out.getvalue().splitlines()[-5:]]
    assert told[:3] == [
        ["-----", "-------", "--------"],
        ["unit", "4", "no hands"],
        ["unit", "2", "no feet"],
    ]
    assert out.getvalue().splitlines()[-1] == "2 passed, 0 failed"


def test_summary_names_the_command_when_a_layer_was_left_out(
    console: Console, out: io.StringIO
) -> None:
    print_summary({Layer.LINT: Result(passed=1), Layer.MODELS: Result(note="why not")}, console)
    assert ["models", "all", "why not"] in [
        line.split(maxsplit=2) for line in out.getvalue().splitlines()
    ]


def test_models_layer_is_left_out_with_the_command_that_adds_it_when_there_is_no_torch(
    checkout: Layout, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout.tests / "models").mkdir(parents=True)
    (checkout.tests / "models" / "test_it.py").touch()
    checkout.requirements("train").write_text("torch==0\n")
    project = Project(checkout, console)
    monkeypatch.delenv("VP_TRAIN", raising=False)
    assert "VP_TRAIN=1 python build.py test --only models" in commands._why_not_models(project)
    monkeypatch.setenv("VP_TRAIN", "1")
    assert commands._why_not_models(project) == ""
