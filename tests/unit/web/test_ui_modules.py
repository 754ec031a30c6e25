"""What shows things knows the browser by its types alone, so it can be tested without one."""

from __future__ import annotations

import importlib
import pkgutil

from persona_web import ui


def test_widgets_can_be_imported_when_there_is_no_browser() -> None:
    modules = [found.name for found in pkgutil.walk_packages(ui.__path__, "persona_web.ui.")]
    assert len(modules) > 20
    for module in modules:
        importlib.import_module(module)
