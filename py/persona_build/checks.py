"""The layers of ``build.py test``: style, types, imports, and the tests from unit to browser."""

from __future__ import annotations

import ast
import os
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryFile
from textwrap import shorten
from typing import TextIO

from persona_build.console import Console
from persona_build.layout import Layout

NOTHING_COLLECTED = 5
"""pytest's exit status when a selection matches no test."""


MAX_WORKERS = 4
"""Each may hold several browsers."""

ALONE = "alone"
"""The folder, within a layer's, of tests that keep the whole machine busy: one at a time."""

REASON_LENGTH = 160
"""Of the reasons in the summary, in characters; the layer's own output has them whole."""

WHOLE_FILE = "collection skipped"
"""What pytest gives as the reason in a report where a file of tests is skipped as it is read."""


class Layer(StrEnum):
    """What can be checked, cheapest first."""

    LINT = "lint"
    TYPES = "types"
    IMPORTS = "imports"
    UNIT = "unit"
    SERVER = "server"
    PYODIDE = "pyodide"
    BROWSER = "browser"
    ENGINES = "engines"
    CLUSTER = "cluster"
    MODELS = "models"

    @property
    def needs_browser(self) -> bool:
        """Whether its tests use the built site and a browser."""
        return self in {Layer.PYODIDE, Layer.BROWSER, Layer.ENGINES}

    @property
    def needs_servers(self) -> bool:
        """Whether its tests start a real Redis or TURN server."""
        return self in {Layer.SERVER, Layer.BROWSER}


LIGHT = frozenset({Layer.TYPES, Layer.SERVER})
"""One reads on one core, the other mostly waits: they run beside layers that are neither light nor
want the machine for themselves."""

WHOLE_MACHINE = frozenset({Layer.BROWSER, Layer.ENGINES, Layer.CLUSTER, Layer.MODELS})
"""Pages that live in real time, and tools that compute."""

STATIC_CHECKS: Mapping[Layer, tuple[tuple[str, ...], ...]] = {
    Layer.LINT: (("-m", "ruff", "check"), ("-m", "ruff", "format", "--check")),
    Layer.TYPES: (("-m", "mypy"),),
    Layer.IMPORTS: (("-c", "from importlinter import cli; cli.lint_imports_command()"),),
}
"""The Python command lines of the layers that are not a folder of tests."""


@dataclass(frozen=True)
class Result:
    """How one layer went. A layer that is not a folder of tests counts as one test.

    Attributes:
        why_skipped: how many tests were skipped for each reason.
        why_failed: of each test that failed its name and the first line of the reason.
        note: what else there is to say: why the whole layer was left out, how pytest ended.
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    why_skipped: Mapping[str, int] = field(default_factory=dict)
    why_failed: Sequence[tuple[str, str]] = ()
    note: str = ""

    @property
    def word(self) -> str:
        if self.failed:
            return "failed"
        return "passed" if self.passed else "skipped"

    def plus(self, other: Result) -> Result:
        """Both in one."""
        return Result(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.seconds + other.seconds,
            Counter(self.why_skipped) + Counter(other.why_skipped),
            (*self.why_failed, *other.why_failed),
            "\n".join(note for note in (self.note, other.note) if note),
        )


class Checks:
    """Runs layers and gives their results.

    Args:
        environment: variables for the tests on top of the present ones.
        arguments: extra words for pytest.
        output: where what the layers print goes; by default to where this process prints.
    """

    def __init__(
        self,
        layout: Layout,
        console: Console,
        environment: Mapping[str, str],
        arguments: Sequence[str] = (),
        output: TextIO | None = None,
    ) -> None:
        self._layout = layout
        self._console = console
        self._environment = {**os.environ, "PYTHONPATH": str(layout.packages), **environment}
        self._arguments = list(arguments)
        self._output = output

    def run_all(self, layers: Sequence[Layer]) -> dict[Layer, Result]:
        """Run layers to their ends, light ones beside others; what those print is shown when both
        are done."""
        light = [layer for layer in layers if layer in LIGHT]
        whole = [layer for layer in layers if layer in WHOLE_MACHINE]
        others = [layer for layer in layers if layer not in LIGHT | WHOLE_MACHINE]
        if not light or not others:
            return self._in_turn(layers)
        with (
            TemporaryFile("w+", encoding="utf-8") as output,
            ThreadPoolExecutor(1) as pool,
        ):
            console = Console(output, output)
            beside = Checks(self._layout, console, self._environment, self._arguments, output)
            running = pool.submit(beside._in_turn, light)
            results = self._in_turn(others) | running.result()
            output.seek(0)
            self._console.say(output.read())
        results |= self._in_turn(whole)
        return {layer: results[layer] for layer in layers}

    def _in_turn(self, layers: Iterable[Layer]) -> dict[Layer, Result]:
        return {layer: self.run(layer) for layer in layers}

    def run(self, layer: Layer) -> Result:
        """Run one layer to its end, showing what it prints."""
        self._console.say(f"\n== {layer.value} ==")
        start = time.monotonic()
        result = self._check(layer) if layer in STATIC_CHECKS else self._test(layer)
        if result.note:
            self._console.say(result.note)
        return replace(result, seconds=time.monotonic() - start)

    def _check(self, layer: Layer) -> Result:
        statuses = [self._python(*command) for command in STATIC_CHECKS[layer]]
        return Result(failed=1) if any(statuses) else Result(passed=1)

    def _test(self, layer: Layer) -> Result:
        folder = self._layout.tests / layer.value
        if not has_tests(folder):
            return Result(failed=1, note=f"{self._layout.relative(folder)} holds no tests.")
        words: list[str] = []
        if layer is Layer.PYODIDE:
            words += ["--runner", "playwright", "--rt", "chrome"]
            words += ["--dist-dir", str(self._layout.pyodide_test)]
        # Files go to the workers in the order in which the tests' own conftest puts them.
        words += ["-p", "xdist", "--dist", "loadfile", "--no-loadscope-reorder"]
        together = [*words, "-n", str(worker_count())]
        alone = folder / ALONE
        if not has_tests(alone):
            return self._pytest(layer.value, folder, together)
        first = self._pytest(layer.value, folder, [*together, f"--ignore={alone}"])
        return first.plus(self._pytest(f"{layer.value}-{ALONE}", alone, [*words, "-n", "1"]))

    def _pytest(self, name: str, folder: Path, words: Sequence[str]) -> Result:
        """One run; its JUnit report is called ``name``."""
        report = self._layout.test_results / f"{name}.xml"
        report.unlink(missing_ok=True)
        status = self._python(
            "-m", "pytest", str(folder), f"--junitxml={report}", *words, *self._arguments
        )
        if status == NOTHING_COLLECTED and self._arguments:
            return Result(note=f"No test of {self._layout.relative(folder)} is selected.")
        result = read_report(report)
        if status != 0 and not result.failed:
            return replace(result, failed=1, note=f"pytest ended with {status}.")
        return result

    def _python(self, *words: str) -> int:
        return subprocess.run(
            [str(self._layout.python), *words],
            cwd=self._layout.root,
            env=self._environment,
            stdout=self._output,
            stderr=self._output and subprocess.STDOUT,
            check=False,
        ).returncode


def _gaps(layer: Layer, result: Result) -> list[tuple[str, str, str]]:
    """What was skipped of a layer: a row for each reason, the most frequent first."""
    if result.word == "skipped" and result.note:
        return [(layer.value, "all", result.note)]
    reasons = sorted(result.why_skipped.items(), key=lambda item: (-item[1], item[0]))
    return [(layer.value, str(count), reason) for reason, count in reasons]


def worker_count() -> int:
    """How many processes the tests of a layer are spread over, whole files to each.

    Starting a page keeps one core busy for seconds, and most tests of pages start some; those of
    Pyodide share one page in each process. A process ends with a test that hangs, and another
    takes its place.
    """
    return min(os.cpu_count() or 1, MAX_WORKERS)


def has_tests(folder: Path) -> bool:
    """Whether a folder holds a test file, at any depth."""
    return any(folder.rglob("test_*.py"))


def read_report(report: Path) -> Result:
    """The counts of a JUnit report; all zero where pytest did not come to write one."""
    if not report.is_file():
        return Result()
    root = ElementTree.parse(report).getroot()
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in root.iter("testsuite"):
        for name in counts:
            counts[name] += int(suite.get(name, 0))
    failed = counts["failures"] + counts["errors"]
    return Result(
        passed=counts["tests"] - failed - counts["skipped"],
        failed=failed,
        skipped=counts["skipped"],
        why_skipped=Counter(_why_skipped(each) for each in root.iter("skipped")),
        why_failed=tuple(
            (_name(case), _first_line(each.get("message", "")))
            for case in root.iter("testcase")
            for each in case
            if each.tag in {"failure", "error"}
        ),
    )


def _name(case: ElementTree.Element) -> str:
    """A test in a JUnit report, by its module and its own name."""
    return f"{case.get('classname', '')}::{case.get('name', '')}"


def _first_line(text: str) -> str:
    """What a reason begins with, of a length that a table bears."""
    return shorten(text.partition("\n")[0], REASON_LENGTH, placeholder=" ...")


def _why_skipped(skipped: ElementTree.Element) -> str:
    """The reason in a JUnit report's element, on one line."""
    reason = skipped.get("message", "")
    if reason == WHOLE_FILE:
        # The text is a tuple's: file, line, words.
        place = ast.literal_eval(skipped.text or "()")
        reason = str(place[-1]).removeprefix("Skipped: ") if place else ""
    return " ".join(reason.split()) or "no reason given"


def print_summary(results: Mapping[Layer, Result], console: Console) -> int:
    """Print a table over all layers, what was skipped or failed and why, and the closing line.

    Returns:
        The exit status: 0 if nothing failed.
    """
    head = ("layer", "result", "passed", "failed", "skipped", "seconds")
    rows = [
        (layer.value, r.word, str(r.passed), str(r.failed), str(r.skipped), f"{r.seconds:.1f}")
        for layer, r in results.items()
    ]
    console.say()
    console.table(head, rows)
    if gaps := [gap for layer, result in results.items() for gap in _gaps(layer, result)]:
        console.say()
        console.table(("layer", "skipped", "why"), gaps, left=(0, 2))
    for name, why in (fault for result in results.values() for fault in result.why_failed):
        console.say(f"\nFAILED {name}\n  {why}")
    passed = sum(result.passed for result in results.values())
    failed = sum(result.failed for result in results.values())
    console.say(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0
