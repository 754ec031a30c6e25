"""How a page starts: isolation, progress, failures that can be mended, languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route
from tests.support.plain_site import PlainSite
from tests.support.site_server import SiteServer
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


@pytest.fixture
def plain_site(dist: Path) -> Iterator[PlainSite]:
    with PlainSite(dist) as site:
        yield site


def wait_failed(tab: Tab) -> None:
    tab.page.wait_for_selector("#boot[data-state=failed]", timeout=START_TIMEOUT_MS)


def test_page_isolates_itself_with_one_reload_when_the_host_sends_no_headers(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser).open(f"{plain_site.url}home-v3/#kept")

    assert tab.page.evaluate("crossOriginIsolated")
    assert plain_site.requests.count("home-v3/") == 2
    assert tab.page.evaluate("location.hash") == "#kept"
    assert len(tab.hosts) == 1


def test_page_starts_unisolated_without_a_reload_when_service_workers_are_refused(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, service_workers="block").open(f"{plain_site.url}home-v3/")

    assert not tab.page.evaluate("crossOriginIsolated")
    assert plain_site.requests.count("home-v3/") == 1


def test_page_needs_no_service_worker_when_the_server_sends_the_headers(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser).open(f"{dist_server.url}home-v3/")

    assert tab.page.evaluate("crossOriginIsolated")
    assert tab.page.evaluate("navigator.serviceWorker.getRegistrations().then(r => r.length)") == 0


def test_start_goes_on_from_where_it_was_when_a_missing_file_comes_back(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    plain_site.withheld.add("python_stdlib.zip")
    tab = new_tab(plain_browser, service_workers="block")
    tab.page.add_init_script(RECORD_PROGRESS)
    tab.page.goto(f"{plain_site.url}home-v3/")
    wait_failed(tab)
    assert "python_stdlib.zip" in tab.page.inner_text("#boot-error-text")
    assert max(tab.page.evaluate("shownProgress")) < 100

    plain_site.withheld.clear()
    tab.page.click("#boot-retry")
    tab.wait_ready()

    shown = tab.page.evaluate("shownProgress")
    assert shown == sorted(shown)
    assert shown[-1] == 100


def test_start_compiles_no_module_when_the_site_has_byte_code(
    plain_site: PlainSite, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, service_workers="block")
    tab.page.route("**/main.py", lambda route: route.fulfill(body=COMPILED_HERE))
    with tab.page.expect_console_message(
        lambda message: message.text.startswith("COMPILED"), timeout=START_TIMEOUT_MS
    ) as said:
        tab.page.goto(f"{plain_site.url}room-v3/")
    _, count, *compiled = said.value.text.split()

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
    plain_site.withheld.add("python_stdlib.zip")
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
