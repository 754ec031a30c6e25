"""Which models a person may choose from, and what each would cost them, before any download.

``models/index.json`` names the models of a site: ``{"format": "virtualpersona-models",
"version": 1, "models": ["liveportrait"]}``. Each has its manifest in ``models/<name>/``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from persona_core.errors import ManifestError
from persona_core.neural.manifest.manifest import NAME_PATTERN, GraphStage, Manifest, Purpose
from persona_core.neural.plan import DownloadPlan, Precisions, plan

FORMAT: Final = "virtualpersona-models"
VERSION: Final = 1
FILE_NAME: Final = "index.json"
MAX_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that may be chosen.

    Attributes:
        plan: what would have to be fetched for it here and now.
        frame_gflop: cost of every frame, in 10^9 operations.
    """

    manifest: Manifest
    plan: DownloadPlan
    frame_gflop: float


def offers(
    manifests: Iterable[Manifest], cached: Collection[str], precisions: Precisions
) -> tuple[Offer, ...]:
    """The models that people may be offered, the cheapest first.

    Args:
        cached: SHA-256 of the files that are here.
        precisions: of the backend that would run them.
    """
    found = (
        Offer(
            manifest,
            plan(manifest, cached, precisions),
            manifest.gflop(GraphStage.FRAME),
        )
        for manifest in manifests
        if manifest.purpose is Purpose.PRODUCT
    )
    return tuple(sorted(found, key=lambda offer: offer.frame_gflop))


def read_index(data: bytes) -> tuple[str, ...]:
    """The names in an index.

    Raises:
        ManifestError: it is no index of this version.
    """
    try:
        document = json.loads(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"index: no JSON: {str(error)[:100]}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ManifestError(f"index: not a {FORMAT}")
    names = document.get("models")
    if document.get("version") != VERSION or not isinstance(names, list):
        raise ManifestError("index: another version, or no list of models")
    if not all(isinstance(name, str) and NAME_PATTERN.fullmatch(name) for name in names):
        raise ManifestError("index: a name that is none")
    return tuple(dict.fromkeys(names))


def write_index(names: Iterable[str]) -> bytes:
    """The index of models of these names, in alphabetical order."""
    document = {"format": FORMAT, "version": VERSION, "models": sorted(set(names))}
    return (json.dumps(document, indent=1) + "\n").encode()
