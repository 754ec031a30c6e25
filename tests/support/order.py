"""In which order files of tests are begun."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LONGEST_FIRST = (
    "unit/core/call/test_hostile_frames.py",
    "unit/core/portrait/test_set_making.py",
    "unit/core/call/test_scripted_calls.py",
    "unit/core/call/test_slow_machines.py",
    "unit/core/call/test_day_calls.py",
    "server/test_calls_over_server.py",
    "server/test_hostile_clients.py",
    "pyodide/test_bridge_tracker.py",
    "pyodide/test_lite_face.py",
    "pyodide/test_neural_model.py",
    "pyodide/test_crowd.py",
    "browser/test_pages.py",
    "browser/test_rough_network.py",
    "browser/test_wizard_call.py",
    "browser/test_offline.py",
    "browser/test_wizard.py",
    "browser/test_neural.py",
    "browser/test_phase2.py",
    "browser/test_liveportrait.py",
    "browser/test_boot.py",
    "browser/test_lab.py",
    "browser/test_how_to.py",
    "browser/test_lobby.py",
    "browser/test_accessible_call.py",
    "browser/test_joining.py",
    "browser/test_home.py",
    "browser/test_residual_call.py",
    "browser/test_phase2_in_v3.py",
    "browser/test_portrait_set_call.py",
    "browser/test_outage.py",
    "browser/test_neural_call.py",
    "browser/test_lite.py",
    "browser/test_paths.py",
    "browser/test_hands.py",
    "browser/test_photo_gallery.py",
    "browser/test_who.py",
    "browser/test_conditions.py",
    "browser/test_outlets.py",
    "browser/test_bad_input.py",
    "browser/test_effects.py",
    "browser/test_security_policy.py",
    "browser/test_static_host.py",
    "browser/test_portrait_set.py",
    "browser/test_call_bar.py",
    "engines/test_webkit_pages.py",
    "engines/test_calls.py",
    "engines/test_firefox_pages.py",
    "models/test_demo_motion.py",
    "models/test_studio_people.py",
    "models/test_patch_training.py",
    "models/test_self_reenactment.py",
)
"""The files that take long, by layer. Begun first, none of them is left to one worker when the
others have nothing more to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {TESTS / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
