"""TURN credentials that our server mints, and a real coturn with the settings that we ship."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.support.running_server import RunningServer
from tests.support.signaling_client import client
from tests.support.turn_client import IPV6, TCP, TurnClient
from tests.support.turn_server import SECRET, SHIPPED, TurnServer

from persona_core.wire.signaling import IceServer, IceServers, PeerJoined
from persona_server.config import ServerConfig
from persona_server.ice import ice_servers_for, turn_password
from persona_server.room_tokens import make_room_token

UNAUTHORIZED, FORBIDDEN, UNSUPPORTED_TRANSPORT, QUOTA = 401, 403, 442, 486
ROOM_SECRET = "a secret that signs rooms"
OWN = IceServer(("stun:stun.you.example",))
TURN = ("turn:turn.you.example", "turns:turn.you.example:5349?transport=tcp")
CONFIG = ServerConfig(
    ice_servers=(OWN,),
    turn_urls=TURN,
    turn_secret="sixteen letters!",
    turn_ttl_seconds=600,
    log_level="error",
)


@pytest.fixture(scope="module")
def coturn() -> Iterator[TurnServer]:
    """As shipped."""
    with TurnServer(near=False) as running:
        yield running


def minted(port: int, now: float, network: str = "192.0.2.7") -> IceServer:
    config = ServerConfig(
        turn_urls=(f"turn:127.0.0.1:{port}",), turn_secret=SECRET, turn_ttl_seconds=60
    )
    return ice_servers_for(network, config, now).servers[-1]


def allocate(port: int, username: str, password: str) -> int:
    with TurnClient(port, IceServer(("turn:here",), username, password)) as turn:
        return turn.allocate()


def test_coturn_allocates_when_our_server_minted_the_credentials(coturn: TurnServer) -> None:
    server = minted(coturn.port, time.time())
    assert allocate(coturn.port, server.username, server.credential) == 0


def test_coturn_refuses_when_the_credentials_are_old_or_forged(coturn: TurnServer) -> None:
    expired = minted(coturn.port, time.time() - 120)
    assert allocate(coturn.port, expired.username, expired.credential) == UNAUTHORIZED
    good = minted(coturn.port, time.time())
    forged = turn_password("another secret", good.username)
    assert allocate(coturn.port, good.username, forged) == UNAUTHORIZED
    longer = f"{int(time.time()) + 9999}:{good.username.partition(':')[2]}"
    assert allocate(coturn.port, longer, good.credential) == UNAUTHORIZED


def test_coturn_is_no_tcp_proxy_when_it_has_the_shipped_settings(coturn: TurnServer) -> None:
    with TurnClient(coturn.port, minted(coturn.port, time.time()), tcp=True) as turn:
        assert turn.allocate(transport=TCP) == UNSUPPORTED_TRANSPORT
        assert turn.connect("192.0.2.1", 80) != 0


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b:1::10.0.0.1",
        "2001:0:7f00:1::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "fd00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_coturn_reaches_into_no_network_when_it_has_the_shipped_settings(
    coturn: TurnServer, address: str
) -> None:
    family = {"family": IPV6} if ":" in address else {}
    with TurnClient(coturn.port, minted(coturn.port, time.time(), address)) as turn:
        assert turn.allocate(**family) == 0
        assert turn.permit(address) == FORBIDDEN
        assert turn.bind_channel(address, 53) == FORBIDDEN


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::9"])
def test_coturn_relays_to_public_addresses_when_it_has_the_shipped_settings(
    coturn: TurnServer, address: str
) -> None:
    family = {"family": IPV6} if ":" in address else {}
    with TurnClient(coturn.port, minted(coturn.port, time.time(), address)) as turn:
        assert turn.allocate(**family) == 0
        assert turn.permit(address) == 0


def test_coturn_counts_allocations_by_network_whoever_of_it_asks_and_when() -> None:
    quota = re.search(r"^user-quota=(\d+)$", SHIPPED.read_text("utf-8"), re.MULTILINE)
    assert quota is not None
    now, answers = time.time(), []
    with ExitStack() as stack:
        # One of its own: of so many ports some were those of other tests' clients a moment ago.
        coturn = stack.enter_context(TurnServer(near=False))
        for number in range(int(quota[1]) + 1):
            server = minted(coturn.port, now + number, "198.51.100.7")
            turn = stack.enter_context(TurnClient(coturn.port, server))
            answers.append(turn.allocate())
        other = stack.enter_context(
            TurnClient(coturn.port, minted(coturn.port, now, "198.51.100.8"))
        )
        assert other.allocate() == 0
    assert answers == [0] * int(quota[1]) + [QUOTA]


def test_names_are_few_and_tell_no_address_when_many_of_a_network_ask() -> None:
    found = [ice_servers_for("192.0.2.7", CONFIG, 1_800_000_000 + second) for second in range(600)]
    names = {ice.servers[-1].username for ice in found}
    assert len(names) <= 3
    assert not any("192" in name for name in names)
    for second, ice in enumerate(found):
        expiry = int(ice.servers[-1].username.split(":")[0])
        assert ice.ttl_s == expiry - 1_800_000_000 - second
        assert 300 <= ice.ttl_s <= 600


def test_password_is_what_the_rest_scheme_says_when_computed_another_way() -> None:
    # printf 1800000060:peer | openssl dgst -sha1 -hmac north -binary | base64
    assert turn_password("north", "1800000060:peer") == "u5aosotPqDHo7UwUZvBwOPjY+jU="


@pytest.mark.asyncio
async def test_credentials_come_with_company_and_before_it_is_told() -> None:
    with RunningServer(CONFIG) as server:
        async with client(server.signal_url) as ann, client(server.signal_url) as ben:
            assert (await ann.enter("room")).ice == IceServers((OWN,))
            await ann.say({"type": "ice-servers"})
            assert await ann.hear() == IceServers((OWN,))
            of_ben = (await ben.enter("room")).ice
            of_ann = await ann.hear()
            assert isinstance(await ann.hear(), PeerJoined)
            await ben.say({"type": "ice-servers"})
            again = await ben.hear()
    assert isinstance(of_ann, IceServers)
    assert isinstance(again, IceServers)
    names = {ice.servers[1].username.split(":")[1] for ice in (of_ann, of_ben, again)}
    assert len(names) == 1, "one name for one address"
    for ice in (of_ann, of_ben, again):
        assert ice.servers[0] == OWN
        assert ice.servers[1].urls == TURN
        assert ice.servers[1].credential == turn_password(
            CONFIG.turn_secret, ice.servers[1].username
        )
        assert 300 <= ice.ttl_s <= 600


@pytest.mark.asyncio
async def test_credentials_come_at_once_when_the_operator_invited() -> None:
    config = ServerConfig(
        turn_urls=TURN,
        turn_secret=CONFIG.turn_secret,
        room_secrets=(ROOM_SECRET,),
        log_level="error",
    )
    token = make_room_token(ROOM_SECRET, "room", int(time.time()) + 60)
    with RunningServer(config) as server:
        async with client(server.signal_url) as ann, client(server.signal_url) as ben:
            ice = (await ann.enter("room", room_token=token)).ice
            await ben.enter("room", room_token=token)
            assert isinstance(await ann.hear(), PeerJoined)
    assert ice.servers[0].urls == TURN
    assert ice.ttl_s <= 3600


@pytest.mark.asyncio
async def test_no_ice_servers_are_named_when_the_operator_named_none() -> None:
    with RunningServer(ServerConfig(log_level="error")) as server:
        async with client(server.signal_url) as ann, client(server.signal_url) as ben:
            assert (await ann.enter("room")).ice == IceServers()
            assert (await ben.enter("room")).ice == IceServers()
            assert isinstance(await ann.hear(), PeerJoined)
