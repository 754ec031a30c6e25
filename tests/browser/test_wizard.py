"""The wizard that makes a portrait of several pictures, before a camera that does what it asks."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright
from tests.browser.wizard_page import WAIT_MS, open_wizard, stored_set, wait_panel, wait_worn
from tests.support import wizard_film
from tests.support.chromium import launch
from tests.support.portraits import built_in
from tests.support.sentences import catalogue, sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab
from tests.support.wizard_film import Actor, face

from persona_core.face.params import FaceParams
from persona_core.portrait.wizard.steps import STEPS, Step

NewTab = Callable[..., Tab]
DESKTOP = {"width": 1000, "height": 800}
PHONE = {"width": 320, "height": 640}
pytestmark = pytest.mark.timeout(WAIT_MS / 1000 + 60)  # longer than it waits by itself

# What is wrong for who cannot see or point: controls without a name or too small to press, focus
# outside of the dialog, text that runs out of the window.
FAULTS = """() => {
  const shown = (node) => node.checkVisibility({ visibilityProperty: true });
  const dialog = document.getElementById("wizard");
  const name = (node) => node.getAttribute("aria-label") || node.textContent.trim()
    || node.closest("label")?.textContent.trim();
  const controls = [...dialog.querySelectorAll("button, input, [role=img]")].filter(shown);
  const { right, left } = dialog.getBoundingClientRect();
  const small = controls.filter((node) => node.matches("button")).filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width < 44 || box.height < 44;
  });
  return {
    nameless: controls.filter((node) => !name(node)).map((node) => node.id),
    small: small.map((node) => node.id || node.className),
    outside: document.activeElement.closest("#wizard") ? [] : [document.activeElement.id],
    wide: dialog.scrollWidth > dialog.clientWidth || right > innerWidth + 1 || left < -1,
    twoPanels: [...dialog.querySelectorAll(".wizard-panel")].filter(shown).length,
  };
}"""
FAULTLESS = {"nameless": [], "small": [], "outside": [], "wide": False, "twoPanels": 1}


def words(key: str, language: str = "en", **values: object) -> str:
    return sentence(key, language, "wizard").format(**values)


@pytest.fixture(scope="module")
def calm_browser(
    plain_browser: Browser, dist: Path, playwright: Playwright, tmp_path_factory: Any
) -> Iterator[Browser]:
    """A browser before whose camera somebody looks straight, whatever is asked."""
    target = tmp_path_factory.mktemp("calm") / "a.mjpeg"
    film = wizard_film.as_camera(plain_browser, dist, target, [Step.STRAIGHT])
    browser = launch(playwright, camera=film)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def home(dist_server: SiteServer, plain_browser: Browser) -> Iterator[Tab]:
    """A page on a machine without a camera; each test finds the wizard closed."""
    tab = Tab(plain_browser, viewport=DESKTOP)
    yield tab.open(f"{dist_server.url}home-v3/")
    tab.close()


@pytest.fixture(scope="module")
def pictures(plain_browser: Browser, dist: Path) -> dict[str, bytes]:
    """Photos of one person, of another, and of nobody, by their file names."""
    actor = Actor(plain_browser, dist)
    mine = {"straight.jpg": FaceParams(0.0)}
    mine |= {f"{step}.jpg": face(step) for step in (Step.EYES_CLOSED, Step.AH, Step.TURN_LEFT)}
    found = {name: wizard_film.jpeg(actor.shoot(params)) for name, params in mine.items()}
    wall = io.BytesIO()
    Image.new("RGB", (640, 480), (150, 140, 130)).save(wall, "JPEG")
    # Geometry tells only faces apart that differ much: somebody with a far broader one.
    other = Image.open(io.BytesIO(built_in("musician").image)).convert("RGB")
    broad = io.BytesIO()
    other.resize((round(1.4 * other.width), other.height)).save(broad, "JPEG")
    crowd = Actor(plain_browser, dist, "runner")
    beside = wizard_film.beside(*(each.shoot(FaceParams(0.0)) for each in (actor, crowd)))
    crowd.close()
    actor.close()
    two = {"two.jpg": wizard_film.jpeg(beside)}
    return found | two | {"musician.jpg": broad.getvalue(), "wall.jpg": wall.getvalue()}


def refused(page: Page, place: str = "wizard-left-out") -> dict[str, str]:
    """Why each picture is not in the set, by its name."""
    names, reasons = (
        page.locator(f"#{place} .wizard-refused-{part}").all_text_contents()
        for part in ("name", "why")
    )
    return dict(zip(names, reasons, strict=True))


def test_page_loads_nothing_of_the_wizard_before_it_is_wanted(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser)
    paths: list[str] = []
    tab.page.on("request", lambda request: paths.append(request.url))
    tab.open(f"{dist_server.url}home-v3/")
    tab.page.wait_for_selector("#portrait-wizard[aria-disabled=false]")
    late = ("wizard", "film_frames", "pixels.js", "chime")
    assert [path for path in paths if any(word in path for word in late)] == []
    open_wizard(tab)
    asked = " ".join(paths)
    assert "parts/wizard.html" in asked
    assert "styles/wizard.css" in asked
    assert "strings/wizard/en.json" in asked
    assert "strings/wizard/ko.json" not in asked
    assert tab.errors == []


def test_base_alone_is_made_when_every_other_step_is_skipped(
    dist_server: SiteServer, calm_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(calm_browser, viewport=PHONE, locale="ko-KR")
    tab.open(f"{dist_server.url}home-v3/")
    page = open_wizard(tab)
    assert page.evaluate(FAULTS) == FAULTLESS
    page.click("#wizard-use-camera")
    wait_panel(page, "camera")
    assert page.evaluate(FAULTS) == FAULTLESS
    assert page.is_hidden("#wizard-skip")
    page.wait_for_selector("#wizard-skip:visible", timeout=WAIT_MS)
    for step in STEPS[1:]:
        page.wait_for_function(
            "words => document.getElementById('wizard-step').textContent === words",
            arg=words(f"wizard.step.{step}", "ko"),
        )
        page.focus("#wizard-skip")
        page.keyboard.press("Enter")
    wait_panel(page, "review")
    assert page.evaluate(FAULTS) == FAULTLESS
    assert page.inner_text("#wizard-review-lead") == words("wizard.review-one", "ko")
    page.click("#wizard-use")
    wait_worn(tab)
    assert stored_set(page).expressions == ()
    assert tab.errors == []


def test_no_picture_is_taken_and_the_person_is_told_while_two_faces_are_seen(
    dist_server: SiteServer,
    playwright: Playwright,
    plain_browser: Browser,
    dist: Path,
    tmp_path: Path,
    new_tab: NewTab,
) -> None:
    browser = launch(
        playwright, camera=wizard_film.of_two(plain_browser, dist, tmp_path / "two.mjpeg")
    )
    tab = new_tab(browser, viewport=DESKTOP)
    tab.open(f"{dist_server.url}home-v3/")
    page = open_wizard(tab)
    page.click("#wizard-use-camera")
    page.wait_for_function(
        "words => document.getElementById('wizard-hint').textContent === words",
        arg=words("wizard.hint.two-faces"),
        timeout=WAIT_MS,
    )
    page.wait_for_timeout(3_000)
    assert page.inner_text("#wizard-hint") == words("wizard.hint.two-faces")
    assert page.get_attribute("#wizard-dots li:first-child", "data-status") == "open"
    assert tab.errors == []
    tab.close()
    browser.close()


def test_wizard_is_led_by_the_keyboard_alone_and_gives_the_focus_back(home: Tab) -> None:
    page = home.page
    page.wait_for_selector("#portrait-wizard[aria-disabled=false]")
    page.focus("#portrait-wizard")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wizard[open]")
    page.wait_for_function("document.activeElement.id === 'wizard-use-camera'")
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.closest('#wizard, body').id"))
    assert set(seen) <= {"wizard", ""}  # between the last and the first is the browser's own bar
    assert seen.count("wizard") > 8
    page.focus("#wizard-use-camera")
    page.keyboard.press("Enter")
    wait_panel(page, "lost")
    assert page.evaluate("document.activeElement.id") == "wizard-again"
    assert page.inner_text("#wizard-lost-text") == sentence("error.camera-missing")
    assert page.evaluate(FAULTS) == FAULTLESS
    page.keyboard.press("Escape")
    page.wait_for_function("!document.getElementById('wizard').open")
    assert page.evaluate("document.activeElement.id") == "portrait-wizard"


def test_photos_are_sorted_and_those_of_no_use_are_named_when_several_are_chosen(
    home: Tab, pictures: dict[str, bytes]
) -> None:
    page = open_wizard(home)
    files = [
        {"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in pictures.items()
    ]
    page.set_input_files("#wizard-photos", files)
    wait_panel(page, "review")
    assert refused(page) == {
        "musician.jpg": words("error.set-other-person"),
        "two.jpg": sentence("error.photo-several-faces"),
        "wall.jpg": sentence("error.photo-no-face"),
    }
    assert page.locator("#wizard-pictures li").count() == 3
    page.click("#wizard-drop")
    wait_panel(page, "leave")
    page.keyboard.press("Escape")
    wait_panel(page, "review")
    page.click("#wizard-use")
    wait_worn(home)
    assert len(stored_set(page).expressions) == 3
    page.click("#portrait-remove")
    page.wait_for_selector("#portrait-remove", state="hidden")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("broken.mp4", "clip-unsupported"),
        ("sound.mp4", "clip-no-picture"),
        ("wall.webm", "clip-no-face"),
    ],
)
def test_clip_is_refused_in_plain_words_when_nothing_can_be_made_of_it(
    home: Tab, tmp_path: Path, name: str, code: str
) -> None:
    page = open_wizard(home)
    path = tmp_path / name
    if name.endswith("webm"):
        wizard_film.as_clip([Image.new("RGB", (320, 240), (150, 140, 130))] * 30, path)
    elif name.startswith("sound"):  # as a film of whose tracks only the sound can be played
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(16_000))
    else:
        path.write_bytes(b"no film at all" * 100)
    page.set_input_files("#wizard-clip", path)
    page.wait_for_selector("#wizard-told:not([hidden])", timeout=WAIT_MS)
    assert page.inner_text("#wizard-told") == words(f"error.{code}")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.getElementById('wizard').open")


def test_set_is_made_of_the_first_minute_when_the_clip_is_long(
    home: Tab, plain_browser: Browser, dist: Path, tmp_path: Path
) -> None:
    actor = Actor(plain_browser, dist)
    shown = (Step.AH, Step.EYES_CLOSED, Step.SMILE, Step.OO)
    frames = [actor.shoot(FaceParams(0.0)), *(actor.shoot(face(step)) for step in shown)]
    actor.close()
    stills = [Image.fromarray(frame) for frame in frames for _ in range(8)]
    clip = wizard_film.as_clip(stills * 2, tmp_path / "me.webm", frames_a_second=1)
    page = open_wizard(home)
    page.set_input_files("#wizard-clip", clip)
    wait_panel(page, "review")
    assert page.inner_text("#wizard-note") == words("wizard.first-minute")
    page.click("#wizard-use")
    wait_worn(home)
    assert len(stored_set(page).expressions) >= 3


def test_wizard_speaks_the_language_chosen_while_it_is_open(home: Tab) -> None:
    page = open_wizard(home)
    for language in ("ko", "en"):
        page.evaluate(
            """name => {
              const select = document.getElementById("language");
              select.value = name;
              select.dispatchEvent(new Event("change"));
            }""",
            language,
        )
        page.wait_for_function(
            "words => document.getElementById('wizard-title').textContent === words",
            arg=words("wizard.title", language),
        )
        shown = page.inner_text("#wizard")
        assert words("wizard.consent", language) in shown
        assert [key for key in catalogue("en", "wizard") if key in shown] == []
    page.keyboard.press("Escape")
    page.wait_for_function("!document.getElementById('wizard').open")
