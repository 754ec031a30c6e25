"""The table of the pages: what it says, and what a mistake in it is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona_build.errors import PageError
from persona_build.pages import SitePage, load_pages, page_texts

TABLE = """
[scripts]
face = ["a.js", "b.js"]
call = ["c.js"]
[[phases]]
home = []
[[phases]]
room-v2 = ["call", "face"]
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    for page in ("home", "room-v2"):
        (tmp_path / page).mkdir()
        (tmp_path / page / "index.html").touch()
    (tmp_path / "pages.toml").write_text(TABLE, "utf-8")
    return tmp_path


def test_table_gives_the_pages_with_their_phases_and_scripts_when_read(app: Path) -> None:
    home, room = load_pages(app)
    assert home == SitePage("home", 1, ())
    assert room == SitePage("room-v2", 2, ("c.js", "a.js", "b.js"))
    assert (room.module, room.kind) == ("room_v2", "room")


@pytest.mark.parametrize(
    "table",
    [
        "[",
        "",
        "[scripts]",
        "scripts = {}\nphases = 3",
        "scripts = {}\n[[phases]]\nhome = 3",
        'scripts = {}\n[[phases]]\nhome = ["face"]',
        "phases = [3]",
    ],
)
def test_build_names_the_table_when_it_is_damaged(app: Path, table: str) -> None:
    (app / "pages.toml").write_text(table, "utf-8")
    with pytest.raises(PageError, match=r"app/pages\.toml cannot be read") as raised:
        load_pages(app)
    assert raised.value.remedy


def test_build_names_the_page_when_only_the_table_or_only_a_folder_has_it(app: Path) -> None:
    (app / "home").rename(app / "house")
    with pytest.raises(PageError, match="differ in home, house"):
        load_pages(app)


def test_build_names_the_key_when_the_catalogue_has_no_words_for_a_page(app: Path) -> None:
    (app / "strings").mkdir()
    (app / "strings" / "en.json").write_text('{"landing.phase-1": "One"}', "utf-8")
    with pytest.raises(PageError, match=r"en\.json lacks landing\.home"):
        page_texts(app, load_pages(app))
