"""A test that hangs ends, is named, and shows where it hung; those after it run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from tests.support.site_server import ROOT

HANGING = '''
import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from tests.support.chromium import launch


@pytest.fixture(scope="module")
def page():
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        session, ids = browser.new_browser_cdp_session(), []
        while len(ids) < 4:  # the graphics' process takes its time
            found = session.send("SystemInfo.getProcessInfo")["processInfo"]
            ids = [server.pid, *(process["id"] for process in found)]
        Path("children").write_text(" ".join(map(str, ids)))
        yield page


@pytest.mark.timeout(120)
def test_page_opens(page):
    pass


def wait_forever(page):
    page.evaluate("""() => {
      console.log("the page's last words");
      return new Promise(() => {});
    }""")


def test_page_never_answers(page):
    wait_forever(page)


async def never_comes():
    await asyncio.get_running_loop().create_future()


async def test_task_never_ends():
    await asyncio.gather(never_comes())


def test_thread_never_wakes():
    time.sleep(300)


def test_next_one_runs():
    pass
'''
HUNG_AT = {
    "page_never_answers": (
        "in test_page_never_answers",
        "in wait_forever",
        'page.evaluate("""',
        "log: the page's last words",
    ),
    "task_never_ends": (
        "in test_task_never_ends",
        "await asyncio.gather(never_comes())",
        "in never_comes",
    ),
    "thread_never_wakes": ("in test_thread_never_wakes", "time.sleep(300)"),
}
SECONDS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tests that hang, with what the project's own have."""
    folder = tmp_path_factory.mktemp("hanging")
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.support.deadline"]\n')
    (folder / "test_hanging.py").write_text(HANGING)
    settings = f"[pytest]\nasyncio_mode = auto\ntimeout = {SECONDS}\n"
    (folder / "pytest.ini").write_text(settings)
    return folder


def run(folder: Path, *words: str) -> str:
    """What pytest says of the tests in a folder."""
    paths = os.pathsep.join((str(ROOT / "py"), str(ROOT)))
    # The inner run is nobody's worker, though this one may be.
    variables = {key: text for key, text in os.environ.items() if "PYTEST" not in key}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env={**variables, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120.0,
    )
    assert ran.returncode == 1
    return ran.stdout


def check_ended(folder: Path) -> None:
    """Nothing that the test started is still there."""
    ids = (folder / "children").read_text().split()
    assert len(ids) >= 4, "the server, the browser, its graphics and a page"
    patience = time.monotonic() + 10.0
    while alive := [pid for pid in ids if is_running(pid)]:
        assert time.monotonic() < patience, alive
        time.sleep(0.05)


def is_running(pid: str) -> bool:
    """Whether a process is there and has not ended; by Linux' ``/proc``."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_hanging_tests_fail_with_where_they_hung_and_the_next_one_runs_when_workers_run_them(
    folder: Path,
) -> None:
    told = run(folder, "-n", "1", "--junitxml=report.xml")
    assert "3 failed, 2 passed" in told
    cases = {
        case.get("name"): "".join(case.itertext())
        for case in ElementTree.parse(folder / "report.xml").iter("testcase")
    }
    assert cases["test_page_opens"] == cases["test_next_one_runs"] == ""
    for name, place in HUNG_AT.items():
        assert f"test_{name} was not done within {SECONDS} s." in told
        for words in place:
            assert words in cases[f"test_{name}"]
    check_ended(folder)


def test_hanging_test_ends_the_run_with_where_it_hung_when_it_has_no_worker(folder: Path) -> None:
    told = run(folder, "-p", "no:xdist", "-k", "page")
    hung = f"test_page_never_answers was not done within {SECONDS} s."
    for words in (hung, *HUNG_AT["page_never_answers"]):
        assert words in told
    check_ended(folder)
