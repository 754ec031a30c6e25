"""The walks of ``docs/how-to.md`` that add a page and an effect, walked: in a copy of the checkout
the files that each names are written, the site is built from it, and a browser sees what was added.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright
from tests.support import rooms
from tests.support.chromium import launch
from tests.support.graphics import WEBGPU
from tests.support.pictures import Pixels, decode
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

from persona_build.assets import Group, load_assets
from persona_build.console import Console
from persona_build.layout import Layout
from persona_build.project import Project

NewTab = Callable[..., Tab]

COPIED = ("app", "py/persona_core", "py/persona_web", "build")
LINKED = ("vendor", "static")
GLSL = """
void main() {
  vec4 c = texture(image0, here());
  c.a = max(c.a, u[1].x);
  colour = vec4(mix(c.rgb, c.a - c.rgb, u[1].y), c.a);
}"""
WGSL = """
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  var c = look(image0, here(position));
  c.a = max(c.a, u[1].x);
  return vec4f(mix(c.rgb, c.a - c.rgb, u[1].y), c.a);
}"""
PLAN = """
function addNegative(plan, input, { strength }, opaque) {
  plan.add("negative", [input], "canvas", [opaque, strength]);
}

const STYLES = { negative: addNegative, """


class Checkout:
    """A copy of the checkout, and the paths that were written in it since it was asked last."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._written: set[str] = set()
        for name in COPIED:
            if (ROOT / name).exists():  # what was compiled before need not be compiled again
                skipped = shutil.ignore_patterns("__pycache__", "lock", "compressed")
                shutil.copytree(ROOT / name, root / name, ignore=skipped)
        for name in LINKED:
            (root / name).symlink_to(ROOT / name, target_is_directory=True)
        (root / ".venv").symlink_to(sys.prefix, target_is_directory=True)
        for file in (*ROOT.glob("requirements-*.lock"), ROOT / "pyproject.toml", ROOT / "LICENSE"):
            shutil.copy(file, root)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
        self._written.add(path)

    def edit(self, path: str, old: str, new: str) -> None:
        """Puts ``new`` in the place of ``old``, which the file has once."""
        text = (self.root / path).read_text("utf-8")
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        self.write(path, text.replace(old, new))

    def say(self, **words: dict[str, str]) -> None:
        """Adds words to the catalogues, by language."""
        for language, said in words.items():
            path = f"app/strings/{language}.json"
            known = json.loads((self.root / path).read_text("utf-8"))
            self.write(path, json.dumps(known | said, ensure_ascii=False, indent=2))

    def take_written(self) -> set[str]:
        written, self._written = self._written, set()
        return written

    def build(self) -> Path:
        """The site's folder."""
        silent = io.StringIO()
        assets = [a for a in load_assets(ROOT / "assets.lock.json") if a.group is Group.SITE]
        layout = Layout(self.root)
        had = [a for a in assets if not a.optional or a.path(layout.vendor).exists()]
        Project(layout, Console(silent, silent)).build(had, compressed=False)
        return layout.dist


def add_page(checkout: Checkout) -> None:
    """A page like ``test``, with a heading of its own."""
    checkout.edit("app/pages.toml", 'test = ["face"]\n', 'test = ["face"]\nmirror = ["face"]\n')
    outline = (checkout.root / "app/test/index.html").read_text("utf-8")
    heading = '<h1 data-i18n="mirror.heading">A mirror</h1>'
    outline, headings = re.subn(r"<h1 .*</h1>", heading, outline)
    assert headings == 1
    checkout.write("app/mirror/index.html", outline)
    module = (checkout.root / "py/persona_web/pages/test.py").read_text("utf-8")
    checkout.write("py/persona_web/pages/mirror.py", module)
    checkout.say(
        en={
            "mirror.heading": "A mirror",
            "landing.mirror": "Mirror",
            "landing.mirror-1": "Yourself.",
        },
        ko={"mirror.heading": "거울", "landing.mirror": "거울", "landing.mirror-1": "내 모습."},
    )


def add_effect(checkout: Checkout) -> None:
    """A style that shows the picture as a negative."""
    scripts = "py/persona_web/view/js/effects"
    checkout.edit(
        "py/persona_core/graphics/effects.py",
        '    PIXEL = "pixel"\n',
        '    PIXEL = "pixel"\n    NEGATIVE = "negative"\n',
    )
    checkout.say(en={"effects.negative": "Negative"}, ko={"effects.negative": "네거티브"})
    checkout.edit(f"{scripts}/plan.js", "\nconst STYLES = { ", PLAN)
    for folder, body in (("glsl", GLSL), ("wgsl", WGSL)):
        shader = (
            f'import {{ pass }} from "./common.js";\nexport const negative = pass(1, `{body}`);'
        )
        checkout.write(f"{scripts}/{folder}/negative.js", shader)
        pixel = 'export * from "./pixel.js";\n'
        checkout.edit(
            f"{scripts}/{folder}/index.js", pixel, f'export * from "./negative.js";\n{pixel}'
        )


def named_files(walk: str) -> set[str]:
    """The files that a walk of ``docs/how-to.md`` has written, by the names of what is added here:
    each first thing in a step."""
    text = (ROOT / "docs" / "how-to.md").read_text("utf-8")
    sections = re.split(r"^## ", text, flags=re.M)
    (steps,) = [part for part in sections if part.startswith(f"... add {walk}\n")]
    firsts = re.findall(r"^\d+\. ((?:`[^`]+`(?: and)?\s*)+)", steps, flags=re.M)
    paths = re.findall(r"`([^`]+)`", "".join(firsts))
    return {path.replace("<page>", "mirror").replace("<effect>", "negative") for path in paths}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def walked(checkout: Checkout) -> dict[str, set[str]]:
    """The files that each walk wrote."""
    written = {}
    for name, walk in (("a page", add_page), ("an effect", add_effect)):
        walk(checkout)
        written[name] = checkout.take_written()
    return written


@pytest.fixture(scope="module")
def extended_site(checkout: Checkout, walked: dict[str, set[str]]) -> Iterator[SiteServer]:
    """The site that was built after both walks."""
    assert walked
    with SiteServer(checkout.build()) as server:
        yield server


def test_walk_writes_the_files_that_it_names_when_it_is_walked(
    walked: dict[str, set[str]],
) -> None:
    assert {walk: named_files(walk) for walk in walked} == walked
    assert len(walked["a page"]) == 5


def test_page_opens_and_is_listed_when_it_was_added(
    extended_site: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, locale="ko-KR")
    tab.page.goto(extended_site.url)
    link = tab.page.locator(".phase a", has_text="거울")
    link.click()
    tab.page.wait_for_url("**/mirror/")
    tab.wait_ready()
    assert tab.page.inner_text("h1") == "거울"
    tab.page.select_option("#language", "en")
    tab.page.wait_for_function("document.querySelector('h1').textContent === 'A mirror'")
    tab.page.click("#use-demo")
    tab.page.wait_for_function(
        "still => document.getElementById('preview').toDataURL() !== still",
        arg=tab.pixels("preview"),
    )
    assert tab.errors == []


@pytest.fixture
def gpu_browser(playwright: Playwright) -> Iterator[Browser]:
    running = launch(playwright, *WEBGPU)
    yield running
    running.close()


def shown(tab: Tab, style: str, like: Callable[[Pixels], bool]) -> Pixels:
    """What the page shows in a style, once it is like that: a picture that is read between two
    frames may be empty, or the one before."""
    tab.pick("effect-styles", style)
    deadline = time.monotonic() + rooms.WAIT_MS / 1000
    while not like(picture := decode(tab.pixels("preview"))):
        assert time.monotonic() < deadline, f"{style} is not seen"
    return picture


def is_there(picture: Pixels) -> bool:
    return bool((picture[..., 3] == 255).mean() > 0.1)


def test_effect_is_seen_on_every_graphics_system_when_it_was_added(
    extended_site: SiteServer, gpu_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(gpu_browser, viewport={"width": 420, "height": 420})
    tab.open(f"{extended_site.url}home-v3/")
    tab.page.click("#picture summary")
    tab.pick("qualities", "low")  # pictures of one size
    for mode in ("webgl", "webgpu"):
        tab.pick("gpu-modes", mode)
        tab.page.wait_for_function(
            """mode => {
              const { graphics } = JSON.parse(virtualpersona.report());
              return graphics.rung === mode && !graphics.starting;
            }""",
            arg=mode,
            timeout=rooms.WAIT_MS,
        )
        plain = shown(tab, "none", is_there)

        def is_negative(picture: Pixels, plain: Pixels = plain) -> bool:
            # A character breathes between the two, so most of it is compared and not all.
            off = np.abs(plain + picture - 255)[plain[..., 3] == 255]
            return is_there(picture) and bool(np.median(off[:, :3].max(axis=-1)) < 16)

        assert not is_negative(plain)
        shown(tab, "negative", is_negative)
    assert tab.page.inner_text("#effect-styles label:has([value=negative])") == "Negative"
    assert tab.errors == []
