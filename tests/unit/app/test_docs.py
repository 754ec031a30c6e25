"""What README and docs name, there is: files behind links, modules, paths, commands.

A name that stands for any of its kind is written with angle brackets, ``app/<page>/main.py``, and
is looked for nowhere.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from persona_build.cli import BENCH_PARTS, MODEL_TOOLS, make_parser

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ROOT / "py"
TEXTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted(path for top in ("app", "docs", "static") for path in (ROOT / top).rglob("*.md")),
]

BASES = [ROOT, PACKAGES, *sorted(p for p in PACKAGES.glob("persona_*") if p.is_dir())]
"""Where a path in a text may begin."""
KINDS = (".py", ".js", ".md", ".toml", ".conf", ".lock", ".npz")
FOLDERS = ("app/", "deploy/", "docs/", "py/", "static/", "tests/", "tools/")
OURS = ("persona_", "tests.", "tools.")
"""How the names of our modules begin."""

LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"\bpersona_[a-z]+(?:\.\w+)+")
COMMAND = re.compile(r"\bbuild\.py +([a-z]+)(?: +([a-z-]+))?")
DOCUMENT = re.compile(r"\bdocs/[\w/-]+\.md")
PART = re.compile(r"\bbench --only ([a-z]+)")
MODULE = re.compile(r"\bpython -m ([\w.]+)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(text: str) -> set[str]:
    """Of the headings of a text, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def is_there(link: str, beside: Path) -> bool:
    name, _, anchor = link.partition("#")
    target = (beside.parent / name).resolve() if name else beside
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(target.read_text("utf-8"))


@functools.cache
def names_in(module: Path) -> frozenset[str]:
    """What a module defines or imports at its top."""
    found: set[str] = set()
    for node in ast.parse(module.read_text("utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {each.id for each in targets if isinstance(each, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {each.asname or each.name for each in names}
    return frozenset(found)


def exists(dotted: str) -> bool:
    """Whether a dotted name is a package, a module, or something in one."""
    folder = PACKAGES if dotted.startswith("persona_") else ROOT
    first, *rest = dotted.split(".")
    folder /= first
    for at, word in enumerate(rest):
        if (folder / word).is_dir():
            folder /= word
            continue
        module = folder / f"{word}.py"
        if module.is_file():
            return at + 1 == len(rest) or rest[at + 1] in names_in(module)
        package = folder / "__init__.py"
        return package.is_file() and word in names_in(package)
    return folder.is_dir()


def paths_in(text: str) -> Iterator[str]:
    """Paths between backticks, without those that are patterns, made by a build, or far away."""
    for span in SPAN.findall(FENCE.sub("", text)):
        for word in re.findall(r"[\w./<>*-]+", span):
            is_path = "/" in word and (word.endswith(KINDS) or word.startswith(FOLDERS))
            if is_path and not set(word) & set("<>*") and not word.startswith(("/", "..")):
                yield word


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_link_leads_to_a_file_and_heading_when_it_is_relative(path: Path) -> None:
    text = FENCE.sub("", path.read_text("utf-8"))
    links = [link for link in LINK.findall(text) if "://" not in link]
    assert [link for link in links if not is_there(link, path)] == []


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_module_exists_when_a_text_names_it(path: Path) -> None:
    text = path.read_text("utf-8")
    started = [name for name in MODULE.findall(text) if name.startswith(OURS)]
    assert [name for name in DOTTED.findall(text) + started if not exists(name)] == []


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_path_exists_when_a_text_names_it(path: Path) -> None:
    words = list(paths_in(path.read_text("utf-8")))
    assert [w for w in words if not any((base / w).exists() for base in BASES)] == []


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_command_is_understood_when_a_text_names_it(path: Path) -> None:
    text = path.read_text("utf-8")
    for command, tool in COMMAND.findall(text):
        words = [command, tool or MODEL_TOOLS[0]] if command == "models" else [command]
        make_parser().parse_args(words)  # ends the test where it does not know one
    assert set(PART.findall(text)) <= set(BENCH_PARTS)


def test_document_exists_when_code_names_it() -> None:
    named = {
        (name_of(path), name)
        for path in PACKAGES.rglob("*.py")
        for name in DOCUMENT.findall(path.read_text("utf-8"))
    }
    assert named
    assert [each for each in named if not (ROOT / each[1]).is_file()] == []


@pytest.mark.parametrize(
    ("dotted", "there"),
    [
        ("persona_core.face", True),
        ("persona_core.face.params", True),
        ("persona_core.face.params.FaceParams", True),
        ("persona_core.face.params.Nobody", False),
        ("persona_core.nowhere", False),
        ("persona_core.face.nowhere.FaceParams", False),
        ("tests.unit", True),
    ],
)
def test_name_counts_as_there_only_when_it_is(dotted: str, there: bool) -> None:
    assert exists(dotted) is there


def test_link_counts_as_broken_when_its_file_or_heading_is_missing() -> None:
    readme = ROOT / "README.md"
    assert is_there("docs/architecture.md#floors", readme)
    assert not is_there("docs/architecture.md#nowhere", readme)
    assert not is_there("docs/nowhere.md", readme)


def test_picture_is_shown_by_a_text_when_it_lies_among_the_docs() -> None:
    shown = {
        (path.parent / link).resolve()
        for path in TEXTS
        for link in LINK.findall(path.read_text("utf-8"))
        if "://" not in link
    }
    pictures = (ROOT / "docs" / "pictures").iterdir()
    assert [picture.name for picture in pictures if picture not in shown] == []
