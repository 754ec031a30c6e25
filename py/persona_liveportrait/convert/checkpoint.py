"""Reads a LivePortrait checkpoint and makes sure that it is one.

Two formats: the official ``.pth`` files, which need torch and are read with ``weights_only``, and
``.safetensors`` files with the same keys, which need nothing but numpy.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from persona_liveportrait.errors import ResourceError
from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.layout import UNUSED_SUFFIX, Layout, expected_layout
from persona_liveportrait.network.parts import (
    OFFICIAL_FILES,
    OPTIONAL_PARTS,
    NetworkPart,
    OfficialFile,
)
from persona_liveportrait.network.widths import OFFICIAL, Widths, read_widths
from persona_models.errors import CheckpointError

WRAPPER = "module."
"""Before every key of a network that was trained on several GPUs."""
SAFETENSORS_SECTIONS = {
    NetworkPart.STITCHING: "stitching",
    NetworkPart.EYE: "eye",
    NetworkPart.LIP: "lip",
}
"""Names of single ``.safetensors`` files that some repackagings split the last file into."""
REMEDY = "fetch the official files again (--download), or see docs/neural.md for their layout"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the checkpoint, with the parts it holds and the key of each in it."""

    path: Path
    sections: Mapping[NetworkPart, str]
    official: OfficialFile | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint, checked.

    Attributes:
        tensors: float arrays by part and key.
        hashes: SHA-256 by name of the files that were read.
        official: whether every file is the official one to the last bit.
    """

    tensors: Mapping[NetworkPart, Mapping[str, Array]]
    widths: Widths
    hashes: Mapping[str, str]
    official: bool


def find_files(folder: Path) -> list[SourceFile]:
    """The files of a checkpoint, in the official tree or all in one folder.

    Raises:
        CheckpointError: one is missing; the message lists all that are.
    """
    found: list[SourceFile] = []
    missing: list[str] = []
    for official in OFFICIAL_FILES:
        files = list(_of_official(folder, official))
        have = {part for file in files for part in file.sections}
        if set(official.sections) - OPTIONAL_PARTS - have:
            missing.append(f"{official.path}.safetensors or .pth")
        found += files
    if missing:
        raise CheckpointError(
            f"{folder} lacks {', '.join(missing)}.",
            remedy="name the folder that holds base_models/ and retargeting_models/ "
            "(--weights), or let the files be fetched (--download)",
            code="checkpoint-missing",
        )
    return found


def read_checkpoint(
    folder: Path, progress: Callable[[str], None], *, allow_unofficial: bool = False
) -> Checkpoint:
    """Reads and checks everything.

    Args:
        allow_unofficial: take ``.pth`` files of another size or hash, such as fine-tuned ones.

    Raises:
        CheckpointError: something is missing, wrong or damaged; the code says what.
        ResourceError: there are ``.pth`` files and torch is not installed.
    """
    tensors: dict[NetworkPart, Mapping[str, Array]] = {}
    hashes: dict[str, str] = {}
    all_official = True
    for file in find_files(folder):
        progress(f"reading {file.path.name}")
        digest = sha256_of(file.path)
        hashes[file.path.name] = digest
        official = file.official is not None and digest == file.official.sha256
        all_official = all_official and official
        if file.path.suffix == ".pth" and not official and not allow_unofficial:
            raise _unofficial(file, digest)
        tensors.update(_sections(file, _read_tensors(file.path)))
    widths = check_tensors(tensors)
    return Checkpoint(tensors, widths, hashes, all_official)


def check_tensors(tensors: Mapping[NetworkPart, Mapping[str, Array]]) -> Widths:
    """The widths of a network whose every tensor is there, of the right shape and finite.

    Raises:
        CheckpointError: it is not so.
    """
    try:
        widths = read_widths(tensors)
    except (KeyError, IndexError):
        # Too far off to tell its size; against the official layout it can be said what is missing.
        widths = OFFICIAL
    layouts = expected_layout(widths)
    for part, found in tensors.items():
        _compare(part, found, layouts[part])
    return widths


def require_torch() -> None:
    """Raises ResourceError where the official ``.pth`` files cannot be read."""
    if importlib.util.find_spec("torch") is None:
        raise ResourceError(
            "The official .pth files are read with torch, which is not installed.",
            remedy="python build.py setup --group train, or give the same tensors as .safetensors",
            code="torch-missing",
        )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_official(folder: Path, official: OfficialFile) -> Iterator[SourceFile]:
    """The file itself as safetensors or .pth, or its parts as single safetensors."""
    for suffix in (".safetensors", ".pth"):
        for path in (folder / f"{official.path}{suffix}", folder / f"{official.stem}{suffix}"):
            if path.is_file():
                yield SourceFile(path, official.sections, official)
                return
    if len(official.sections) == 1:
        return
    for part in official.sections:
        path = folder / f"{SAFETENSORS_SECTIONS[part]}.safetensors"
        if path.is_file():
            yield SourceFile(path, {part: ""}, None)


def _unofficial(file: SourceFile, digest: str) -> CheckpointError:
    assert file.official is not None
    size = file.path.stat().st_size
    if size != file.official.bytes:
        what = f"it has {size} bytes, the official file has {file.official.bytes}"
    else:
        what = f"its SHA-256 is {digest}, the official file's is {file.official.sha256}"
    return CheckpointError(
        f"{file.path} is not the official file: {what}.",
        remedy=f"{REMEDY}; weights of your own training are taken with --any-weights",
        code="checkpoint-unofficial",
    )


def _read_tensors(path: Path) -> dict[str, object]:
    """What a file holds: arrays by key, or in a .pth also dictionaries of them."""
    try:
        if path.suffix == ".safetensors":
            return dict(safetensors.numpy.load_file(path))
        require_torch()
        from persona_models.train.torch_files import read_torch_file

        return read_torch_file(path, REMEDY)
    except (safetensors.SafetensorError, TypeError, KeyError) as error:
        raise CheckpointError(
            f"{path} is no safetensors file of float16 or float32 tensors: {error}.", remedy=REMEDY
        ) from error


def _sections(
    file: SourceFile, content: dict[str, object]
) -> dict[NetworkPart, Mapping[str, Array]]:
    """The file's parts: nested under their keys, or with them before every key."""
    parts: dict[NetworkPart, Mapping[str, Array]] = {}
    for part, section in file.sections.items():
        nested = content.get(section)
        if isinstance(nested, dict):
            found = nested
        else:
            start = f"{section}." if section else ""
            found = {
                key.removeprefix(start): value
                for key, value in content.items()
                if key.startswith(start)
            }
        if found or part not in OPTIONAL_PARTS:
            parts[part] = {
                key.removeprefix(WRAPPER): value
                for key, value in found.items()
                if isinstance(value, np.ndarray)
            }
    return parts


def _compare(part: NetworkPart, found: Mapping[str, Array], layout: Layout) -> None:
    # The unused counters are of no account: repackaged files have other shapes, or lack them.
    found = {key: values for key, values in found.items() if not key.endswith(UNUSED_SUFFIX)}
    layout = {key: shape for key, shape in layout.items() if not key.endswith(UNUSED_SUFFIX)}
    missing = [key for key in layout if key not in found]
    extra = sorted(found.keys() - layout.keys())
    wrong = [
        f"{key} is {found[key].shape}, not {shape}"
        for key, shape in layout.items()
        if key in found and found[key].shape != shape
    ]
    problems = [
        f"{title}: {_some(names)}"
        for title, names in (("missing", missing), ("unknown", extra), ("wrong shape", wrong))
        if names
    ]
    if problems:
        raise CheckpointError(
            f"The weights of the {part.value} network are those of another model.\n  "
            + "\n  ".join(problems),
            remedy=REMEDY,
            code="checkpoint-foreign",
        )
    for key, values in found.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise CheckpointError(
                f"The weights of the {part.value} network are damaged: {key} is not finite.",
                remedy=REMEDY,
                code="checkpoint-damaged",
            )


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
