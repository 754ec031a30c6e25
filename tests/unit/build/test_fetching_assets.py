from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.build.loopback import Answer, Loopback

from persona_build.assets import Asset, AssetSource, Kind
from persona_build.console import Console
from persona_build.errors import AssetError
from persona_build.layout import Layout
from persona_build.sources import SourceReader
from persona_build.vendor import RETRY_AFTER_S, Vendor

CONTENT = bytes(range(256)) * 40
AssetMaker = Callable[..., Asset]


def files_of(folder: Path) -> set[str]:
    """Every file below ``folder`` but the stamps."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    stamps = {".verified.json", ".unavailable.json"}
    return {path.relative_to(folder).as_posix() for path in paths} - stamps


@pytest.fixture
def closed_port() -> str:
    """An address on the loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def offline_vendor(tmp_path: Path, console: Console) -> Vendor:
    """The same folder, for a run in which nothing may be fetched."""

    def refuse(scratch: Path) -> SourceReader:
        raise AssertionError("a reader was opened although everything is there")

    return Vendor(tmp_path / "vendor", console, refuse)


def test_asset_is_in_place_when_its_source_gives_it(
    vendor: Vendor, loopback: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    thing = asset(CONTENT, loopback.put("/thing", CONTENT))
    assert vendor.ensure([thing]) == [thing]
    assert thing.path(tmp_path / "vendor").read_bytes() == CONTENT
    assert files_of(tmp_path / "vendor") == {"things/thing.bin"}


WRONG = {
    "other content": (Answer(CONTENT[::-1]), "other content"),
    "too short": (Answer(CONTENT[:-1]), "instead of"),
    "too long": (Answer(CONTENT + b"x"), "more than the expected"),
    "broken off": (Answer(CONTENT, cut=99), "gave 99 bytes"),
    "refused": (Answer(b"gone", status=410), "status 410"),
}


@pytest.mark.parametrize(("answer", "reason"), WRONG.values(), ids=WRONG.keys())
def test_nothing_is_left_when_the_only_source_fails(
    answer: Answer,
    reason: str,
    vendor: Vendor,
    loopback: Loopback,
    asset: AssetMaker,
    tmp_path: Path,
) -> None:
    thing = asset(CONTENT, loopback.put("/thing", answer))
    with pytest.raises(AssetError, match=reason) as caught:
        vendor.ensure([thing])
    assert files_of(tmp_path / "vendor") == set()
    for told in (thing.name, str(thing.sources[0]), thing.sha256, "put each file by hand"):
        assert told in caught.value.detail


@pytest.mark.parametrize("answer", [answer for answer, _ in WRONG.values()], ids=WRONG.keys())
def test_next_source_gives_the_asset_when_the_first_fails(
    answer: Answer, vendor: Vendor, loopback: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    good = loopback.put("/good", CONTENT)
    thing = asset(CONTENT, loopback.put("/bad", answer), good)
    vendor.ensure([thing])
    assert thing.path(tmp_path / "vendor").read_bytes() == CONTENT
    assert loopback.requests == ["/bad", "/good"]


def test_unreachable_host_is_asked_once_when_it_has_several_assets(
    vendor: Vendor, closed_port: str, asset: AssetMaker
) -> None:
    things = [asset(CONTENT, f"{closed_port}/{n}", destination=f"{n}.bin") for n in range(8)]
    with pytest.raises(AssetError) as caught:
        vendor.ensure(things)
    # as many as are fetched side by side may ask before the first is refused
    assert caught.value.detail.count("cannot be reached") == 8
    assert caught.value.detail.count("(not asked again)") >= 4


def test_other_assets_are_in_place_when_one_cannot_be_had(
    vendor: Vendor, loopback: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    good = [
        asset(CONTENT + bytes([n]), loopback.put(f"/{n}", CONTENT + bytes([n])), destination=str(n))
        for n in range(6)
    ]
    bad = asset(CONTENT, loopback.base + "/missing")
    with pytest.raises(AssetError) as caught:
        vendor.ensure([*good[:3], bad, *good[3:]])
    assert files_of(tmp_path / "vendor") == {thing.name for thing in good}
    assert caught.value.detail.count("belongs at") == 1


def test_second_run_fetches_nothing_when_all_is_there(
    vendor: Vendor, offline_vendor: Vendor, loopback: Loopback, asset: AssetMaker
) -> None:
    thing = asset(CONTENT, loopback.put("/thing", CONTENT))
    vendor.ensure([thing])
    assert offline_vendor.ensure([thing]) == []
    assert loopback.requests == ["/thing"]


def test_file_put_by_hand_is_accepted_when_its_hash_is_right(
    offline_vendor: Vendor, asset: AssetMaker, tmp_path: Path
) -> None:
    thing = asset(CONTENT, "http://127.0.0.1:9/never")
    path = thing.path(tmp_path / "vendor")
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert offline_vendor.ensure([thing]) == []


def test_file_is_fetched_again_when_it_was_changed(
    vendor: Vendor, loopback: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    thing = asset(CONTENT, loopback.put("/thing", CONTENT))
    vendor.ensure([thing])
    thing.path(tmp_path / "vendor").write_bytes(CONTENT[::-1])
    assert vendor.ensure([thing]) == [thing]
    assert thing.path(tmp_path / "vendor").read_bytes() == CONTENT


def test_wrong_file_is_never_trusted_when_no_source_can_better_it(
    vendor: Vendor, loopback: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    thing = asset(CONTENT, loopback.base + "/missing")
    path = thing.path(tmp_path / "vendor")
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[::-1])
    for _ in range(2):
        with pytest.raises(AssetError):
            vendor.ensure([thing])


def test_verify_finds_the_change_when_size_and_time_are_the_same(
    vendor: Vendor, loopback: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    thing = asset(CONTENT, loopback.put("/thing", CONTENT))
    vendor.ensure([thing])
    path = thing.path(tmp_path / "vendor")
    status = path.stat()
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert vendor.ensure([thing]) == []
    assert vendor.ensure([thing], verify=True) == [thing]
    assert path.read_bytes() == CONTENT


class Optional:
    """An optional asset beside one that is needed, and builds at times that the test sets."""

    def __init__(self, folder: Path, console: Console, loopback: Loopback, asset: AssetMaker):
        self.now_s = 1_000_000.0
        self.needed = asset(b"needed", loopback.put("/needed", b"needed"), destination="needed")
        self.thing = asset(CONTENT, loopback.base + "/optional", optional=True)
        self.vendor = Vendor(
            folder,
            console,
            lambda scratch: SourceReader(Path(sys.executable), scratch, lambda: ["npm"]),
            lambda: self.now_s,
        )

    def ensure(self, **how: bool) -> list[Asset]:
        return self.vendor.ensure([self.needed, self.thing], **how)


@pytest.fixture
def optional(tmp_path: Path, console: Console, loopback: Loopback, asset: AssetMaker) -> Optional:
    return Optional(tmp_path / "vendor", console, loopback, asset)


def test_build_goes_on_and_says_so_when_an_optional_asset_cannot_be_had(
    optional: Optional, tmp_path: Path, out: io.StringIO
) -> None:
    assert optional.ensure() == [optional.needed]
    assert files_of(tmp_path / "vendor") == {"needed"}
    assert not optional.vendor.has(optional.thing)
    assert optional.vendor.has(optional.needed)
    (line,) = [line for line in out.getvalue().splitlines() if "optional:" in line]
    assert optional.thing.name in line
    assert "status 404" in line


def test_optional_asset_is_asked_for_again_a_day_after_it_could_not_be_had(
    optional: Optional, loopback: Loopback, out: io.StringIO
) -> None:
    optional.ensure()
    optional.now_s += RETRY_AFTER_S - 1.0
    printed = out.getvalue()
    assert optional.ensure() == []
    assert out.getvalue() == printed
    assert loopback.requests.count("/optional") == 1
    loopback.put("/optional", CONTENT)
    optional.now_s += 1.0
    assert optional.ensure() == [optional.thing]
    assert optional.vendor.has(optional.thing)


def test_optional_asset_is_asked_for_at_once_when_a_retry_is_wanted(
    optional: Optional, loopback: Loopback
) -> None:
    optional.ensure()
    loopback.put("/optional", CONTENT)
    assert optional.ensure(retry=True) == [optional.thing]


def test_optional_asset_put_by_hand_is_accepted_when_it_could_not_be_had(
    optional: Optional, loopback: Loopback, tmp_path: Path
) -> None:
    optional.ensure()
    path = optional.thing.path(tmp_path / "vendor")
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert optional.ensure() == []
    assert optional.vendor.has(optional.thing)


def test_optional_asset_is_left_out_when_its_bytes_are_wrong(
    optional: Optional, tmp_path: Path
) -> None:
    path = optional.thing.path(tmp_path / "vendor")
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[::-1])
    optional.ensure()
    assert not optional.vendor.has(optional.thing)


@pytest.mark.parametrize("stamp", ["", "[]", '{"things/thing.bin": 5}', '{"things/thing.bin": []}'])
def test_optional_asset_is_asked_for_when_the_note_of_its_failure_is_damaged(
    stamp: str, optional: Optional, loopback: Loopback, tmp_path: Path
) -> None:
    optional.ensure()
    (tmp_path / "vendor" / ".unavailable.json").write_text(stamp)
    optional.ensure()
    assert loopback.requests.count("/optional") == 2


KILLED_RUN = """
import sys
from pathlib import Path, PurePosixPath
from persona_build.assets import Asset, Group, Kind, AssetSource
from persona_build.console import Console
from persona_build.sources import SourceReader
from persona_build.vendor import Vendor
url, sha256, size, folder = sys.argv[1:]
thing = Asset("thing", "1", Group.SITE, PurePosixPath("things/thing.bin"), sha256, int(size),
              (AssetSource(Kind.URL, url),))
open_reader = lambda scratch: SourceReader(Path(sys.executable), scratch, lambda: ["npm"])
Vendor(Path(folder), Console(), open_reader).ensure([thing])
"""


def test_nothing_half_written_counts_when_a_run_is_killed(
    vendor: Vendor, loopback: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    url = loopback.put("/thing", Answer(CONTENT, cut=len(CONTENT) // 2, stall=True))
    thing = asset(CONTENT, url)
    folder = tmp_path / "vendor"
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED_RUN, url, thing.sha256, str(thing.bytes), str(folder)],
        env={**os.environ, "PYTHONPATH": str(Layout.here().packages)},
        stdout=subprocess.DEVNULL,
    )
    assert loopback.stalled.wait(30)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not thing.path(tmp_path / "vendor").exists()
    loopback.put("/thing", CONTENT)
    vendor.ensure([thing])
    assert files_of(tmp_path / "vendor") == {"things/thing.bin"}


needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


def npm(member: str, version: str = "1.2.3") -> AssetSource:
    return AssetSource(Kind.NPM, package="@scope/thing", version=version, member=member)


@needs_npm
def test_npm_package_is_fetched_once_when_several_members_are_wanted(
    vendor: Vendor, registries: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    registries.put_npm("@scope/thing", "1.2.3", {"dist/a.js": b"a", "dist/b.js": b"bb"})
    wanted = {"a": b"a", "b": b"bb"}
    vendor.ensure([asset(c, npm(f"dist/{n}.js"), destination=n) for n, c in wanted.items()])
    for name, content in wanted.items():
        assert (tmp_path / "vendor" / name).read_bytes() == content
    assert len([path for path in registries.requests if path.endswith(".tgz")]) == 1


@needs_npm
@pytest.mark.parametrize(
    ("source", "reason"),
    [(npm("dist/c.js"), "has no file dist/c.js"), (npm("dist/a.js", "9.9.9"), "9.9.9")],
    ids=["no such member", "no such version"],
)
def test_npm_source_says_what_is_missing_when_it_fails(
    source: AssetSource, reason: str, vendor: Vendor, registries: Loopback, asset: AssetMaker
) -> None:
    registries.put_npm("@scope/thing", "1.2.3", {"dist/a.js": b"a"})
    with pytest.raises(AssetError, match=reason):
        vendor.ensure([asset(CONTENT, source)])


def test_wheel_member_is_read_by_range_when_the_wheel_is_big(
    vendor: Vendor, registries: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    ballast = os.urandom(4_000_000)
    registries.put_wheel("big-thing", "4.5", {"big/ballast": ballast, "big/thing": CONTENT})
    source = AssetSource(Kind.WHEEL, package="big-thing", version="4.5", member="big/thing")
    vendor.ensure([asset(CONTENT, source)])
    assert (tmp_path / "vendor/things/thing.bin").read_bytes() == CONTENT
    assert registries.sent_bytes < len(ballast) / 4


def test_wheel_member_error_names_it_when_the_wheel_lacks_it(
    vendor: Vendor, registries: Loopback, asset: AssetMaker
) -> None:
    registries.put_wheel("big-thing", "4.5", {"big/thing": CONTENT})
    source = AssetSource(Kind.WHEEL, package="big-thing", version="4.5", member="big/none")
    with pytest.raises(AssetError, match="big/none"):
        vendor.ensure([asset(CONTENT, source)])


def test_whole_wheel_is_in_place_when_the_index_has_it(
    vendor: Vendor, registries: Loopback, asset: AssetMaker, tmp_path: Path
) -> None:
    wheel = registries.put_wheel("whole", "1.0", {"whole.py": b"x = 1\n"})
    source = AssetSource(Kind.PYPI, package="whole", version="1.0")
    vendor.ensure([asset(wheel, source, destination="whole.whl")])
    assert (tmp_path / "vendor" / "whole.whl").read_bytes() == wheel
