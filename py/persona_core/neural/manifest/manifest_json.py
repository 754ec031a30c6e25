"""The JSON of a manifest, as it lies in ``models/<name>/manifest.json``.

    {"format": "virtualpersona-model", "version": 1, "name": "liveportrait", ...}

Keys are the attributes of :class:`~persona_core.neural.manifest.manifest.Manifest`, and are read by
their types; enums stand as their values, files by precision under ``fp16`` and ``fp32``. Keys that
this version does not know are passed over, so that later ones may be added.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import MappingProxyType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from persona_core.errors import ManifestError
from persona_core.neural.manifest.manifest import Manifest, ModelGraph, Weights

FORMAT: Final = "virtualpersona-model"
VERSION: Final = 1
FILE_NAME: Final = "manifest.json"
MAX_BYTES: Final = 1 << 20
MAX_TEXT: Final = 1000
MAX_INTEGER: Final = 1 << 40
LEAST: Final = {"version": 1, "bytes": 1, "shape": 1}
"""The least integer by key; of every other it is 0."""
NEWER: Final = "manifest-newer"


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
    members = _object(document, "manifest")
    if _read(str, members.get("format"), "manifest.format") != FORMAT:
        raise ManifestError(f"not a {FORMAT}")
    version = _read(int, members.get("version"), "manifest.version")
    if version > VERSION:
        raise ManifestError(f"version {version}, known up to {VERSION}", code=NEWER)
    manifest: Manifest = _read(Manifest, document, "manifest")
    return manifest


def write_manifest(manifest: Manifest) -> bytes:
    """The file that :func:`read_manifest` takes back."""
    document = {"format": FORMAT, "version": VERSION, **_plain_fields(manifest)}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def read_graph(value: object) -> ModelGraph:
    """A single graph, from what :func:`to_plain` made of it."""
    graph: ModelGraph = _read(ModelGraph, value, "graph")
    return graph


def read_weights(value: object) -> Weights:
    """A single weights file, from what :func:`to_plain` made of it."""
    weights: Weights = _read(Weights, value, "weights")
    return weights


def _read(kind: Any, value: object, place: str) -> Any:
    """A value of a type that the manifest's attributes have; dataclasses need all of theirs."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:  # of a type and None
        return None if value is None else _read(inner[0], value, place)
    if origin is tuple:
        return tuple(_items(inner[0], value, place))
    if origin is Mapping:
        return MappingProxyType(
            {
                _read(inner[0], name, f"{place}.{name[:80]}"): _read(
                    inner[1], each, f"{place}.{name[:80]}"
                )
                for name, each in _object(value, place).items()
            }
        )
    if is_dataclass(kind):
        members, types = _object(value, place), get_type_hints(kind)
        names = [field.name for field in fields(kind)]
        read = {name: _read(types[name], members.get(name), f"{place}.{name}") for name in names}
        part: Any = kind
        return part(**read)
    if issubclass(kind, Enum):
        return _member(kind, value, place)
    return _SCALARS[kind](value, place)


def _object(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ManifestError(f"{place} must be an object")
    return value


def _items(kind: Any, value: object, place: str) -> Iterator[Any]:
    if not isinstance(value, list):
        raise _bad(place, "a list")
    for number, each in enumerate(value):
        yield _read(kind, each, f"{place}[{number}]" if is_dataclass(kind) else place)


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _bad(place, f"a text of at most {MAX_TEXT} characters")
    return value


def _integer(value: object, place: str) -> int:
    low = LEAST.get(place.rpartition(".")[2], 0)
    if type(value) is not int or not low <= value <= MAX_INTEGER:
        raise _bad(place, f"an integer from {low} to {MAX_INTEGER}")
    return value


def _number(value: object, place: str) -> float:
    # A whole number beyond floats' reach is JSON too; its conversion would raise.
    if type(value) not in (int, float) or not -1e30 < value < 1e30:  # type: ignore[operator]
        raise _bad(place, "a number")
    return float(value)  # type: ignore[arg-type]


def _member(kind: type[Enum], value: object, place: str) -> Enum:
    for member in kind:
        if member.value == value and type(value) is str:
            return member
    raise _bad(place, f"one of {', '.join(str(member.value) for member in kind)}")


def _bad(place: str, wanted: str) -> ManifestError:
    return ManifestError(f"{place} must be {wanted}")


_SCALARS: Final[Mapping[type, Callable[[object, str], Any]]] = {
    str: _text,
    int: _integer,
    float: _number,
}


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
