"""Parts of a page that are loaded when they are first wanted: mark-up, style and sentences."""

from __future__ import annotations

import asyncio

import js
from pyodide.ffi import create_once_callable

from persona_web.bridge.site import Site


async def add_part(site: Site, name: str) -> None:
    """Adds ``parts/<name>.html`` to the end of the page, in the page's language.

    Its style is ``styles/<name>.css``, its catalogue ``strings/<name>/``.

    Raises:
        OSError: a file could not be had; the page is as before.
    """
    try:
        markup, _, _ = await asyncio.gather(
            site.fetch_bytes(f"parts/{name}.html"),
            _add_style(site.address(f"styles/{name}.css")),
            js.virtualpersona.addStrings(f"{name}/"),
        )
    except OSError:
        raise
    except Exception as error:  # whatever a fetch rejects with
        raise OSError(f"{name}: {error}") from None
    template = js.document.createElement("template")
    template.innerHTML = markup.decode()
    js.virtualpersona.translate(template.content)
    js.document.body.appendChild(template.content)


async def _add_style(address: str) -> None:
    loaded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    link = js.document.createElement("link")
    link.rel, link.href = "stylesheet", address

    def settle(event: object) -> None:
        if str(event.type) == "load":  # type: ignore[attr-defined]
            loaded.set_result(None)
        else:
            link.remove()
            loaded.set_exception(OSError(address))

    once = create_once_callable(settle)
    link.onload = link.onerror = once
    js.document.head.appendChild(link)
    await loaded
