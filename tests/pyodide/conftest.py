"""Real Pyodide in a real Chromium: one page and one start for all tests of a process.

The page is the room's own, served by the real server with the real headers; only the script
that would start PyScript is exchanged for ``testbed/testbed.js``. The Python files beside that
script are the package ``testbed`` inside the page.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, sync_playwright
from pytest_pyodide.hook import pytest_wrapper
from tests.support import face_video
from tests.support.chromium import launch
from tests.support.nano import NANO
from tests.support.pyodide_page import ALLOWED, PAGE, PageRunner, SetPermission
from tests.support.site_server import ROOT, SiteServer

VENDOR = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
PYODIDE = VENDOR / "pyodide-test"
TESTBED = Path(__file__).parent / "testbed"
FACE_AS_CAMERA = ("--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture={}")
NOT_SERVED = ("pyodide", "pyscript")  # of the site's vendor folder: PYODIDE stands for them


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Asked whenever a test module is imported: whether the page can have pytest, too.
    pytest_wrapper.pyodide_dist_dir = PYODIDE


@pytest.fixture(scope="session")
def test_site() -> Iterator[Path]:
    """The built site with the page of the tests and their Pyodide in it."""
    built = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    assert (built / "index.html").exists(), "no site: run `python build.py build` first"
    assert (PYODIDE / "pyodide.mjs").exists(), "run `python build.py setup --group test` first"
    with TemporaryDirectory(prefix="vp-pyodide-") as folder:
        site = Path(folder) / "site"
        shutil.copytree(built, site, ignore=shutil.ignore_patterns(*NOT_SERVED))
        shutil.copytree(NANO, site / "models" / NANO.name)
        shutil.copytree(PYODIDE, site / PYODIDE.name)
        room = (site / "room-v3" / "index.html").read_text("utf-8")
        page = room.replace('src="../boot.js"', 'src="testbed.js"')
        assert page != room, "the room page does not start as it did"
        (site / PAGE).write_text(page, "utf-8")
        shutil.copy(TESTBED / "testbed.js", (site / PAGE).parent)
        yield site


@pytest.fixture(scope="session")
def site_server(test_site: Path) -> Iterator[SiteServer]:
    """The real server, with signaling, on the site of the tests."""
    running = SiteServer(test_site)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def signaling_url(site_server: SiteServer) -> str:
    return site_server.signaling_url


@pytest.fixture(scope="session")
def playwright_browsers() -> Iterator[dict[str, Browser]]:
    """The Chromium under test, with the sample face before its camera."""
    with sync_playwright() as playwright:
        # Not launched with a camera that is allowed for good: a test may refuse it.
        video = face_video.as_camera(VENDOR)
        browser = launch(playwright, *(flag.format(video) for flag in FACE_AS_CAMERA))
        yield {PageRunner.browser: browser}
        browser.close()


@pytest.fixture(scope="session")
def selenium(
    site_server: SiteServer, test_site: Path, playwright_browsers: dict[str, Browser]
) -> Iterator[PageRunner]:
    """The page, under the name that ``run_in_pyodide`` asks for."""
    runner = PageRunner(server_port=site_server.port, browsers=playwright_browsers)
    wheel = json.loads((test_site / "assets.json").read_text("utf-8"))["wheel"]
    runner.load_package(["numpy", "pytest", "tblib", f"{site_server.url}{wheel}"])
    runner.install(TESTBED)
    yield runner
    runner.quit()


@pytest.fixture(autouse=True)
def unbroken_page(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test leaves an error behind that nobody caught; what the page said is shown."""
    if "selenium" not in request.fixturenames:
        yield
        return
    page: PageRunner = request.getfixturevalue("selenium")
    page.clean_logs()
    page.errors.clear()
    yield
    print(page.logs)  # noqa: T201
    assert page.errors == []


@pytest.fixture
def permissions(selenium: PageRunner) -> Iterator[SetPermission]:
    """Answers for the person when the platform asks; after the test all is as before."""
    session = selenium.driver.context.new_cdp_session(selenium.driver)
    context = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]

    def answer(name: str, setting: str) -> None:
        permission = {"name": name}
        parameters = {"permission": permission, "setting": setting, "browserContextId": context}
        session.send("Browser.setPermission", parameters)

    yield answer
    session.detach()
    selenium.driver.context.clear_permissions()
    selenium.driver.context.grant_permissions(ALLOWED)


@pytest.fixture
def fresh_room(selenium: PageRunner) -> None:
    """The room page as its HTML has it, with nobody listening to its buttons."""
    selenium.run_js("testbed.renew(); localStorage.clear()")
