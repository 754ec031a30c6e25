"""``python -m tools.bench``: measures, prints a table, writes the figures down."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright
from tests.support.site_server import ROOT, SiteServer
from tools.bench import (
    call_figures,
    calls,
    company,
    drawing,
    home,
    jitter,
    lite,
    machine,
    neural,
    portrait_set,
    python_steps,
    raster,
    render_cluster,
    render_server,
    rungs,
    server_load,
    startup,
    versus,
)
from tools.bench.figures import Failure, Figure, has_failed
from tools.bench.setting import Setting, site_folder
from tools.bench.table import render

from persona_build.console import Console


@dataclass(frozen=True)
class Part:
    """One thing to measure, in browsers of its own."""

    title: str
    measure: Callable[[Setting], list[Figure]]


PARTS = {
    "start": Part(startup.TITLE, startup.measure),
    "home": Part(home.TITLE, home.measure),
    "call": Part(call_figures.TITLE, call_figures.measure),
    "versus": Part(versus.TITLE, versus.measure),
    "company": Part(company.TITLE, company.measure),
    "draw": Part(drawing.TITLE, drawing.measure),
    "set": Part(portrait_set.TITLE, portrait_set.measure),
    "gpu": Part(rungs.TITLE, rungs.measure),
    "raster": Part(raster.TITLE, raster.measure),
    "neural": Part(neural.TITLE, neural.measure),
    "lite": Part(lite.TITLE, lite.measure),
    "render": Part(render_server.TITLE, render_server.measure),
    "cluster": Part(render_cluster.TITLE, render_cluster.measure),
    "python": Part(python_steps.TITLE, python_steps.measure),
    "jitter": Part(jitter.TITLE, jitter.measure),
    "calls": Part(calls.TITLE, calls.measure),
    "server": Part(server_load.TITLE, server_load.measure),
}


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="default: bench-results/<date>")
    parser.add_argument("--seconds", type=positive, default=60, metavar="N", help="of the call")
    parser.add_argument("--runs", type=positive, default=3, metavar="N", help="of each start-up")
    parser.add_argument(
        "--clips",
        type=Path,
        metavar="FOLDER",
        help="jitter: of videos of one face each, in place of the sample",
    )
    parser.add_argument("--only", nargs="+", choices=list(PARTS), help="measure no other part")
    return parser


def positive(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, or 1 where something could not be measured."""
    options = make_parser().parse_args(arguments)
    console = Console()
    try:
        site = site_folder()
    except FileNotFoundError as error:
        console.error(str(error))
        return 1
    server = SiteServer(site, {"VP_LOG_LEVEL": "warning"})
    server.start()
    try:
        with sync_playwright() as playwright:
            about = machine.describe(playwright)
            figures = _measure(playwright, server, options, console)
    finally:
        server.stop()
    _print(console, about, figures)
    _save(console, options, about, figures)
    return 1 if has_failed(figures.values()) else 0


def _measure(
    playwright: Playwright, server: SiteServer, options: argparse.Namespace, console: Console
) -> dict[str, list[Figure]]:
    figures = {}
    for name in options.only or PARTS:
        part = PARTS[name]
        with console.step(part.title) as step:
            setting = Setting(
                playwright, server.url, options.seconds, options.runs, step, options.clips
            )
            try:
                figures[name] = part.measure(setting)
            except Exception as error:  # the other parts' figures are not lost for it
                figures[name] = [Figure(name, "", Failure.of(error))]
    return figures


def _print(console: Console, about: dict[str, Any], figures: dict[str, list[Figure]]) -> None:
    console.say()
    for sentence in machine.sentences(about):
        console.say(sentence)
    for name, measured in figures.items():
        console.say(f"\n{render(PARTS[name].title, measured)}")


def _save(
    console: Console,
    options: argparse.Namespace,
    about: dict[str, Any],
    figures: dict[str, list[Figure]],
) -> None:
    stamp = about["when"].partition("+")[0].replace(":", "")
    target: Path = options.json or ROOT / "bench-results" / f"{stamp}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": about,
        "seconds": options.seconds,
        "runs": options.runs,
        "parts": {name: [one.to_json() for one in part] for name, part in figures.items()},
    }
    target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    console.say(f"\nWritten to {target}.")
