"""What the bridge lends to JavaScript it takes back: proxies do not grow with use."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

CYCLES = 200


@run_in_pyodide
async def test_counting_finds_the_proxy_when_one_is_left(selenium):
    from pyodide.ffi import create_proxy
    from testbed.ownership import counted, settle

    with counted() as held:
        await settle()
        left = create_proxy(lambda: None)
    left.destroy()

    assert held.places.total() == 1


@pytest.mark.parametrize(
    ("kind", "cycles"),
    [
        ("canvas", CYCLES),
        ("camera", 20),
        ("connected peers", 5),
        ("microphone", 20),
        ("model store", 20),
        ("peer", CYCLES),
        ("refused socket", 20),
        ("sealer", CYCLES),
        ("socket", CYCLES),
        ("ticker", CYCLES),
        ("timer", CYCLES),
        ("tracker", 20),
        ("voices", 20),
    ],
)
@run_in_pyodide
async def test_proxies_do_not_grow_when_things_are_opened_and_closed(
    selenium, signaling_url, kind, cycles
):
    from testbed.cycles import CYCLES
    from testbed.ownership import counted, settle

    cycle = CYCLES[kind]
    await cycle(signaling_url)  # what is made once and for all is made now
    await settle()
    with counted() as held:
        for _ in range(cycles):
            await cycle(signaling_url)
        await settle()

    assert held.places.total() == 0, held.places.most_common(1)
