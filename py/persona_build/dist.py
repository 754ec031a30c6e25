"""The site, ``dist/``: planned from its inputs, assembled beside, put in place by a rename."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from persona_build.assets import Asset, Group, StartStage
from persona_build.bytecode import STDLIB
from persona_build.console import Console, format_bytes
from persona_build.layout import Layout
from persona_build.pages import PARTIALS, TABLE, load_pages, page_texts, start_modules
from persona_build.snapshot import Snapshot
from persona_build.stamps import fingerprint
from persona_build.wheel import WEB_PACKAGE, web_files
from persona_core.neural.catalogue import FILE_NAME as INDEX_NAME
from persona_core.neural.catalogue import write_index
from persona_core.neural.manifest.manifest_json import FILE_NAME as MANIFEST_NAME

DEFAULT_CONFIG: dict[str, Any] = {"signaling": None, "iceServers": [], "render": None}


def _models(layout: Layout) -> str:
    """The index of the models that the site has."""
    manifests = layout.models.glob(f"*/{MANIFEST_NAME}")
    return write_index(path.parent.name for path in manifests).decode()


@dataclass(frozen=True)
class SitePlan:
    """What ``dist/`` is to hold.

    Attributes:
        copies: the source of each file by its address relative to the site's root.
        texts: the content of each file that is made here, by its address.
    """

    copies: dict[str, Path]
    texts: dict[str, str] = field(default_factory=dict)

    def sizes(self) -> dict[str, int]:
        """Bytes of every file by its address."""
        sizes = {address: path.stat().st_size for address, path in self.copies.items()}
        return sizes | {address: len(text.encode()) for address, text in self.texts.items()}


def plan_site(
    layout: Layout,
    assets: Sequence[Asset],
    wheel: Path,
    compiled: Mapping[Path, Path] = MappingProxyType({}),
    snapshot: Snapshot | None = None,
) -> SitePlan:
    """Decide every file of the site from the checkout, the vendored assets and the wheel.

    Args:
        compiled: what is shipped in the place of a vendored file or of the wheel.
        snapshot: what a start restores where it can.

    Raises:
        PageError: a page cannot be put together, or names a script that is not there.
    """
    pages = load_pages(layout.app)
    texts = page_texts(layout.app, pages)
    copies = {
        address: path
        for address, path in _tree(layout.app, "")
        if address not in {TABLE, *texts} and not address.startswith(f"{PARTIALS}/")
    }
    copies |= _tree(layout.models, "models/")
    site = [asset for asset in assets if asset.group is Group.SITE]
    vendored = {f"vendor/{asset.destination}": asset for asset in site}
    paths = {address: asset.path(layout.vendor) for address, asset in vendored.items()}
    copies |= {address: compiled.get(path, path) for address, path in paths.items()}

    web = web_files(layout)
    shipped = compiled.get(wheel, wheel)
    memory = [snapshot.plain, snapshot.library] if snapshot else []
    code = f"code/{fingerprint(layout.root, [shipped, *memory, *web])[:8]}/"
    own = {code + wheel.name: shipped} | {code + _web_address(layout, path): path for path in web}
    copies |= own

    optional = [address for address, asset in vendored.items() if asset.optional]
    stages: dict[StartStage, list[str]] = {stage: [] for stage in StartStage}
    stages[StartStage.APP].append(code + wheel.name)
    for address, asset in vendored.items():
        if asset.stage:
            stages[asset.stage].append(address)
    manifest = {
        "version": wheel.name.split("-")[1],
        "code": code,
        "wheel": code + wheel.name,
        "pyodide": "vendor/pyodide/pyodide.mjs",
        "pyscript": "vendor/pyscript/core.js",
        "optional": optional,
        "stages": [
            {"name": stage.value, "files": [_entry(address, copies) for address in addresses]}
            for stage, addresses in stages.items()
        ],
        "pages": {
            page.name: [
                _entry(code + _web_address(layout, path), copies)
                for path in start_modules(page, layout.packages / WEB_PACKAGE)
            ]
            for page in pages
        },
    }
    texts |= {"assets.json": _json(manifest), f"models/{INDEX_NAME}": _models(layout)}
    if snapshot:
        texts["assets.json"] = _json(manifest | {"memory": _memory(snapshot, code, stages, copies)})
    if "config.json" not in copies:
        texts["config.json"] = _json(DEFAULT_CONFIG)
    return SitePlan(copies, texts)


def _memory(
    snapshot: Snapshot,
    code: str,
    stages: Mapping[StartStage, Sequence[str]],
    copies: dict[str, Path],
) -> dict[str, Any]:
    """What a start from the snapshot loads; its files are added to ``copies``."""
    folder = "vendor/numpy/"
    libraries = {folder + library.file.name: library for library in snapshot.libraries}
    copies |= {address: library.file for address, library in libraries.items()}
    own = (snapshot.plain, snapshot.packed, snapshot.library)
    plain, packed, library = (code + path.name for path in own)
    copies |= dict(zip((plain, packed, library), own, strict=True))
    whole = f"vendor/pyodide/{STDLIB}"
    python = [library if address == whole else address for address in stages[StartStage.PYTHON]]
    app = [address for address in stages[StartStage.APP] if not address.endswith(".whl")]
    # What takes longest to be made use of comes first.
    python.sort(key=lambda address: not address.endswith((".wasm", ".mjs")))
    listed = {"app": app, "python": python, "numpy": list(libraries)}
    return {
        "plain": _entry(plain, copies),
        "packed": _entry(packed, copies) | {"unpacked": copies[plain].stat().st_size},
        "binary": "vendor/pyodide/pyodide.asm.wasm",
        "script": "vendor/pyodide/pyodide.asm.js",
        "library": library,
        "libraries": [{"name": lib.name, "path": path} for path, lib in libraries.items()],
        "stages": [
            {"name": name, "files": [_entry(address, copies) for address in addresses]}
            for name, addresses in listed.items()
        ],
    }


def build_dist(plan: SitePlan, dist: Path, scratch: Path) -> bool:
    """Make ``dist`` hold exactly the planned files. A reader sees the old site or the new one.

    Args:
        scratch: a folder on the same file system.

    Returns:
        Whether anything had to be done.
    """
    if is_current(plan, dist):
        return False
    beside, old = scratch / "dist.new", scratch / "dist.old"
    for folder in (beside, old):
        shutil.rmtree(folder, ignore_errors=True)
    for address, source in plan.copies.items():
        target = beside / address
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    for address, text in plan.texts.items():
        target = beside / address
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    if dist.exists():
        dist.rename(old)
    beside.rename(dist)
    shutil.rmtree(old, ignore_errors=True)
    return True


def is_current(plan: SitePlan, dist: Path) -> bool:
    """Whether ``dist`` holds the planned files and no other, each as old as its source."""
    present = {path.relative_to(dist).as_posix() for path in dist.rglob("*") if path.is_file()}
    if present != plan.copies.keys() | plan.texts.keys():
        return False
    return all(
        _age(dist / address) == _age(source) for address, source in plan.copies.items()
    ) and all((dist / address).read_text("utf-8") == text for address, text in plan.texts.items())


def print_sizes(plan: SitePlan, console: Console) -> None:
    """Print how many files and bytes each part of the site has."""
    parts: dict[str, list[int]] = {}
    for address, size in plan.sizes().items():
        parts.setdefault(_part(address), []).append(size)
    rows = [(part, str(len(sizes)), format_bytes(sum(sizes))) for part, sizes in parts.items()]
    every = [size for sizes in parts.values() for size in sizes]
    rows = [*sorted(rows), ("all", str(len(every)), format_bytes(sum(every)))]
    console.table(("part of dist/", "files", "size"), rows)


def _part(address: str) -> str:
    folders = address.split("/")[:-1]
    if not folders or folders[0] not in {"vendor", "code", "models"}:
        return "pages"
    return "/".join(folders[:2]) if folders[0] == "vendor" else folders[0]


def _tree(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith((".", "__pycache__")) for part in relative.parts)
        if path.is_file() and not hidden:
            yield prefix + relative.as_posix(), path


def _web_address(layout: Layout, path: Path) -> str:
    """``py/persona_web/bridge/network/rtc.js`` is at ``web/bridge/network/rtc.js``."""
    return f"web/{path.relative_to(layout.packages / WEB_PACKAGE).as_posix()}"


def _entry(address: str, copies: dict[str, Path]) -> dict[str, Any]:
    return {"path": address, "bytes": copies[address].stat().st_size}


def _age(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"
