"""The listing of a site's files by their content, ``offline.json``, for its service worker.

The worker keeps files for visits without network and asks for this listing at every page that is
opened: what has the same hash still is what it keeps.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import PurePosixPath

from persona_build.assets import sha256_of
from persona_build.compression import EDITED
from persona_build.dist import SitePlan

LISTING = "offline.json"
DIGITS = 16
"""Of a SHA-256, in hexadecimal: told apart are builds, nobody is kept from forging one."""

_WORKER = ("sw.js", "sw/")
"""Browsers keep a service worker's own scripts themselves."""
_LARGE_FOLDERS = ("vendor/", "models/")
_LARGE_SUFFIXES = frozenset({".avif", ".gz", ".memory", ".png", ".whl"})
_UNUSED_SUFFIXES = frozenset({".md", ".txt"})


def with_listing(plan: SitePlan) -> SitePlan:
    """The plan with its listing: ``version``, a hash of all the rest, and the hash of each file by
    its address. ``small`` are those that any page may come to need, ``large`` those that are kept
    once a page has used them.
    """
    hashes = {address: sha256_of(path)[:DIGITS] for address, path in plan.copies.items()}
    for address, text in plan.texts.items():
        hashes[address] = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    small: dict[str, str] = {}
    large: dict[str, str] = {}
    for address in sorted(hashes):
        suffix = PurePosixPath(address).suffix
        if address in EDITED or address.startswith(_WORKER) or suffix in _UNUSED_SUFFIXES:
            continue
        is_model_text = address.startswith("models/") and suffix == ".json"
        in_large = address.startswith(_LARGE_FOLDERS) and not is_model_text
        is_large = in_large or suffix in _LARGE_SUFFIXES
        (large if is_large else small)[address] = hashes[address]
    listed = {"small": small, "large": large}
    version = hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:DIGITS]
    text = json.dumps({"version": version, **listed}, separators=(",", ":")) + "\n"
    return dataclasses.replace(plan, texts={**plan.texts, LISTING: text})
