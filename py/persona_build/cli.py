"""The command line: ``python build.py COMMAND``. What the commands do is in `commands`."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from persona_build import commands
from persona_build.checks import Layer
from persona_build.console import Console
from persona_build.environment import Dependencies
from persona_build.errors import BuildError
from persona_build.layout import Layout
from persona_build.project import Project

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
INTERRUPTED = 130
DEBUG_VARIABLE = "VP_DEBUG"
BENCH_PARTS = (
    *(
        "start",
        "home",
        "call",
        "versus",
        "company",
        "draw",
        "set",
        "gpu",
        "raster",
        "neural",
        "lite",
    ),
    *("render", "cluster", "python", "jitter", "calls", "server"),
)
"""What `tools.bench` can measure."""
MODEL_TOOLS = (
    *("demo-motion", "landmark-basis", "evaluate", "evaluate-photos", "lite", "liveportrait"),
    *("people-sheet", "people-landmarks", "person-metric", "portraits", "train-patches"),
    *("average-nets", "quantise-lite"),
)
"""The tools of `persona_models` and `persona_liveportrait`."""

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(arguments: Sequence[str] | None = None, layout: Layout | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words after the program's name; by default those it was started with.
        layout: the checkout; by default the one this module lies in.

    Returns:
        The exit status: 0 done, 1 failed, 2 not understood, 130 stopped with Ctrl-C.
    """
    words, extra = _split(sys.argv[1:] if arguments is None else arguments)
    parser = make_parser()
    options = parser.parse_args(words)
    if extra and options.command != "test":
        parser.error("only the command test takes arguments after --")
    options.pytest_arguments = extra
    console = Console()
    try:
        return int(options.run(Project(layout or Layout.here(), console), options))
    except (BuildError, OSError) as error:
        console.error(error.detail if isinstance(error, BuildError) else _system_error(error))
        if options.verbose or os.environ.get(DEBUG_VARIABLE):
            traceback.print_exc()
        return 1
    except KeyboardInterrupt:
        console.say("Stopped.")
        return INTERRUPTED


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets ``run`` to what carries it out."""
    parser = argparse.ArgumentParser(
        prog="build.py",
        description="Set up, build, serve and test VirtualPersona. Every command first does what "
        "it needs of the others; what is already done is not done again.",
        epilog="build.py COMMAND --help tells more about a command.",
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (
        *(_add_setup, _add_build, _add_serve, _add_render),
        *(_add_test, _add_bench, _add_models, _add_clean),
    ):
        add(subparsers)
    for command in subparsers.choices.values():
        command.add_argument(
            "--verbose",
            action="store_true",
            help=f"show where an error comes from (also: {DEBUG_VARIABLE}=1)",
        )
    return parser


def _add_setup(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "setup",
        help="install the Python packages and fetch the web assets",
        description="Make .venv with the pinned Python packages and fetch the web assets (Pyodide, "
        "PyScript, MediaPipe and others) into vendor/, every file checked against the lock files. "
        "Where nothing has changed it does nothing and needs no network.",
    )
    command.add_argument(
        "--group",
        action="append",
        choices=[group.value for group in Dependencies],
        default=[],
        help="also install these packages (may be repeated); test fetches the tests' assets too, "
        "train is torch, node is npm",
    )
    command.add_argument(
        "--verify", action="store_true", help="hash every fetched file again, however old"
    )
    command.add_argument(
        "--relock",
        action="store_true",
        help="for maintainers: resolve the groups of pyproject.toml anew (needs uv) into "
        "requirements-*.lock, fetch every asset of assets.lock.json anew and write down its size "
        "and SHA-256; edit the versions there first",
    )
    command.set_defaults(run=commands.setup)


def _add_build(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "build",
        help="build the site into dist/",
        description="Set up, then build the complete static site into dist/ and print its sizes. "
        "dist/ can be copied to any web server, under any path.",
    )
    command.set_defaults(run=commands.build)


def _add_serve(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "serve",
        help="build, then run the site with its signaling server",
        description="Set up and build, then serve the site and the signaling endpoint until "
        "Ctrl-C. The address is printed once it answers.",
    )
    command.add_argument(
        "--host",
        default=DEFAULT_HOST,
        help="the address to listen on (default: %(default)s, this machine only; 0.0.0.0 is every "
        "network it is in, but browsers give the camera to https or 127.0.0.1 only)",
    )
    command.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="the port to listen on (default: %(default)s); 0 takes a free one and prints it",
    )
    command.add_argument("--open", action="store_true", help="open the site in your browser")
    command.set_defaults(run=commands.serve)


def _add_render(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "render",
        help="run a render server beside the site",
        description="Install what the render server needs and run it until Ctrl-C: it draws "
        "portraits for people whose device cannot, and takes pages that `build.py serve` serves at "
        "port 8000. docs/hosting.md tells how to run one for others.",
    )
    command.add_argument("--host", help="the address to listen on (default: this machine only)")
    command.add_argument("--port", type=_port, help="the port to listen on (default: 8010)")
    command.add_argument("--model", type=Path, metavar="DIR", help="a model's folder")
    command.add_argument("--engine", help="what draws (default: what belongs to the model)")
    command.add_argument("--device", help="auto, cpu, cuda or tensorrt, for LivePortrait")
    command.add_argument("--workers", type=_positive, help="pictures at the same time")
    command.set_defaults(run=commands.render)


def _add_test(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "test",
        help="run every check and test",
        description="Set up everything that testing needs (a browser too), build, and run every "
        "layer: style, types, import rules, then the tests from unit to browser. Later layers run "
        "even if an earlier one fails. The models layer needs torch and the cluster layer Ray: "
        "each runs where that is installed, or with VP_TRAIN=1 or VP_CLUSTER=1, which install it. "
        "At the end stands what was skipped, and why.",
        usage="build.py test [-h] [--only LAYER] [--verbose] [-- PYTEST_ARGUMENT ...]",
    )
    command.add_argument(
        "--only",
        action="append",
        choices=[layer.value for layer in Layer],
        help="run this layer only (may be repeated)",
    )
    command.set_defaults(run=commands.test)


def _add_bench(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "bench",
        help="measure start-up, frame rates, costs and latency in real browsers",
        description="Set up like test, then measure start-up, the camera at home and in a real "
        "call, drawing and Python on this machine, and print a table. Nothing is asserted; the "
        "exit status is 1 only where something could not be measured.",
    )
    command.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the figures to FILE (default: a file named by the time in bench-results/)",
    )
    command.add_argument(
        "--seconds",
        type=_positive,
        metavar="N",
        help="how long to measure the running call (default: 60)",
    )
    command.add_argument(
        "--runs", type=_positive, metavar="N", help="starts of each kind (default: 3)"
    )
    command.add_argument(
        "--clips",
        type=Path,
        metavar="FOLDER",
        help="for jitter: videos of one face each (default: the sample's recorded face)",
    )
    command.add_argument("--only", nargs="+", choices=BENCH_PARTS, help="measure these parts only")
    command.set_defaults(run=commands.bench)


def _add_models(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "models",
        help="make recordings and models, and score them",
        description="Set up, then run one of the tools that make what the app ships: "
        "`demo-motion` records the demo motion from the sample video, `landmark-basis` fits how "
        "blendshapes move landmarks, `evaluate` scores animated photos against real frames, "
        "`liveportrait` converts the official checkpoint. "
        "build.py models TOOL --help tells more about a tool.",
    )
    command.add_argument("tool", choices=MODEL_TOOLS, help="which tool")
    command.add_argument("arguments", nargs=argparse.REMAINDER, help="what the tool takes")
    command.set_defaults(run=commands.models)


def _add_clean(subparsers: Subparsers) -> None:
    command = subparsers.add_parser(
        "clean",
        help="remove what was built",
        description="Remove dist/ and the caches of building and testing.",
    )
    command.add_argument(
        "--all", action="store_true", help="also remove .venv and vendor/, to start afresh"
    )
    command.set_defaults(run=commands.clean)


def _system_error(error: OSError) -> str:
    return (
        f"The system refused: {error}.\n"
        "  remedy: check the disk's free space and whether the checkout may be written to"
    )


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words before and after ``--``."""
    words = list(arguments)
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _positive(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 1 << 16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to 65535)")
