"""Parts of a page that are loaded when they are first wanted: mark-up, style and sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import js
from pyodide.ffi import create_once_callable, jsnull

from persona_web.bridge.page import Element
from persona_web.bridge.site import Site


async def add_part(
    site: Site,
    name: str,
    place: Element | None = None,
    *,
    styles: Sequence[str] | None = None,
    has_catalogue: bool = True,
) -> None:
    """Adds ``parts/<name>.html`` to the page, in the page's language.

    Args:
        place: where it goes; None for the end of the page.
        styles: its styles, ``styles/<style>.css``; None for the one of its own name.
        has_catalogue: whether ``strings/<name>/`` has its sentences; else the page's has them.

    Raises:
        OSError: a file could not be had; the page is as before.
    """
    try:
        markup, _ = await asyncio.gather(
            site.fetch_bytes(f"parts/{name}.html"),
            asyncio.gather(
                *(add_style(site, style) for style in ((name,) if styles is None else styles)),
                *([add_catalogue(name)] if has_catalogue else []),
            ),
        )
    except OSError:
        raise
    except Exception as error:  # whatever a fetch rejects with
        raise OSError(f"{name}: {error}") from None
    template = js.document.createElement("template")
    template.innerHTML = markup.decode()
    js.virtualpersona.translate(template.content)
    for control in template.content.querySelectorAll("[data-needs-python]"):
        control.removeAttribute("aria-disabled")  # Python is what asked for it
        control.removeAttribute("aria-describedby")
    (js.document.body if place is None else place.node).appendChild(template.content)


async def add_catalogue(name: str) -> None:
    """Adds the sentences of ``strings/<name>/`` to the page's, unless they are there. Raises
    whatever a fetch rejects with."""
    await js.virtualpersona.addStrings(f"{name}/")


async def add_style(site: Site, name: str) -> None:
    """Adds ``styles/<name>.css`` to the page, unless it is there.

    Raises:
        OSError: it could not be had.
    """
    address = site.address(f"styles/{name}.css")
    for sheet in js.document.querySelectorAll("link[rel=stylesheet]"):
        if sheet.href == address and sheet.sheet is not jsnull:
            return
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
