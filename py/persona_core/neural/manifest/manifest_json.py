"""The JSON of a manifest, as it lies in ``models/<name>/manifest.json``.

    {"format": "virtualpersona-model", "version": 1, "name": "liveportrait", ...}

Keys are the attributes of :class:`~persona_core.neural.manifest.manifest.Manifest`; enums stand as
their values, files by precision under ``fp16`` and ``fp32``. Keys that this version does not know
are passed over, so that later ones may be added.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeVar

from persona_core.errors import ManifestError
from persona_core.neural.manifest.manifest import (
    Expected,
    Family,
    File,
    GraphStage,
    Interface,
    Licence,
    Manifest,
    ModelGraph,
    ModelRig,
    ModelSource,
    PhotoCrop,
    Precision,
    Priority,
    Purpose,
    SelfCheck,
    Tensor,
    Weights,
)

FORMAT: Final = "virtualpersona-model"
VERSION: Final = 1
FILE_NAME: Final = "manifest.json"
MAX_BYTES: Final = 1 << 20
MAX_TEXT: Final = 1000
NEWER: Final = "manifest-newer"

_Member = TypeVar("_Member", bound=Enum)
_Value = TypeVar("_Value")


def read_manifest(data: bytes) -> Manifest:
    """The manifest in a file.

    Raises:
        ManifestError: it cannot be used; ``manifest-newer`` where a later version made it, else
            ``bad-manifest``. The detail names the place.
    """
    if len(data) > MAX_BYTES:
        raise ManifestError(f"{len(data)} bytes, allowed are {MAX_BYTES}")
    try:
        document = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"no JSON: {str(error)[:100]}") from None
    node = _Node(document, "manifest")
    if node.text("format") != FORMAT:
        raise ManifestError(f"not a {FORMAT}")
    version = node.integer("version", 1, 1 << 31)
    if version > VERSION:
        raise ManifestError(f"version {version}, known up to {VERSION}", code=NEWER)
    return _manifest(node)


def write_manifest(manifest: Manifest) -> bytes:
    """The file that :func:`read_manifest` takes back."""
    document = {"format": FORMAT, "version": VERSION, **_plain_fields(manifest)}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def read_graph(value: object) -> ModelGraph:
    """A single graph, from what :func:`to_plain` made of it."""
    return _graph(_Node(value, "graph"))


def read_weights(value: object) -> Weights:
    """A single weights file, from what :func:`to_plain` made of it."""
    return _weights(_Node(value, "weights"))


class _Node:
    """A JSON object whose members are read with their kinds checked; knows where it stands."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise ManifestError(f"{place} must be an object")
        self._values = value
        self._place = place

    def node(self, key: str) -> _Node:
        return _Node(self._values.get(key), f"{self._place}.{key}")

    def nodes(self, key: str) -> list[_Node]:
        return [
            _Node(value, f"{self._place}.{key}[{place}]")
            for place, value in enumerate(self._list(key))
        ]

    def keys(self) -> list[str]:
        return list(self._values)

    def text(self, key: str) -> str:
        return self._text(self._values.get(key), key)

    def text_or_none(self, key: str) -> str | None:
        return None if self._values.get(key) is None else self.text(key)

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self._text(value, key) for value in self._list(key))

    def integer(self, key: str, low: int, high: int) -> int:
        return self._integer(self._values.get(key), key, low, high)

    def integers(self, key: str, low: int, high: int) -> tuple[int, ...]:
        return tuple(self._integer(value, key, low, high) for value in self._list(key))

    def number(self, key: str) -> float:
        return self._number(self._values.get(key), key)

    def numbers(self, key: str) -> tuple[float, ...]:
        return tuple(self._number(value, key) for value in self._list(key))

    def member(self, key: str, kind: type[_Member]) -> _Member:
        return self._member(self._values.get(key), key, kind)

    def by_member(
        self, key: str, kind: type[_Member], read: Callable[[_Node, str], _Value]
    ) -> Mapping[_Member, _Value]:
        """An object whose keys are members of an enum."""
        node = self.node(key)
        return MappingProxyType(
            {node._member(name, name, kind): read(node, name) for name in node._values}
        )

    def _list(self, key: str) -> list[Any]:
        value = self._values.get(key)
        if not isinstance(value, list):
            raise self._bad(key, "a list")
        return value

    def _text(self, value: object, key: str) -> str:
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise self._bad(key, f"a text of at most {MAX_TEXT} characters")
        return value

    def _integer(self, value: object, key: str, low: int, high: int) -> int:
        if type(value) is not int or not low <= value <= high:
            raise self._bad(key, f"an integer from {low} to {high}")
        return value

    def _number(self, value: object, key: str) -> float:
        # A whole number beyond floats' reach is JSON too; its conversion would raise.
        if type(value) not in (int, float) or not -1e30 < value < 1e30:  # type: ignore[operator]
            raise self._bad(key, "a number")
        return float(value)  # type: ignore[arg-type]

    def _member(self, value: object, key: str, kind: type[_Member]) -> _Member:
        for member in kind:
            if member.value == value and type(value) is str:
                return member
        raise self._bad(key, f"one of {', '.join(str(member.value) for member in kind)}")

    def _bad(self, key: str, wanted: str) -> ManifestError:
        return ManifestError(f"{self._place}.{key[:80]} must be {wanted}")


def _manifest(node: _Node) -> Manifest:
    return Manifest(
        name=node.text("name"),
        title=node.text("title"),
        family=node.member("family", Family),
        purpose=node.member("purpose", Purpose),
        licence=_licence(node.node("licence")),
        source=_source(node.node("source")),
        interface=_interface(node.node("interface")),
        rig=_rig(node.node("rig")),
        graphs=tuple(_graph(each) for each in node.nodes("graphs")),
        weights=tuple(_weights(each) for each in node.nodes("weights")),
        check=_check(node.node("check")),
    )


def _licence(node: _Node) -> Licence:
    return Licence(node.text("id"), node.text("holder"), node.text("file"), node.text("note"))


def _source(node: _Node) -> ModelSource:
    files = node.node("files")
    return ModelSource(
        node.text("title"),
        node.text("url"),
        MappingProxyType({name: files.text(name) for name in files.keys()}),
    )


def _interface(node: _Node) -> Interface:
    return Interface(
        node.text_or_none("portrait"),
        node.texts("once"),
        node.texts("parameters"),
        node.texts("images"),
    )


def _rig(node: _Node) -> ModelRig:
    crop = node.node("crop")
    groups = node.node("groups")
    return ModelRig(
        kind=node.text("kind"),
        points=node.integer("points", 0, 4096),
        crop=PhotoCrop(crop.number("scale"), crop.number("shift_y"), crop.number("min_face")),
        parameters=node.texts("parameters"),
        groups=MappingProxyType({part: groups.integers(part, 0, 4095) for part in groups.keys()}),
    )


def _graph(node: _Node) -> ModelGraph:
    return ModelGraph(
        name=node.text("name"),
        stage=node.member("stage", GraphStage),
        priority=node.member("priority", Priority),
        gflop=node.number("gflop"),
        files=node.by_member("files", Precision, lambda files, name: _file(files.node(name))),
        weights=node.text_or_none("weights"),
        inputs=tuple(_tensor(each) for each in node.nodes("inputs")),
        outputs=tuple(_tensor(each) for each in node.nodes("outputs")),
    )


def _weights(node: _Node) -> Weights:
    return Weights(
        name=node.text("name"),
        bytes=node.integer("bytes", 1, 1 << 40),
        priority=node.member("priority", Priority),
        shards=tuple(_file(each) for each in node.nodes("shards")),
    )


def _file(node: _Node) -> File:
    return File(node.text("path"), node.text("sha256"), node.integer("bytes", 1, 1 << 40))


def _tensor(node: _Node) -> Tensor:
    return Tensor(node.text("name"), node.integers("shape", 1, 1 << 28))


def _check(node: _Node) -> SelfCheck:
    inputs = node.node("inputs")
    return SelfCheck(
        inputs=MappingProxyType({name: inputs.numbers(name) for name in inputs.keys()}),
        expected=tuple(_expected(each) for each in node.nodes("expected")),
        tolerance=node.by_member("tolerance", Precision, lambda values, name: values.number(name)),
    )


def _expected(node: _Node) -> Expected:
    return Expected(
        tensor=node.text("tensor"),
        scale=node.number("scale"),
        mean=node.number("mean"),
        at=node.integers("at", 0, 1 << 28),
        values=node.numbers("values"),
    )


def to_plain(value: object) -> Any:
    """A manifest, or a part of one, as JSON has it.

    Raises:
        ManifestError: a number is not finite.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [to_plain(inner) for inner in value]
    if hasattr(value, "__dataclass_fields__"):
        return _plain_fields(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ManifestError("a number of the manifest is not finite")
    return value


def _plain_fields(value: Any) -> dict[str, Any]:
    return {name: to_plain(getattr(value, name)) for name in value.__dataclass_fields__}


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
