"""What holds for every layer."""

from __future__ import annotations

from hypothesis import settings

import persona_models  # noqa: F401 - first, that onnxruntime keeps to itself what it does

pytest_plugins = ["tests.support.deadline", "tests.support.order"]

# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
