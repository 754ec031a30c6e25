"""Who a person is on ``home-v3``: of all that they pick one thing is ticked, and it is seen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser
from tests.support import pictures, rooms
from tests.support.portraits import built_in, portrait_set
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.drawn.characters import CHARACTERS

NewTab = Callable[..., Tab]
OWN_CLOTHES = "#7d9a63"
OTHER_CLOTHES = "#6d8fb3"
DAMAGED = '{"version": 1, "skin": 5}'

PORTRAIT = "portrait", "still"
"""What is seen of a portrait, the latter on machines that are busy."""
TICKED_AND_SEEN = """([who, ...seen]) => {
  const ticked = [...document.querySelectorAll("input[name=who]:checked")].map((one) => one.value);
  const report = JSON.parse(virtualpersona.report());
  return ticked.join() === who && report.who === who && seen.includes(report.seen)
    && document.getElementById("portrait-progress").hidden;
}"""
FULL = """() => {
  Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError"); };
}"""


def wait_is(tab: Tab, who: str, *seen: str) -> None:
    """Waits until one thing is ticked, and it is what the page wears and shows."""
    tab.page.wait_for_function(TICKED_AND_SEEN, arg=[who, *seen], timeout=rooms.WAIT_MS)


def wears(tab: Tab, colour: str) -> bool:
    return bool(pictures.near(pictures.decode(tab.pixels("preview")), colour, 24).mean() > 0.01)


def wait_told(tab: Tab, key: str) -> None:
    wait_notice(tab, sentence(key))


def wait_notice(tab: Tab, text: str) -> None:
    tab.page.wait_for_function(
        "text => document.getElementById('notice-text').textContent === text",
        arg=text,
        timeout=rooms.WAIT_MS,
    )


def customize(tab: Tab, colour: str) -> None:
    """Gives the drawn look clothes of a colour, and waits until that is kept."""
    clothes = tab.page.locator("details.look-section").filter(has_text="Clothes")
    if not clothes.evaluate("details => details.open"):
        clothes.locator("summary").click()
    tab.page.click(f"#look-sections [name=look-clothes_colour][value='{colour}']")
    tab.page.wait_for_function(
        "colour => localStorage.getItem('vp.look')?.includes(colour)", arg=colour
    )


def test_one_thing_is_ticked_and_seen_and_no_look_is_lost_whatever_is_picked_missing_or_full(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport={"width": 1100, "height": 800}, locale="en")
    tab.page.add_init_script("localStorage.setItem('vp.guide', 'seen')")  # nobody new
    asked: list[str] = []
    tab.context.on("request", lambda request: asked.append(request.url))
    page = tab.open(f"{dist_server.url}home-v2/").page
    customize(tab, OWN_CLOTHES)
    own_look = tab.report()["own"]["look"]
    asked.clear()

    tab.open(f"{dist_server.url}home-v3/")
    wait_is(tab, "look", "drawn")
    assert tab.report()["own"]["look"] == own_look
    assert wears(tab, OWN_CLOTHES)
    amara = CHARACTERS[2]
    tab.pick("characters", amara.key)
    wait_is(tab, amara.key, "drawn")
    assert wears(tab, amara.style.clothes_colour)
    page.wait_for_selector("#portraits input[value=officer]", state="attached")
    tab.pick("portraits", "officer")
    wait_is(tab, "officer", *PORTRAIT)
    late = ("parts/", "styles/look.css", "styles/expression.css", "icons/expressions.svg")
    assert [url for url in asked if any(part in url for part in late)] == []
    for field, name, data, card in (
        ("portrait-file", "me.webp", built_in("astronaut").image, "portrait.own"),
        ("portrait-saved-file", "me.portrait", portrait_set(2).to_file(), "who.own-set"),
    ):
        file = {"name": name, "mimeType": "image/webp", "buffer": data}
        page.locator(f"#{field}").set_input_files(file)
        wait_is(tab, "own", *PORTRAIT)
        own = page.locator("#portraits label").filter(has=page.locator("[value=own]"))
        assert own.inner_text().strip() == sentence(card)
    tab.pick("characters", "look")
    page.reload()  # at once: what was picked is kept before the page goes
    tab.wait_ready()
    wait_is(tab, "look", "drawn")
    assert tab.report()["own"]["look"] == own_look
    assert wears(tab, OWN_CLOTHES)

    tab.pick("portraits", "officer")
    wait_is(tab, "officer", *PORTRAIT)
    page.route("**/parts/look.html", lambda route: route.abort())
    page.click("#look-toggle")
    wait_notice(tab, sentence("late.not-loaded").format(what=sentence("who.customize")))
    assert page.is_hidden("#look")
    page.unroute("**/parts/look.html")
    page.click("#look-toggle")
    customize(tab, OTHER_CLOTHES)
    wait_is(tab, "look", "drawn")
    assert wears(tab, OTHER_CLOTHES)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "look-toggle"
    page.evaluate(FULL)
    tab.pick("characters", "jun")
    wait_told(tab, "error.storage-failed")
    wait_is(tab, "jun", "drawn")
    tab.open(f"{dist_server.url}home-v2/")
    assert tab.report()["own"]["look"]["clothes_colour"] == OTHER_CLOTHES

    page.evaluate("damaged => localStorage.setItem('vp.look', damaged)", DAMAGED)
    tab.open(f"{dist_server.url}home-v3/")
    wait_told(tab, "who.look-damaged")
    wait_is(tab, amara.key, "drawn")
    assert page.evaluate("localStorage.getItem('vp.look.damaged')") == DAMAGED
    assert [error for error in tab.errors if "ERR_FAILED" not in error] == []
