from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.support.order import LONGEST_FIRST, TESTS

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


def put_test(layout: Layout, body: str, name: str = "test_it.py", layer: str = "unit") -> None:
    path = layout.tests / layer / name
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
    alone = "import os\ndef test_c(): assert os.environ['PYTEST_XDIST_WORKER_COUNT'] == '1'\n"
    put_test(checkout, alone, "alone/test_c.py")
    result = checks.run(Layer.UNIT)
    assert (result.word, result.passed, result.failed) == ("failed", 2, 1)


def test_files_that_are_begun_first_are_there_when_they_are_named() -> None:
    assert [name for name in LONGEST_FIRST if not (TESTS / name).is_file()] == []
    assert len(set(LONGEST_FIRST)) == len(LONGEST_FIRST)


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


# Waits, as long as it is run beside somebody else, for that to come as far as this.
MEETING = """
import time
from pathlib import Path
def test_meets():
    Path("{own}").touch()
    end = time.monotonic() + 60.0
    while not Path("{other}").exists():
        assert time.monotonic() < end
"""


def test_light_layer_runs_beside_another_and_is_done_before_one_that_wants_the_whole_machine(
    checks: Checks, checkout: Layout, out: io.StringIO
) -> None:
    put_test(checkout, MEETING.format(own="unit", other="server"), layer="unit")
    put_test(checkout, MEETING.format(own="server", other="unit"), layer="server")
    done = (
        "from pathlib import Path\ndef test_a(): assert Path('test-results/server.xml').exists()\n"
    )
    put_test(checkout, done, layer="browser")
    layers = [Layer.UNIT, Layer.SERVER, Layer.BROWSER]
    results = checks.run_all(layers)
    assert list(results) == layers
    assert {layer: result.word for layer, result in results.items()} == dict.fromkeys(
        layers, "passed"
    )
    told = [line for line in out.getvalue().splitlines() if line]
    assert told[0] == "== unit =="
    assert told[1] == "== server =="
    assert any(line.startswith("=") and "1 passed" in line for line in told[2:-1])
    assert told[-1] == "== browser =="


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


def test_summary_names_what_failed_and_why_when_tests_did(
    checks: Checks, checkout: Layout, console: Console, out: io.StringIO
) -> None:
    put_test(
        checkout,
        "import pytest\n"
        "@pytest.fixture\n"
        "def hand(): raise RuntimeError('no hand')\n"
        "def test_a(hand): pass\n"
        "def test_b(): assert not 'foot', 'one\\ntwo'\n"
        "def test_c(): pass\n",
    )
    put_test(checkout, "import nothing_of_this_name\n", "alone/test_d.py")
    print_summary({Layer.UNIT: checks.run(Layer.UNIT)}, console)
    *_, last = told = out.getvalue().splitlines()
    assert last == "1 passed, 3 failed"
    where = [told.index(line) for line in told if line.startswith("FAILED ")]
    names = [told[line].rpartition("::")[2] for line in where]
    assert names == ["test_a", "test_b", "tests.unit.alone.test_d"]
    reasons = [told[line + 1] for line in where]
    for reason, word in zip(reasons, ("no hand", "one", "collection failure"), strict=True):
        assert word in reason
        assert "two" not in reason


def test_summary_names_the_command_when_a_layer_was_left_out(
    console: Console, out: io.StringIO
) -> None:
    print_summary({Layer.LINT: Result(passed=1), Layer.MODELS: Result(note="why not")}, console)
    assert ["models", "all", "why not"] in [
        line.split(maxsplit=2) for line in out.getvalue().splitlines()
    ]


@pytest.mark.parametrize(
    ("layer", "group", "variable"),
    [(Layer.MODELS, "train", "VP_TRAIN"), (Layer.CLUSTER, "cluster", "VP_CLUSTER")],
)
def test_layer_is_left_out_with_the_command_that_adds_it_when_what_it_needs_is_not_installed(
    layer: Layer,
    group: str,
    variable: str,
    checkout: Layout,
    console: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = checkout.tests / layer.value
    folder.mkdir(parents=True)
    (folder / "test_it.py").touch()
    checkout.requirements(group).write_text("thing==0\n")
    project = Project(checkout, console)
    monkeypatch.delenv(variable, raising=False)
    command = f"{variable}=1 python build.py test --only {layer.value}"
    assert command in commands._why_not(project, layer)
    monkeypatch.setenv(variable, "1")
    assert commands._why_not(project, layer) == ""
