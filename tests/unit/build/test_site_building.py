from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from persona_build.assets import Asset, Group
from persona_build.console import Console
from persona_build.dist import SitePlan, build_dist, plan_site, print_sizes
from persona_build.errors import PageError
from persona_build.layout import Layout
from persona_build.wheel import build_wheel

HERE = Layout.here()
Make = Callable[[], tuple[SitePlan, bool]]
FRONT_PAGE = "<h3>1: Plain</h3>\n<b id='landing.room'>Room</b> Calls &amp; $2 (landing.room-1)\n"
"""Of the checkout below."""


@pytest.fixture
def site(checkout: Layout) -> Layout:
    """A checkout with a page, both packages, scripts and a model."""
    files = {
        "app/index.html": "<!-- partial: phases -->\n",
        "app/pages.toml": "scripts = {}\n[[phases]]\nroom = []\n",
        "app/partials/phase.html": "<h3>$number: $heading</h3>\n<!-- content -->\n",
        "app/partials/page-name.html": "<b id='$key'>$name</b> $words ($detail)\n",
        "app/room/index.html": "<!-- partial: silence -->\n",
        "app/partials/silence.html": "<p>Nobody is here.</p>\n",
        "app/strings/en.json": json.dumps(
            {
                "landing.phase-1": "Plain",
                "landing.room": "Room",
                "landing.room-1": "Calls & $2",
            }
        ),
        "app/.hidden": "no",
        "py/persona_core/__init__.py": '__version__ = "1.2.3"\n',
        "py/persona_core/data.bin": "weights",
        "py/persona_core/__pycache__/x.pyc": "no",
        "py/persona_web/__init__.py": "",
        "py/persona_web/bridge/network/rtc.js": "export {}",
        "py/persona_web/view/js/warp.wgsl": "fn main() {}",
        "static/models/sample/manifest.json": "{}",
        "vendor/pyodide/pyodide.mjs": "export {}",
        "vendor/ort/ort.mjs": "export {}",
        "LICENSE": "MIT",
        "pyproject.toml": HERE.pyproject.read_text("utf-8"),
    }
    for name, text in files.items():
        path = checkout.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return checkout


@pytest.fixture
def assets(asset: Callable[..., Asset]) -> list[Asset]:
    source = "https://example.org/"
    return [
        asset(b"export {}", source, destination="pyodide/pyodide.mjs"),
        asset(b"export {}", source, destination="test/sample.mp4", group=Group.TEST),
    ]


@pytest.fixture
def fancy(asset: Callable[..., Asset]) -> Asset:
    return asset(b"fancy", "https://example.org/", destination="models/fancy", optional=True)


@pytest.fixture
def make(
    site: Layout, assets: list[Asset], console: Console
) -> Callable[[], tuple[SitePlan, bool]]:
    def build() -> tuple[SitePlan, bool]:
        plan = plan_site(site, assets, build_wheel(site, console))
        return plan, build_dist(plan, site.dist, site.scratch)

    return build


def manifest_of(site: Layout) -> dict[str, str]:
    manifest: dict[str, str] = json.loads((site.dist / "assets.json").read_text("utf-8"))
    return manifest


def files_of(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_site_holds_exactly_its_parts_when_built(site: Layout, make: Make) -> None:
    make()
    code = manifest_of(site)["code"]
    assert re.fullmatch(r"code/[0-9a-f]{8}/", code)
    assert files_of(site.dist) == {
        "index.html",
        "room/index.html",
        "room/main.py",
        "strings/en.json",
        "assets.json",
        "config.json",
        f"{code}virtualpersona-1.2.3-py3-none-any.whl",
        f"{code}web/bridge/network/rtc.js",
        f"{code}web/view/js/warp.wgsl",
        "models/index.json",
        "models/sample/manifest.json",
        "vendor/pyodide/pyodide.mjs",
    }
    assert json.loads((site.dist / "config.json").read_text()) == {
        "signaling": None,
        "iceServers": [],
        "render": None,
    }


def test_manifest_tells_the_true_sizes_when_built(site: Layout, make: Make) -> None:
    make()
    manifest = json.loads((site.dist / "assets.json").read_text("utf-8"))
    assert manifest["version"] == "1.2.3"
    assert (site.dist / manifest["wheel"]).is_file()
    assert [stage["name"] for stage in manifest["stages"]] == ["python", "numpy", "app", "tracker"]
    listed = [file for stage in manifest["stages"] for file in stage["files"]]
    assert {file["path"] for file in listed} >= {manifest["wheel"]}
    for file in listed:
        assert (site.dist / file["path"]).stat().st_size == file["bytes"]


def test_page_starts_with_the_scripts_it_names_and_theirs_when_built(
    site: Layout, make: Make
) -> None:
    web = site.packages / "persona_web"
    (site.app / "pages.toml").write_text(
        '[scripts]\ncall = ["bridge/network/rtc.js"]\n[[phases]]\nroom = ["call"]\n'
    )
    (web / "bridge" / "network" / "rtc.js").write_text(
        '// x\nimport {\n  a,\n} from "../../view/js/a.js";\n'
    )
    scripts = web / "view" / "js"
    (scripts / "a.js").write_text('import "./b.js";\nexport { c } from "./b.js";\n')
    (scripts / "b.js").write_text('import("./unused.js");\nexport const c = "./d.js";\n')
    (scripts / "unused.js").write_text("export {}")
    make()
    manifest = json.loads((site.dist / "assets.json").read_text("utf-8"))

    started = manifest["pages"]["room"]
    assert [file["path"].partition("web/")[2] for file in started] == [
        "bridge/network/rtc.js",
        "view/js/a.js",
        "view/js/b.js",
    ]
    for file in started:
        assert (site.dist / file["path"]).stat().st_size == file["bytes"]
    assert not any("web/" in f["path"] for s in manifest["stages"] for f in s["files"])
    assert (site.dist / manifest["code"] / "web/view/js/unused.js").is_file()


def test_build_names_the_page_when_a_script_that_it_names_is_missing(
    site: Layout, make: Make
) -> None:
    (site.app / "pages.toml").write_text(
        '[scripts]\ncall = ["bridge/gone.js"]\n[[phases]]\nroom = ["call"]\n'
    )
    with pytest.raises(PageError, match=r"room leads to bridge/gone\.js"):
        make()


def test_pages_are_put_together_when_built(site: Layout, make: Make) -> None:
    make()
    assert (site.dist / "index.html").read_text("utf-8") == FRONT_PAGE
    assert (site.dist / "room" / "index.html").read_text("utf-8") == "<p>Nobody is here.</p>\n"
    script = (site.dist / "room" / "main.py").read_text("utf-8")
    assert "from persona_web.pages.room import open_page\n" in script


def test_site_ships_what_was_compiled_when_there_is_something(
    site: Layout, assets: list[Asset], console: Console
) -> None:
    wheel = build_wheel(site, console)
    module, small = site.vendor / "pyodide" / "pyodide.mjs", site.scratch / "small"
    small.write_bytes(b"small")
    plan = plan_site(site, assets, wheel, {wheel: small, module: small})
    assert plan.copies["vendor/pyodide/pyodide.mjs"] == small
    assert plan.sizes()[json.loads(plan.texts["assets.json"])["wheel"]] == len(b"small")


def test_manifest_names_an_optional_asset_when_it_was_fetched(
    site: Layout, make: Make, assets: list[Asset], fancy: Asset
) -> None:
    make()
    assert json.loads((site.dist / "assets.json").read_text("utf-8"))["optional"] == []
    fancy.path(site.vendor).parent.mkdir()
    fancy.path(site.vendor).write_bytes(b"fancy")
    assets.append(fancy)
    make()
    manifest = json.loads((site.dist / "assets.json").read_text("utf-8"))
    assert manifest["optional"] == ["vendor/models/fancy"]
    assert (site.dist / "vendor/models/fancy").read_bytes() == b"fancy"


def test_wheel_holds_data_but_no_scripts_when_built(site: Layout, make: Make) -> None:
    make()
    with zipfile.ZipFile(site.dist / manifest_of(site)["wheel"]) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    assert sorted(names) == [
        "persona_core/__init__.py",
        "persona_core/data.bin",
        "persona_web/__init__.py",
    ]


def test_operators_config_is_kept_when_the_pages_have_one(site: Layout, make: Make) -> None:
    (site.app / "config.json").write_text('{"signaling": "wss://example.org/signal"}')
    make()
    assert "wss://example.org/signal" in (site.dist / "config.json").read_text()


def test_second_build_does_nothing_when_nothing_changed(
    site: Layout, make: Make, out: io.StringIO
) -> None:
    assert make()[1]
    printed = out.getvalue()
    assert not make()[1]
    assert out.getvalue() == printed


def test_wheel_has_the_same_bytes_when_built_again(site: Layout, make: Make) -> None:
    make()
    first = manifest_of(site)
    (site.scratch / "wheel.json").unlink()
    for path in (site.packages / "persona_core").rglob("*.py"):
        path.touch()
    make()
    assert manifest_of(site)["code"] == first["code"]


@pytest.mark.parametrize("changed", ["persona_core/__init__.py", "persona_web/bridge/site.py"])
def test_code_folder_has_another_name_when_code_changed(
    changed: str, site: Layout, make: Make
) -> None:
    make()
    first = manifest_of(site)["code"]
    with (site.packages / changed).open("a") as file:
        file.write("\n")
    make()
    assert manifest_of(site)["code"] != first
    assert not (site.dist / first).exists()


def test_site_is_repaired_when_files_in_it_changed(site: Layout, make: Make) -> None:
    plan, _ = make()
    (site.dist / "index.html").write_text("changed")
    (site.dist / "room" / "main.py").unlink()
    (site.dist / "stray").write_text("x")
    assert make()[1]
    assert files_of(site.dist) == set(plan.sizes())
    assert (site.dist / "index.html").read_text("utf-8") == FRONT_PAGE


def test_old_site_stays_when_a_part_is_missing(site: Layout, make: Make) -> None:
    make()
    before = files_of(site.dist)
    (site.app / "index.html").write_text("new")
    (site.vendor / "pyodide" / "pyodide.mjs").unlink()
    with pytest.raises(FileNotFoundError):
        make()
    assert files_of(site.dist) == before
    assert (site.dist / "index.html").read_text("utf-8") == FRONT_PAGE


def test_size_table_adds_up_when_printed(make: Make, console: Console, out: io.StringIO) -> None:
    plan, _ = make()
    out.truncate(0)
    print_sizes(plan, console)
    rows = [line.split() for line in out.getvalue().lstrip("\x00").splitlines()[2:]]
    assert {row[0] for row in rows} == {"code", "models", "pages", "vendor/pyodide", "all"}
    assert sum(int(row[1]) for row in rows[:-1]) == int(rows[-1][1]) == len(plan.sizes())


ABSOLUTE = re.compile(
    r"""(?:href|src|action|poster)=["']?/ | url\(["']?/ | (?:from|import)\s*\(?["']/
    | fetch\(["']/ | https?://(?!www\.w3\.org/)""",
    re.VERBOSE,
)


def test_pages_use_relative_addresses_when_they_load_anything() -> None:
    own = [*HERE.app.rglob("*"), *(HERE.packages / "persona_web").rglob("*")]
    texts = [path for path in own if path.suffix in {".html", ".css", ".js", ".mjs", ".svg"}]
    assert texts
    for path in texts:
        text = re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
        assert not (found := ABSOLUTE.search(text)), f"{path}: {text[found.start() :][:80]}"
