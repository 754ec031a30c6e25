"""How a page starts: isolation, progress, failures that can be mended, languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route
from tests.support.plain_site import PlainSite
from tests.support.tab import START_TIMEOUT_MS, Tab

NewTab = Callable[..., Tab]

# Keeps every value the progress bar shows, over reloads too.
RECORD_PROGRESS = """
addEventListener("DOMContentLoaded", () => {
  const bar = document.getElementById("boot-progress");
  globalThis.shownProgress = [];
  new MutationObserver(() => shownProgress.push(bar.value)).observe(bar, { attributes: true });
});
"""


# Names what was compiled in the page: of the standard library, of numpy and of our own.
COMPILED_HERE = """
import sys
from persona_web.pages import room_v3
specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
files = [spec.origin for spec in specs if spec and spec.has_location and spec.origin]
shipped = [file for file in files if "python313.zip" in file or "site-packages" in file]
print("COMPILED", len(shipped), *[file for file in shipped if file.endswith(".py")])
"""

# Names what importing a page's module still loads.
LOADED_HERE = """
import sys
before = set(sys.modules)
from persona_web.pages import home, home_v2, home_v3, room, room_v2, room_v3, test, test_v2, test_v3
print("LOADED", len(before), *(set(sys.modules) - before))
"""

DRAWN_HERE = "import random; print('DRAWN', random.random())\n"

# Asks for a module that no page needs until it is there.
LATE_IMPORT = """
import asyncio, importlib, js
js.virtualpersona.boot.ready()
for _ in range(600):
    try:
        print("LATE", importlib.import_module("colorsys").__name__)
        break
    except ModuleNotFoundError:
        await asyncio.sleep(0.1)
"""


@pytest.fixture
def plain_site(dist: Path) -> Iterator[PlainSite]:
    with PlainSite(dist) as site:
        yield site


def said_by(tab: Tab, main: str, word: str, url: str) -> str:
    """What a page's Python says first that begins with a word, where ``main`` is all there is of
    it."""
    tab.page.route("**/main.py", lambda route: route.fulfill(body=main))
    with tab.page.expect_console_message(
        lambda message: message.text.startswith(word), timeout=START_TIMEOUT_MS
    ) as said:
        tab.page.goto(url)
    return said.value.text


def wait_failed(tab: Tab) -> None:
    tab.page.wait_for_selector("#boot[data-state=failed]", timeout=START_TIMEOUT_MS)


def test_page_isolates_itself_with_one_reload_when_the_host_sends_no_headers(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, service_workers="allow")
    tab.open(f"{plain_site.url}home-v3/#kept")

    assert tab.page.evaluate("crossOriginIsolated")
    assert plain_site.requests.count("home-v3/") == 2
    assert tab.page.evaluate("location.hash") == "#kept"
    assert len(tab.hosts) == 1


def test_start_goes_on_from_where_it_was_when_a_file_comes_back_and_service_workers_are_refused(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    plain_site.withheld.add("pyodide.asm.wasm")
    tab = new_tab(plain_browser, service_workers="block")
    tab.page.add_init_script(RECORD_PROGRESS)
    tab.page.goto(f"{plain_site.url}home-v3/")
    wait_failed(tab)
    assert "pyodide.asm.wasm" in tab.page.inner_text("#boot-error-text")
    assert max(tab.page.evaluate("shownProgress")) < 100

    plain_site.withheld.clear()
    tab.page.click("#boot-retry")
    tab.wait_ready()

    shown = tab.page.evaluate("shownProgress")
    assert shown == sorted(shown)
    assert shown[-1] == 100
    assert not tab.page.evaluate("crossOriginIsolated")
    assert plain_site.requests.count("home-v3/") == 1, "it was not loaded anew"


@dataclass(frozen=True)
class Visits:
    """Two visits that restored the snapshot.

    Attributes:
        said: what each page's Python said, by the first words.
        requests: what the site was asked for.
    """

    said: tuple[dict[str, list[str]], ...]
    requests: list[str]


@pytest.fixture(scope="module")
def visits(dist: Path, plain_browser: Browser) -> Visits:
    said: list[dict[str, list[str]]] = []
    with PlainSite(dist) as site:
        for main, last in ((LOADED_HERE + DRAWN_HERE, "DRAWN"), (DRAWN_HERE + LATE_IMPORT, "LATE")):
            tab = Tab(plain_browser)
            lines: list[str] = []
            tab.page.on("console", lambda message, lines=lines: lines.append(message.text))
            said_by(tab, main, last, f"{site.url}room-v3/")
            words = [line.split() for line in lines if line.strip()]
            said.append({first: rest for first, *rest in words if first.isupper()})
            tab.close()
    return Visits(tuple(said), site.requests)


def test_start_imports_nothing_of_ours_when_python_comes_from_the_snapshot(visits: Visits) -> None:
    count, *loaded = visits.said[0]["LOADED"]

    assert int(count) > 300
    assert loaded == []
    assert not [path for path in visits.requests if path.endswith(".whl")]


def test_two_visits_draw_other_chances_when_both_restore_one_snapshot(visits: Visits) -> None:
    first, second = (said["DRAWN"] for said in visits.said)

    assert first != second


def test_rest_of_the_library_comes_when_python_comes_from_the_snapshot(visits: Visits) -> None:
    assert visits.said[1]["LATE"] == ["colorsys"]


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b", b"\x02\x00\x00\x00{}"])
def test_page_starts_python_itself_when_the_snapshot_is_damaged(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab, dist: Path, damage: bytes
) -> None:
    tab = new_tab(plain_browser, service_workers="block")
    (memory,) = dist.rglob("python.memory.gz")  # as a host sends it that compresses nothing
    spoilt = damage + bytes(memory.stat().st_size - len(damage))
    tab.page.route("**/python.memory*", lambda route: route.fulfill(body=spoilt))
    tab.open(f"{plain_site.url}home-v3/")

    assert [path for path in plain_site.requests if path.endswith(".whl")]


def test_start_compiles_no_module_when_the_browser_cannot_restore_a_snapshot(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, service_workers="block")
    tab.page.add_init_script("delete globalThis.DecompressionStream")
    said = said_by(tab, COMPILED_HERE, "COMPILED", f"{plain_site.url}room-v3/")
    _, count, *compiled = said.split()

    assert int(count) > 300
    assert compiled == []


def test_start_ends_in_a_plain_sentence_with_details_when_python_raises(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, service_workers="block")
    tab.page.route("**/main.py", lambda route: route.fulfill(body="1 / 0"))
    tab.page.goto(f"{plain_site.url}home-v3/")
    wait_failed(tab)

    assert tab.page.inner_text("#boot-error-text") == tab.page.evaluate(
        "virtualpersona.strings['error.internal']"
    )
    assert "ZeroDivisionError" in tab.page.text_content("#boot-error-detail")
    assert tab.page.locator(".py-error").count() == 0


def test_button_tells_why_it_does_nothing_when_python_is_still_starting(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    plain_site.withheld.add("pyodide.asm.wasm")
    tab = new_tab(plain_browser, service_workers="block")
    tab.page.goto(f"{plain_site.url}home-v3/")
    tab.page.wait_for_function("virtualpersona?.strings['boot.reason']")

    tab.page.focus("#create-room")
    tab.page.keyboard.press("Enter")

    assert tab.page.inner_text("#notice-text") == tab.page.inner_text("#boot-reason")
    assert tab.page.url.endswith("/home-v3/")


def test_page_speaks_korean_and_keeps_a_switch_when_the_browser_is_korean(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, service_workers="block", locale="ko-KR")
    tab.page.goto(plain_site.url)
    tab.page.wait_for_selector("html[lang=ko]")
    korean = tab.page.inner_text("h1")

    tab.page.select_option("#language", "en")
    tab.page.wait_for_selector("html[lang=en]")
    assert tab.page.inner_text("h1") != korean

    tab.page.reload()
    tab.page.wait_for_function("document.getElementById('language').value === 'en'")
    assert tab.page.get_attribute("html", "lang") == "en"


def test_page_speaks_the_language_chosen_last_when_an_earlier_one_arrives_after_it(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, service_workers="block", locale="en-US")
    tab.page.goto(plain_site.url)
    tab.page.wait_for_function("document.getElementById('language').value === 'en'")
    english = tab.page.inner_text("h1")
    held: list[Route] = []
    tab.page.route("**/strings/ko.json", lambda route: held.append(route))

    with tab.page.expect_request("**/strings/ko.json"):
        tab.page.select_option("#language", "ko")
    told = "new Promise((resolve) => addEventListener('virtualpersona:language', resolve))"
    tab.page.evaluate(f"globalThis.told = {told}; undefined")
    tab.page.select_option("#language", "en")
    tab.page.evaluate("told.then(() => undefined)")
    with tab.page.expect_response("**/strings/ko.json") as late:
        held[0].continue_()
    late.value.finished()
    tab.page.evaluate("fetch('strings/en.json').then((answer) => answer.text())")  # comes after it

    assert tab.page.get_attribute("html", "lang") == "en"
    assert tab.page.input_value("#language") == "en"
    assert tab.page.inner_text("h1") == english


def test_link_leads_into_its_room_when_it_was_cut_to_the_front_page(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, service_workers="block")
    tab.page.goto(f"{plain_site.url}#room=abc&key=xyz")

    tab.page.wait_for_url("**/some/path/room-v3/#room=abc&key=xyz")
