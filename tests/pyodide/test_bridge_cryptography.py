"""WebCrypto and the ``cryptography`` package open each other's seals, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.keys import PythonCryptography
from tests.support.pyodide_page import PageRunner
from tests.support.sealer import derive_sealer

from persona_core.call.ports import KeyAgreement, Sealer
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

    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    sealer = await (await BrowserCryptography.load(Site())).derive_sealer(*key)
    return await sealer.seal(plain, associated)


@run_in_pyodide
async def unsealed_in_page(selenium, key, sealed, associated):

    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    sealer = await (await BrowserCryptography.load(Site())).derive_sealer(*key)
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
    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    crypto = await BrowserCryptography.load(Site())
    sealer = await crypto.derive_sealer(bytes(16), b"salt", b"info")
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

    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    crypto = await BrowserCryptography.load(Site())
    sealer = await crypto.derive_sealer(bytes(16), b"salt", b"info")
    sealed = [await sealer.seal(b"plain", b"associated") for _ in range(50)]

    assert len({one[:12] for one in sealed}) == 50
    assert len({one[12:] for one in sealed}) == 50


@run_in_pyodide
async def test_key_stays_in_the_platform_when_javascript_asks_for_it(selenium):
    import js
    import pytest
    from pyodide.ffi import JsException

    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    crypto = await BrowserCryptography.load(Site())
    sealer = await crypto.derive_sealer(bytes(16), b"salt", b"info")

    assert not sealer._key.extractable
    with pytest.raises(JsException, match="InvalidAccessError"):
        await js.crypto.subtle.exportKey("raw", sealer._key)


@run_in_pyodide
async def signed_in_page(selenium, data):
    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    signer = (await BrowserCryptography.load(Site())).signer
    return signer.public, await signer.sign(data)


@run_in_pyodide
async def verified_in_page(selenium, *signed):
    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    return await (await BrowserCryptography.load(Site())).verify(*signed)


def test_signature_is_right_elsewhere_when_the_page_signs(selenium: PageRunner) -> None:
    public, signature = signed_in_page(selenium, b"data")

    assert (len(public), len(signature)) == (65, 64)
    verify = PythonCryptography().verify
    assert finished(verify(public, signature, b"data"))
    assert not finished(verify(public, signature, b"other data"))


def test_signature_is_judged_by_the_page_when_another_implementation_signs(
    selenium: PageRunner,
) -> None:
    signer = PythonCryptography().signer
    signature = finished(signer.sign(b"data"))

    assert verified_in_page(selenium, signer.public, signature, b"data")
    assert not verified_in_page(selenium, signer.public, signature, b"other data")
    assert not verified_in_page(selenium, PythonCryptography().signer.public, signature, b"data")


@pytest.mark.parametrize("key", [b"", bytes(65), b"\x04" + bytes(64), bytes(64)], ids=repr)
def test_page_finds_no_signature_right_when_the_key_is_no_point(
    selenium: PageRunner, key: bytes
) -> None:
    assert not verified_in_page(selenium, key, bytes(64), b"data")


@run_in_pyodide
async def agreed_in_page(selenium, other, plain):
    """A sealed text to whoever has the other key, and what that one sealed is opened later."""
    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    agreement = await (await BrowserCryptography.load(Site())).agree()
    sealer = await agreement.derive_sealer(other, b"secret", b"salt", b"info")
    return agreement.public, await sealer.seal(plain, b"bound")


def test_pair_has_one_key_when_only_one_of_the_two_is_a_page(selenium: PageRunner) -> None:
    async def make() -> KeyAgreement:
        return await PythonCryptography().agree()

    async def opened(public: bytes, sealed: bytes) -> bytes:
        sealer = await own.derive_sealer(public, b"secret", b"salt", b"info")
        return await sealer.unseal(sealed, b"bound")

    own = finished(make())
    public, sealed = agreed_in_page(selenium, own.public, b"plain")

    assert finished(opened(public, sealed)) == b"plain"


@run_in_pyodide
async def test_agreement_is_refused_when_the_other_key_is_no_point(selenium):
    import pytest

    from persona_core.errors import SignalingError
    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    agreement = await (await BrowserCryptography.load(Site())).agree()

    for key in (b"", bytes(65), b"\x04" + bytes(64), agreement.public[:-1]):
        with pytest.raises(SignalingError, match="bad-key-package"):
            await agreement.derive_sealer(key, b"secret", b"salt", b"info")


@run_in_pyodide
async def test_person_has_one_signing_key_when_many_pages_are_opened(selenium):
    import asyncio

    import js
    import pytest
    from pyodide.ffi import JsException

    from persona_web.bridge.network.cryptography import BrowserCryptography
    from persona_web.bridge.site import Site

    loads = [BrowserCryptography.load(Site()) for _ in range(4)]
    signers = [crypto.signer for crypto in await asyncio.gather(*loads)]

    assert len({signer.public for signer in signers}) == 1
    private = signers[0]._signer.pair.privateKey
    assert not private.extractable
    with pytest.raises(JsException, match="InvalidAccessError"):
        await js.crypto.subtle.exportKey("pkcs8", private)


def test_page_is_somebody_new_when_the_device_keeps_no_keys(selenium: PageRunner) -> None:
    kept, _ = signed_in_page(selenium, b"data")
    selenium.run_js("""
        testbed.open = IDBFactory.prototype.open;
        IDBFactory.prototype.open = () => { throw new DOMException("forbidden"); };
    """)
    try:
        first, signature = signed_in_page(selenium, b"data")
        second, _ = signed_in_page(selenium, b"data")
    finally:
        selenium.run_js("IDBFactory.prototype.open = testbed.open;")

    assert len({kept, first, second}) == 3
    assert finished(PythonCryptography().verify(first, signature, b"data"))
    assert signed_in_page(selenium, b"data")[0] == kept
