"""What lies in the clipboard, found out as a person would: the site's policy forbids pages to."""

from __future__ import annotations

from playwright.sync_api import Page


def pasted(page: Page) -> str:
    """Pastes into a field of its own, which is gone afterwards."""
    field = page.evaluate_handle(
        "() => document.body.appendChild(document.createElement('textarea'))"
    )
    field.evaluate("field => field.focus()")
    page.keyboard.press("ControlOrMeta+V")
    text = field.evaluate("field => { field.remove(); return field.value; }")
    return str(text)
