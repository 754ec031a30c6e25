"""What each command of the command line does.

Every deed takes the project and the parsed options and returns the exit status.
"""

from __future__ import annotations

import os
import subprocess
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass

from persona_build import browser, engines, system_packages
from persona_build.assets import Group, load_assets, save_assets
from persona_build.checks import Checks, Layer, Result, has_tests, print_summary
from persona_build.dist import print_sizes
from persona_build.environment import Dependencies
from persona_build.project import Project
from persona_build.relock import relock_assets, relock_requirements
from persona_build.serving import run_render_server, run_server


@dataclass(frozen=True)
class Extra:
    """What a layer needs that no newcomer has to install.

    Attributes:
        what: it is, in a word.
        dependencies: that bring it.
        variable: that has it installed when it is set.
    """

    what: str
    dependencies: Dependencies
    variable: str


EXTRAS = {
    Layer.CLUSTER: Extra("Ray", Dependencies.CLUSTER, "VP_CLUSTER"),
    Layer.MODELS: Extra("torch", Dependencies.TRAIN, "VP_TRAIN"),
}

TOOL_PACKAGES = {"liveportrait": "persona_liveportrait"}
"""Of the model tools that are packages of their own; `persona_models` has all others."""

RENDER_OPTIONS = ("host", "port", "model", "engine", "device", "workers")
"""That ``python -m persona_render`` takes as they are."""

SITE_ASSETS = (Group.SITE,)
ALL_ASSETS = tuple(Group)


def setup(project: Project, options: Namespace) -> int:
    if options.relock:
        project.environment.ensure([Dependencies.SERVE])
        relock_requirements(project.layout, project.console)
        lock = project.layout.assets_lock
        scratch = project.layout.scratch / "relock"
        fresh = relock_assets(load_assets(lock), scratch, project.console, project.open_reader)
        save_assets(lock, fresh)
    dependencies = [Dependencies.SERVE, *map(Dependencies, options.group)]
    groups = ALL_ASSETS if Dependencies.TEST in dependencies else SITE_ASSETS
    assets = project.setup(dependencies, groups, verify=options.verify, retry=True)
    project.console.say(f"Ready: .venv, and {len(assets)} web assets in vendor/.")
    return 0


def build(project: Project, options: Namespace) -> int:
    plan, fresh = project.build(project.setup([Dependencies.SERVE], SITE_ASSETS))
    print_sizes(plan, project.console)
    project.console.say("dist/ is built." if fresh else "dist/ was up to date.")
    return 0


def serve(project: Project, options: Namespace) -> int:
    project.build(project.setup([Dependencies.SERVE], SITE_ASSETS))
    return run_server(
        project.layout,
        project.console,
        host=options.host,
        port=options.port,
        open_page=options.open,
    )


def render(project: Project, options: Namespace) -> int:
    project.environment.ensure([Dependencies.RENDER])
    project.environment.node_program("node")  # which paints
    given = {name: getattr(options, name) for name in RENDER_OPTIONS}
    words = [
        word
        for name, value in given.items()
        if value is not None
        for word in (f"--{name}", str(value))
    ]
    return run_render_server(project.layout, project.console, words)


def test(project: Project, options: Namespace) -> int:
    layers = [layer for layer in Layer if not options.only or layer.value in options.only]
    results: dict[Layer, Result] = {}
    dependencies = [Dependencies.TEST]
    for layer, extra in EXTRAS.items():
        if layer not in layers:
            continue
        if reason := _why_not(project, layer):
            layers.remove(layer)
            results[layer] = Result(note=reason)
        else:
            dependencies.append(extra.dependencies)
    if any(layer.needs_servers for layer in layers):
        system_packages.ensure_servers(project.console)
    variables = _prepare_tests(
        project, dependencies, with_browser=any(layer.needs_browser for layer in layers)
    )
    if Layer.ENGINES in layers:
        variables |= engines.ensure_engines(project.console)
    checks = Checks(project.layout, project.console, variables, options.pytest_arguments)
    results = checks.run_all(layers) | results
    return print_summary(results, project.console)


def bench(project: Project, options: Namespace) -> int:
    arguments = []
    if options.json:
        arguments += ["--json", str(options.json.resolve())]
    if options.seconds:
        arguments += ["--seconds", str(options.seconds)]
    if options.runs:
        arguments += ["--runs", str(options.runs)]
    if options.clips:
        arguments += ["--clips", str(options.clips.resolve())]
    if options.only:
        arguments += ["--only", *options.only]
    return _run_with_browser(project, "tools.bench", arguments)


def models(project: Project, options: Namespace) -> int:
    if package := TOOL_PACKAGES.get(options.tool):
        return _run_with_browser(project, package, options.arguments)
    return _run_with_browser(project, "persona_models", [options.tool, *options.arguments])


def clean(project: Project, options: Namespace) -> int:
    removed = project.clean(everything=options.all)
    project.console.say(f"Removed {', '.join(removed)}." if removed else "Nothing to remove.")
    return 0


def _why_not(project: Project, layer: Layer) -> str:
    """Why a layer of :data:`EXTRAS` is left out; empty where it runs."""
    extra = EXTRAS[layer]
    if not has_tests(project.layout.tests / layer.value):
        return "there are no such tests."
    wanted = os.environ.get(extra.variable, "0") not in {"", "0"}
    if wanted or project.environment.has(extra.dependencies):
        return ""
    command = f"{extra.variable}=1 python build.py test --only {layer.value}"
    return f"needs {extra.what}; to install it and run: {command}"


def _run_with_browser(project: Project, module: str, arguments: Sequence[str]) -> int:
    """Run a module of ours in the tests' environment; returns its exit status."""
    variables = _prepare_tests(project, [Dependencies.TEST], with_browser=True)
    command = [str(project.layout.python), "-m", module, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(project.layout.packages), **variables}
    return subprocess.run(command, cwd=project.layout.root, env=environment, check=False).returncode


def _prepare_tests(
    project: Project, dependencies: Sequence[Dependencies], *, with_browser: bool
) -> dict[str, str]:
    """Have everything in place that tests use, and tell them by variables where it is."""
    assets = project.setup(dependencies, ALL_ASSETS)
    project.build(assets)
    layout = project.layout
    variables = {"VP_DIST": str(layout.dist), "VP_VENDOR": str(layout.vendor)}
    if with_browser:
        variables[browser.VARIABLE] = str(browser.ensure_browser(layout, project.console))
    return variables
