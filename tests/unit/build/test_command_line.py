from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from persona_build import commands
from persona_build.cli import main
from persona_build.environment import Dependencies, Environment
from persona_build.layout import Layout

SCRIPT = Layout.here().root / "build.py"

OPTIONS = {
    "setup": ["--group", "--verify", "--relock"],
    "build": [],
    "serve": ["--host", "--port", "--open"],
    "render": ["--host", "--port", "--model", "--engine", "--device", "--workers"],
    "test": ["--only", "PYTEST_ARGUMENT", "VP_TRAIN", "VP_CLUSTER"],
    "bench": ["--json", "--seconds", "--runs", "--clips", "--only"],
    "clean": ["--all"],
}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_help_lists_every_command_when_asked() -> None:
    result = run("--help")
    assert result.returncode == 0
    for command in OPTIONS:
        assert f"\n    {command} " in result.stdout


@pytest.mark.parametrize("command", OPTIONS)
def test_help_explains_the_options_when_asked_of_a_command(command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    for option in (*OPTIONS[command], "--verbose"):
        assert option in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nope",),
        ("serve", "--port", "70000"),
        ("serve", "--port", "x"),
        ("build", "--", "-k"),
        ("bench", "--seconds", "0"),
        ("bench", "--only", "nothing"),
    ],
)
def test_usage_is_printed_when_the_words_make_no_command(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.returncode == 2
    assert "usage: build.py" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("tool", "module", "words"),
    [("lite", "persona_models", ["lite", "--width"]), ("liveportrait", "persona_liveportrait", [])],
)
def test_model_tool_runs_in_the_package_that_has_it(
    tool: str, module: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, list[str]]] = []

    def run_module(project: object, module: str, arguments: list[str]) -> int:
        ran.append((module, arguments))
        return 0

    monkeypatch.setattr(commands, "_run_with_browser", run_module)
    assert main(["models", tool, *words[1:]]) == 0
    assert ran == [(module, words)]


def test_render_server_is_told_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run_server(layout: object, console: object, words: list[str]) -> int:
        ran.append(words)
        return 0

    ensured: list[Dependencies] = []
    monkeypatch.setattr(Environment, "ensure", lambda _self, groups: ensured.extend(groups))
    monkeypatch.setattr(Environment, "node_program", lambda _self, program: [program])
    monkeypatch.setattr(commands, "run_render_server", run_server)
    assert main(["render", "--port", "0", "--workers", "2"]) == 0
    assert main(["render"]) == 0
    assert ran == [["--port", "0", "--workers", "2"], []]
    assert set(ensured) == {Dependencies.RENDER}


def test_script_is_readable_for_an_old_python_when_it_refuses_it() -> None:
    ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("verbose", [False, True])
def test_error_names_the_remedy_when_a_lock_is_missing(
    verbose: bool, checkout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["build", *(["--verbose"] if verbose else [])], layout=checkout)
    printed = capsys.readouterr().err
    assert status == 1
    assert "requirements-serve.lock is missing" in printed
    assert "remedy:" in printed
    assert ("Traceback" in printed) is verbose


def test_clean_removes_only_what_was_built_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = ["py/persona_core/face.py", "vendor/pyodide/x.mjs", ".venv/pyvenv.cfg", "app/index.html"]
    gone = ["dist/index.html", "build/wheel.json", "py/persona_core/__pycache__/face.pyc"]
    for name in (*kept, *gone):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert main(["clean"], layout=Layout(tmp_path)) == 0
    assert all((tmp_path / name).exists() for name in kept)
    assert not any((tmp_path / name).parent.exists() for name in gone)

    assert main(["clean", "--all"], layout=Layout(tmp_path)) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"py", "app"}
    assert main(["clean"], layout=Layout(tmp_path)) == 0
    assert "Nothing to remove" in capsys.readouterr().out
