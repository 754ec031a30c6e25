"""The table of web assets: ``assets.lock.json``, read and checked once.

Every entry says what a file is, where it goes, what its bytes must be and where it can be had,
in order. Nothing here touches the network.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from persona_build.errors import LockError

SCHEMA = 1


class Group(StrEnum):
    """What an asset is for."""

    SITE = "site"
    """Goes into ``dist/``; what a start waits for is said by its stage."""
    TEST = "test"
    """Needed to test only."""


class StartStage(StrEnum):
    """When a page needs an asset: its start waits for the stages in this order."""

    PYTHON = "python"
    NUMPY = "numpy"
    APP = "app"
    TRACKER = "tracker"
    """Fetched in the background; no start waits for it."""


class Kind(StrEnum):
    """How a source is fetched."""

    URL = "url"
    """An address of the project that makes the file."""
    NPM = "npm"
    """One member of an npm package."""
    WHEEL = "wheel"
    """One member of a Python wheel, read by range so that the rest is not downloaded."""
    PYPI = "pypi"
    """A whole Python wheel."""


_FIELDS: Mapping[Kind, frozenset[str]] = {
    Kind.URL: frozenset({"url"}),
    Kind.NPM: frozenset({"package", "version", "member"}),
    Kind.WHEEL: frozenset({"package", "version", "member"}),
    Kind.PYPI: frozenset({"package", "version"}),
}


@dataclass(frozen=True)
class AssetSource:
    """One place where an asset can be had. Fields that a kind does not use are empty."""

    kind: Kind
    url: str = ""
    package: str = ""
    version: str = ""
    member: str = ""

    @property
    def requirement(self) -> str:
        """The package with its version, in its registry's own notation."""
        return f"{self.package}{'@' if self.kind is Kind.NPM else '=='}{self.version}"

    def __str__(self) -> str:
        if self.kind is Kind.URL:
            return self.url
        place = f"{self.kind.value} {self.requirement}"
        return f"{place} ({self.member})" if self.member else place

    def to_json(self) -> dict[str, str]:
        """The source as it stands in the lock file."""
        values = {name: getattr(self, name) for name in ("url", "package", "version", "member")}
        return {"kind": self.kind.value, **{k: v for k, v in values.items() if v}}


@dataclass(frozen=True)
class Asset:
    """One file that the site or the tests need.

    Attributes:
        destination: where it goes below ``vendor/``, with forward slashes.
        sha256: of its content, 64 lower-case hexadecimal digits.
        bytes: its exact size.
        sources: where to get it, best first.
        stage: when a page needs it; None for what is loaded on occasion only.
        optional: whether the site does without it where it cannot be had.
    """

    name: str
    version: str
    group: Group
    destination: PurePosixPath
    sha256: str
    bytes: int
    sources: tuple[AssetSource, ...]
    stage: StartStage | None = None
    optional: bool = False

    def path(self, vendor: Path) -> Path:
        return vendor / self.destination

    def to_json(self) -> dict[str, Any]:
        """The asset as it stands in the lock file."""
        return {
            "name": self.name,
            "version": self.version,
            "group": self.group.value,
            **({"stage": self.stage.value} if self.stage else {}),
            **({"optional": True} if self.optional else {}),
            "destination": self.destination.as_posix(),
            "sha256": self.sha256,
            "bytes": self.bytes,
            "sources": [source.to_json() for source in self.sources],
        }


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_assets(lock: Path) -> tuple[Asset, ...]:
    """Read the table.

    Raises:
        LockError: the file is missing, is not JSON or breaks the table's rules.
    """
    try:
        document = json.loads(lock.read_text("utf-8"))
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']!r} is not {SCHEMA}")
        assets = tuple(_asset(entry) for entry in document["assets"])
        _check_unique(assets)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LockError(
            f"{lock.name} cannot be read: {type(error).__name__}: {error}.",
            remedy=f"restore it from version control: git checkout {lock.name}",
        ) from error
    return assets


def save_assets(lock: Path, assets: tuple[Asset, ...]) -> None:
    """Write the table, replacing the file at once."""
    document = {"schema": SCHEMA, "assets": [asset.to_json() for asset in assets]}
    beside = lock.with_name(lock.name + ".new")
    beside.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    beside.replace(lock)


def _asset(entry: Mapping[str, Any]) -> Asset:
    name, version = entry["name"], entry["version"]
    if not isinstance(name, str) or not isinstance(version, str):
        raise ValueError(f"{name!r}, version {version!r}: not texts")
    destination = PurePosixPath(entry["destination"])
    if destination.is_absolute() or ".." in destination.parts or not destination.name:
        raise ValueError(f"{name}: destination {destination} is not below vendor/")
    if not re.fullmatch(r"[0-9a-f]{64}", entry["sha256"]):
        raise ValueError(f"{name}: {entry['sha256']!r} is not a SHA-256")
    if not isinstance(entry["bytes"], int) or entry["bytes"] < 0:
        raise ValueError(f"{name}: {entry['bytes']!r} is not a size in bytes")
    if entry.get("optional", True) is not True:
        raise ValueError(f"{name}: optional is true or not there")
    sources = tuple(_source(name, source) for source in entry["sources"])
    if not sources:
        raise ValueError(f"{name}: no source")
    return Asset(
        name=name,
        version=version,
        group=Group(entry["group"]),
        destination=destination,
        sha256=entry["sha256"],
        bytes=entry["bytes"],
        sources=sources,
        stage=StartStage(entry["stage"]) if "stage" in entry else None,
        optional="optional" in entry,
    )


def _source(name: str, entry: Mapping[str, str]) -> AssetSource:
    kind = Kind(entry["kind"])
    fields = {key: value for key, value in entry.items() if key != "kind"}
    if fields.keys() != _FIELDS[kind] or not all(isinstance(v, str) for v in fields.values()):
        wanted = ", ".join(sorted(_FIELDS[kind]))
        raise ValueError(f"{name}: a source of kind {kind.value} has exactly the texts {wanted}")
    return AssetSource(kind, **fields)


def _check_unique(assets: tuple[Asset, ...]) -> None:
    for attribute in ("name", "destination"):
        seen: set[object] = set()
        for asset in assets:
            value = getattr(asset, attribute)
            if value in seen:
                raise ValueError(f"two assets with the {attribute} {value}")
            seen.add(value)
