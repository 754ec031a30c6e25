"""The pages of the site, from one table: ``app/pages.toml``.

A page ``home-v2`` is the row of that name, ``app/home-v2/index.html`` and the module
``persona_web.pages.home_v2``. What is shipped of it is made here: its HTML, put together from
partials, and the script that opens the module. Here, too, are found the scripts of ours that
belong to its start; whatever else of ``persona_web`` there is, a page fetches when it first needs
it.
"""

from __future__ import annotations

import html
import json
import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from persona_build.errors import PageError
from persona_build.partials import Partials

TABLE = "pages.toml"
PARTIALS = "partials"
PARTS = "parts"
PAGE = "index.html"

_IMPORT = re.compile(
    r"""^(?:import\s*|(?:import|export)\b[^"';]*\bfrom\s*)["'](\.[^"']+)["']""", re.MULTILINE
)
_CATALOGUE = "strings/en.json"
_MAIN = '''"""Composition root of the page ``{page.name}``."""

from persona_web.bridge.log import log_to_console
from persona_web.bridge.site import Site
from persona_web.pages.{page.module} import open_page

log_to_console()
page = await open_page(Site())
'''


@dataclass(frozen=True)
class SitePage:
    """One row of the table.

    Attributes:
        phase: the number of the phase it belongs to, from 1.
        scripts: the scripts of ours that Python loads while the page starts, as paths in
            ``persona_web``.
    """

    name: str
    phase: int
    scripts: tuple[str, ...]

    @property
    def module(self) -> str:
        """The module of ``persona_web.pages`` that opens it."""
        return self.name.replace("-", "_")

    @property
    def kind(self) -> str:
        """What it is in every phase: ``home`` for ``home-v2``."""
        return re.sub(r"-v\d+$", "", self.name)


def load_pages(app: Path) -> tuple[SitePage, ...]:
    """The pages of a site in the order in which they are listed.

    Args:
        app: the folder of the pages.

    Raises:
        PageError: the table cannot be read, or its pages are not those that have a folder.
    """
    try:
        table = tomllib.loads((app / TABLE).read_text("utf-8"))
        pages = tuple(
            SitePage(
                name, number, tuple(path for group in groups for path in table["scripts"][group])
            )
            for number, phase in enumerate(table["phases"], 1)
            for name, groups in phase.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PageError(
            f"app/{TABLE} cannot be read: {type(error).__name__}: {error}.",
            remedy=f"mend app/{TABLE}: [scripts] names lists of scripts, [[phases]] pages by them",
        ) from error
    folders = {path.parent.name for path in app.glob(f"*/{PAGE}")}
    if wrong := sorted({page.name for page in pages} ^ folders):
        raise PageError(
            f"app/{TABLE} and the folders of app/ differ in {', '.join(wrong)}.",
            remedy=f"a page has a row in app/{TABLE} and an app/<page>/{PAGE}",
        )
    return pages


def page_texts(app: Path, pages: Sequence[SitePage]) -> dict[str, str]:
    """What is made for the front page, for every other, and for the parts that pages load later:
    each text by its address.

    Raises:
        PageError: a page or a part cannot be put together.
    """
    files = (app / PARTIALS).glob("*.html")
    texts = {path.stem: path.read_text("utf-8") for path in files}
    partials = Partials(texts | {"phases": _phases(app, pages)}, f"app/{PARTIALS}")
    made = {page.name + "/main.py": _MAIN.format(page=page) for page in pages}
    parts = sorted((app / PARTS).glob("*.html"))
    for path in (app / PAGE, *(app / page.name / PAGE for page in pages), *parts):
        address = path.relative_to(app).as_posix()
        made[address] = partials.put_together(path.read_text("utf-8"), f"app/{address}")
    return made


def _phases(app: Path, pages: Sequence[SitePage]) -> str:
    """The partial that lists all pages, with the English words of the catalogue. Rooms are only
    named: who follows a link to one needs the name of a room in it."""
    catalogue = json.loads((app / _CATALOGUE).read_text("utf-8"))

    def words(key: str) -> str:
        if key not in catalogue:
            raise PageError(f"app/{_CATALOGUE} lacks {key}.", remedy="add it, in every language")
        return html.escape(catalogue[key]).replace("$", "$$")

    lines = []
    for number in sorted({page.phase for page in pages}):
        heading = words(f"landing.phase-{number}")
        lines.append(f'<!-- begin: phase number="{number}" heading="{heading}" -->')
        for page in pages:
            if page.phase == number:
                key, detail = f"landing.{page.kind}", f"landing.{page.kind}-{number}"
                leads = page.kind != "room"
                partial = f'page-link page="{page.name}"' if leads else "page-name"
                lines.append(
                    f'<!-- partial: {partial} key="{key}" name="{words(key)}"'
                    f' detail="{detail}" words="{words(detail)}" -->'
                )
        lines.append("<!-- end: phase -->")
    return "\n".join(lines)


def start_modules(page: SitePage, package: Path) -> list[Path]:
    """The scripts of a page's start: each one that it names, followed by those that it imports.

    Args:
        package: the folder that these are relative to.

    Raises:
        PageError: a script is not there.
    """
    todo = [package / name for name in page.scripts]
    found: dict[Path, None] = {}
    while todo:
        path = todo.pop(0)
        if path in found:
            continue
        if not path.is_file():
            raise PageError(
                f"{page.name} leads to {path.relative_to(package)}, which does not exist.",
                remedy=f"mend app/{TABLE}, or what imports it",
            )
        found[path] = None
        imports = _IMPORT.findall(path.read_text("utf-8"))
        todo = [Path(os.path.normpath(path.parent / name)) for name in imports] + todo
    return list(found)
