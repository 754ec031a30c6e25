"""The shipped configuration in a real nginx, before the real signaling server."""

from __future__ import annotations

import gzip
import secrets
import ssl
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.nginx_server import NginxServer
from tests.support.raw_socket import RawSocket
from tests.support.running_server import RunningServer
from tests.support.signaling_client import Client
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from persona_core.wire.signaling import CloseCode, ErrorCode, PeerJoined, Relay
from persona_server.config import ServerConfig

pytestmark = pytest.mark.asyncio

TYPES = {
    "index.html": "text/html",
    "boot.js": "text/javascript",
    "pyodide.mjs": "text/javascript",
    "pyodide.asm.wasm": "application/wasm",
    "page.css": "text/css",
    "assets.json": "application/json",
    "virtualpersona.whl": "application/zip",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    for name in TYPES:
        (folder / name).write_text(f"this is {name}")
    (folder / "python.memory").write_text("this is python.memory")
    (folder / "python.memory.gz").write_bytes(gzip.compress(b"made when the site was built"))
    return folder


@pytest.fixture(scope="module")
def signaling() -> Iterator[RunningServer]:
    with RunningServer(ServerConfig(room_size=8, log_level="error")) as running:
        yield running


@pytest.fixture(scope="module")
def nginx(site: Path, signaling: RunningServer) -> Iterator[NginxServer]:
    with NginxServer(site, port_of(signaling)) as running:
        yield running


def port_of(server: RunningServer) -> int:
    return int(server.host.rpartition(":")[2])


async def come(nginx: NginxServer, stack: AsyncExitStack, **options: Any) -> Client:
    """Somebody who comes through the proxy."""
    socket = await stack.enter_async_context(
        connect(nginx.signal_url, ssl=nginx.trust, proxy=None, close_timeout=1, **options)
    )
    return Client(socket, f"peer-{id(socket)}", "t" * 16)


async def test_site_is_served_with_its_types_and_isolating_headers(nginx: NginxServer) -> None:
    async with httpx.AsyncClient(verify=nginx.trust, trust_env=False) as http:
        for name, kind in TYPES.items():
            answer = await http.get(nginx.url + name)
            assert answer.text == f"this is {name}"
            assert answer.headers["content-type"].partition(";")[0] == kind
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
        assert (await http.get(nginx.url)).text == "this is index.html"
        assert (await http.get(nginx.url + "nothing")).status_code == 404


async def test_file_is_sent_as_it_lies_compressed_beside_itself(nginx: NginxServer) -> None:
    async with httpx.AsyncClient(verify=nginx.trust, trust_env=False) as http:
        packed = await http.get(nginx.url + "python.memory", headers={"Accept-Encoding": "gzip"})
        plain = await http.get(nginx.url + "python.memory", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == "made when the site was built"
    assert plain.text == "this is python.memory"
    for answer in (packed, plain):
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cross-origin-embedder-policy"] == "require-corp"


async def test_state_goes_through_and_metrics_do_not(nginx: NginxServer) -> None:
    async with httpx.AsyncClient(verify=nginx.trust, trust_env=False) as http:
        assert (await http.get(nginx.url + "healthz")).json() == {"status": "ok"}
        assert (await http.get(nginx.url + "metrics")).status_code == 404


async def test_pages_of_the_site_meet_through_the_proxy(nginx: NginxServer) -> None:
    origin = nginx.url.rstrip("/")
    async with AsyncExitStack() as stack:
        ann, ben = [await come(nginx, stack, origin=origin) for _ in range(2)]
        await ann.enter("room")
        await ben.enter("room")
        assert isinstance(await ann.hear(), PeerJoined)
        await ben.say({"type": "offer", "to": ann.peer, "counter": 1, "payload": "x" * 15_000})
        assert await ann.hear() == Relay("offer", ben.peer, 1, "x" * 15_000)


async def test_pages_of_other_sites_are_refused_through_the_proxy(nginx: NginxServer) -> None:
    async with AsyncExitStack() as stack:
        stranger = await come(nginx, stack, origin="https://evil.example")
        assert (await stranger.end())[:2] == (CloseCode.RULES_BROKEN, ErrorCode.ORIGIN_REFUSED)


async def test_server_counts_by_the_address_that_the_proxy_saw(site: Path) -> None:
    """nginx sees 127.0.0.2 come, whatever the client says of itself."""
    config = ServerConfig(address_connections=1, trusted_proxies=("127.0.0.1",), log_level="error")
    with RunningServer(config) as signaling, NginxServer(site, port_of(signaling)) as nginx:
        async with AsyncExitStack() as stack:

            async def come_from(address: str, claim: str) -> Client:
                return await come(
                    nginx,
                    stack,
                    local_addr=(address, 0),
                    additional_headers={"X-Forwarded-For": claim},
                )

            first = await come_from("127.0.0.2", "203.0.113.1")
            await first.enter("room")
            second = await come_from("127.0.0.2", "203.0.113.2")
            end = (await second.end())[:2]
            assert end == (CloseCode.TRY_LATER, ErrorCode.TOO_MANY_CONNECTIONS)
            other = await come_from("127.0.0.3", "203.0.113.1")
            await other.enter("room")


async def test_address_is_refused_when_it_holds_too_many_connections(
    site: Path, signaling: RunningServer
) -> None:
    """As shipped, but for the number."""
    few = {r"^    limit_conn virtualpersona_callers \d+;$": "limit_conn virtualpersona_callers 3;"}
    with NginxServer(site, port_of(signaling), few) as nginx:
        async with AsyncExitStack() as stack:
            for number in range(3):
                await (await come(nginx, stack)).enter(f"room-{number}")
            with pytest.raises(InvalidStatus, match="429"):
                await come(nginx, stack)
            async with httpx.AsyncClient(verify=nginx.trust, trust_env=False) as http:
                assert (await http.get(nginx.url)).status_code == 429
            other = await come(nginx, stack, local_addr=("127.0.0.2", 0))
            await other.enter("another-room")


async def test_ipv6_addresses_of_one_network_count_as_one(
    site: Path, signaling: RunningServer
) -> None:
    """As shipped, but for the number, and for a header that says who comes."""
    told = "set_real_ip_from 127.0.0.1; real_ip_header X-Address; "
    few = {
        r"^    limit_conn virtualpersona_callers \d+;$": told
        + "limit_conn virtualpersona_callers 2;"
    }
    with NginxServer(site, port_of(signaling), few) as nginx:
        async with AsyncExitStack() as stack:

            async def come_from(address: str) -> Client:
                return await come(nginx, stack, additional_headers={"X-Address": address})

            # 0x0a is a line break, for a pattern that does not expect one.
            for network in ("2001:db8:0:1", "2001:db8:a0a:a0a"):
                for host in ("0:0:0:1", "a0a:a0a:a0a:a0a"):
                    peer = await come_from(f"{network}:{host}")
                    await peer.enter(f"room-{secrets.token_hex(4)}")
                with pytest.raises(InvalidStatus, match="429"):
                    await come_from(f"{network}::3")
            await (await come_from("2001:db8:0:2::1")).enter("other")


async def test_connection_is_closed_when_its_request_never_comes(
    site: Path, signaling: RunningServer
) -> None:
    """As shipped, but for the seconds."""
    soon = {r"^    client_header_timeout +\d+s;$": "client_header_timeout 1s;"}
    with (
        NginxServer(site, port_of(signaling), soon) as nginx,
        RawSocket(nginx.port) as raw,
        nginx.trust.wrap_socket(raw.socket, server_hostname="127.0.0.1") as secure,
    ):
        secure.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        try:
            assert secure.recv(1) == b""
        except (ConnectionResetError, ssl.SSLError):
            pass


async def test_body_is_refused_when_it_is_large(nginx: NginxServer) -> None:
    async with httpx.AsyncClient(verify=nginx.trust, trust_env=False) as http:
        answer = await http.post(nginx.url + "healthz", content=bytes(100_000))
        assert answer.status_code == 413
