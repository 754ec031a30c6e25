"""WebCrypto and the ``cryptography`` package open each other's seals, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner
from tests.support.sealer import derive_sealer

from persona_core.call.ports import Sealer
from persona_core.errors import WrongSecretError

Result = TypeVar("Result")

SECRET = bytes(range(16))
SALT = b"salt"
INFO = b"room key"
ASSOCIATED = b"from a to b, kind offer, 7"
PLAIN_TEXTS = [b"", b"v=0\r\n", "안녕".encode(), bytes(range(256)) * 60]


def finished(work: Coroutine[object, object, Result]) -> Result:
    """Runs a coroutine where no loop runs: Playwright keeps one running in the main thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def reference() -> Sealer:
    return finished(derive_sealer(SECRET, SALT, INFO))


@run_in_pyodide
async def sealed_in_page(selenium, key, plain, associated):
    from persona_web.bridge.sealing import BrowserSealer
    from persona_web.bridge.site import Site

    sealer = await BrowserSealer.derive(Site(), *key)
    return await sealer.seal(plain, associated)


@run_in_pyodide
async def unsealed_in_page(selenium, key, sealed, associated):
    from persona_web.bridge.sealing import BrowserSealer
    from persona_web.bridge.site import Site

    sealer = await BrowserSealer.derive(Site(), *key)
    return await sealer.unseal(sealed, associated)


@pytest.mark.parametrize("plain", PLAIN_TEXTS, ids=len)
def test_sealer_is_understood_elsewhere_when_the_page_seals(
    selenium: PageRunner, plain: bytes
) -> None:
    sealed = sealed_in_page(selenium, (SECRET, SALT, INFO), plain, ASSOCIATED)

    assert finished(reference().unseal(sealed, ASSOCIATED)) == plain


@pytest.mark.parametrize("plain", PLAIN_TEXTS, ids=len)
def test_sealer_understands_others_when_the_page_unseals(
    selenium: PageRunner, plain: bytes
) -> None:
    sealed = finished(reference().seal(plain, ASSOCIATED))

    assert unsealed_in_page(selenium, (SECRET, SALT, INFO), sealed, ASSOCIATED) == plain


@pytest.mark.parametrize(
    "key",
    [
        (bytes(16), SALT, INFO),
        (SECRET, b"another salt", INFO),
        (SECRET, SALT, b"another room"),
    ],
    ids=["secret", "salt", "info"],
)
def test_sealer_refuses_when_the_key_is_another(
    selenium: PageRunner, key: tuple[bytes, bytes, bytes]
) -> None:
    sealed = finished(reference().seal(b"plain", ASSOCIATED))

    with pytest.raises(WrongSecretError):
        unsealed_in_page(selenium, key, sealed, ASSOCIATED)


def test_sealer_refuses_when_the_associated_data_is_another(
    selenium: PageRunner,
) -> None:
    sealed = finished(reference().seal(b"plain", ASSOCIATED))

    with pytest.raises(WrongSecretError):
        unsealed_in_page(selenium, (SECRET, SALT, INFO), sealed, ASSOCIATED + b"8")


@run_in_pyodide
async def test_sealer_refuses_every_time_when_any_byte_was_altered(selenium):
    import pytest

    from persona_core.errors import WrongSecretError
    from persona_web.bridge.sealing import BrowserSealer
    from persona_web.bridge.site import Site

    sealer = await BrowserSealer.derive(Site(), bytes(16), b"salt", b"info")
    sealed = await sealer.seal(b"plain", b"associated")

    for at in range(len(sealed)):
        altered = bytearray(sealed)
        altered[at] ^= 1
        with pytest.raises(WrongSecretError):
            await sealer.unseal(bytes(altered), b"associated")
    for length in range(len(sealed)):
        with pytest.raises(WrongSecretError):
            await sealer.unseal(sealed[:length], b"associated")
    assert await sealer.unseal(sealed, b"associated") == b"plain"


@run_in_pyodide
async def test_sealer_never_repeats_a_nonce_when_it_seals_the_same_again(selenium):
    from persona_web.bridge.sealing import BrowserSealer
    from persona_web.bridge.site import Site

    sealer = await BrowserSealer.derive(Site(), bytes(16), b"salt", b"info")
    sealed = [await sealer.seal(b"plain", b"associated") for _ in range(50)]

    assert len({one[:12] for one in sealed}) == 50
    assert len({one[12:] for one in sealed}) == 50


@run_in_pyodide
async def test_key_stays_in_the_platform_when_javascript_asks_for_it(selenium):
    import js
    import pytest
    from pyodide.ffi import JsException

    from persona_web.bridge.sealing import BrowserSealer
    from persona_web.bridge.site import Site

    sealer = await BrowserSealer.derive(Site(), bytes(16), b"salt", b"info")

    assert not sealer._key.extractable
    with pytest.raises(JsException, match="InvalidAccessError"):
        await js.crypto.subtle.exportKey("raw", sealer._key)
