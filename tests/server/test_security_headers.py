"""The site's security headers: one table, and every copy of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from persona_build.pages import load_pages, page_texts
from persona_server.security_headers import (
    DIRECTIVES,
    HEADERS,
    POLICY_NAME,
    content_security_policy,
    server_origins,
)

ROOT = Path(__file__).resolve().parents[2]
FRONT_PAGE = "index.html"
PAGES = {
    address: text
    for address, text in page_texts(ROOT / "app", load_pages(ROOT / "app")).items()
    if address.endswith(FRONT_PAGE)
}
NGINX = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
WORKER = (ROOT / "app" / "sw.js").read_text("utf-8")
HEADER_ONLY = {"frame-ancestors"}
"""Directives that a ``<meta>`` element cannot carry."""


def directives(policy: str) -> dict[str, tuple[str, ...]]:
    parts = (part.split() for part in policy.split(";"))
    return {name: tuple(sources) for name, *sources in parts}


def meta_policy(page: str) -> dict[str, tuple[str, ...]]:
    (found,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', PAGES[page])
    return directives(found)


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {FRONT_PAGE}))
def test_page_carries_the_policy_that_it_can_when_no_header_comes(page: str) -> None:
    expected = {name: sources for name, sources in DIRECTIVES.items() if name not in HEADER_ONLY}
    # The signaling server is chosen after the build, so any may be meant here.
    expected["connect-src"] = ("'self'", "ws:", "wss:")
    assert meta_policy(page) == expected


def test_front_page_allows_no_more_than_the_others() -> None:
    for name, sources in meta_policy(FRONT_PAGE).items():
        assert set(sources) <= {*DIRECTIVES[name]}, name


def test_proxy_example_sends_what_the_server_sends() -> None:
    sent = {
        name.lower(): value.strip('"')
        for name, value in re.findall(
            r'^\s*add_header (\S+)\s+("[^"]*"|\S+)\s+always;', NGINX, re.M
        )
    }
    transport = sent.pop("strict-transport-security")
    assert int(transport.removeprefix("max-age=")) >= 180 * 24 * 3600
    assert sent.pop("cache-control") == "no-cache"
    assert sent == HEADERS | {POLICY_NAME: content_security_policy()}


def test_proxy_example_adds_no_header_in_a_location_where_those_of_the_server_would_be_lost() -> (
    None
):
    inside = NGINX[NGINX.index("location ") :]
    assert "add_header" not in inside


def test_service_worker_sends_what_the_server_sends() -> None:
    (table,) = re.findall(r"^const HEADERS = \{\n(.*?)^\};", WORKER, re.M | re.S)
    sent = {name.lower(): value for name, value in re.findall(r'"([^"]+)":\s+"([^"]+)"', table)}
    assert sent == HEADERS
    (lines,) = re.findall(r"^const POLICY = (\[.*?\]);", WORKER, re.M | re.S)
    parts = json.loads(re.sub(r",\s*\]", "]", lines))
    assert "; ".join(parts) == content_security_policy()


def test_policy_evaluates_no_text_and_connects_to_the_named_servers_only() -> None:
    policy = content_security_policy(("wss://signal.you.example", "wss://render.you.example"))
    assert "'unsafe-eval'" not in policy
    assert "'unsafe-inline'" not in policy
    assert directives(policy)["connect-src"] == (
        "'self'",
        "wss://signal.you.example",
        "wss://render.you.example",
    )
    assert content_security_policy().count("ws") == 0


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        (None, None),
        ("", None),
        ("wss://signal.you.example/signal", "wss://signal.you.example"),
        ("wss://Signal.You.Example:8443/signal?a=b#c", "wss://signal.you.example:8443"),
        ("ws://127.0.0.1:8000/signal", "ws://127.0.0.1:8000"),
        ("wss://[2001:db8::1]:8443/signal", "wss://[2001:db8::1]:8443"),
        ("https://signal.you.example/signal", "wss://signal.you.example"),
        ("wss://bücher.example/signal", "wss://xn--bcher-kva.example"),
        ("wss://user:secret@signal.you.example/", "wss://signal.you.example"),
        ("signal", None),
        ("/signal", None),
        ("//signal.you.example/signal", None),
        ("wss:", None),
        ("wss://*/signal", None),
        ("wss://*.you.example/signal", None),
        ("wss://a;script-src/signal", None),
        ("wss://a, default-src/signal", None),
        ("wss://a\r\nset-cookie: b/signal", None),
        ("wss://host:port/signal", None),
        ("javascript:alert(1)", None),
        (["wss://signal.you.example"], None),
        (5, None),
    ],
)
def test_origin_of_a_server_is_named_only_when_it_is_one(
    address: object, origin: str | None
) -> None:
    named = () if origin is None else (origin,)
    assert server_origins(json.dumps({"signaling": address})) == named
    assert server_origins(json.dumps({"render": {"url": address}})) == named


def test_both_servers_are_named_when_both_are_elsewhere() -> None:
    config = {"signaling": "wss://a.example/signal", "render": {"url": "wss://b.example/render"}}
    assert server_origins(json.dumps(config)) == ("wss://a.example", "wss://b.example")
    same = {"signaling": "wss://a.example/signal", "render": {"url": "wss://a.example/render"}}
    assert content_security_policy(server_origins(json.dumps(same))).count("a.example") == 1


DAMAGED = ["", "{", "[]", "null", '"text"', "{}", '{"iceServers": []}', '{"render": ["url"]}']


@pytest.mark.parametrize("config", DAMAGED)
def test_no_server_is_named_when_the_configuration_is_damaged(config: str) -> None:
    assert server_origins(config) == ()
