"""What reads faces here: tried once for each graphics card."""

from __future__ import annotations

import pytest
from tests.support.storage import DictStorage

from persona_core.graphics.capabilities import Capabilities, WebGLCapability
from persona_web.capture.delegate_choice import DELEGATE_KEY, DelegateChoice

CARD = Capabilities(webgl=WebGLCapability(error=None, renderer="A card, 12.1"))
OTHER_DRIVER = Capabilities(webgl=WebGLCapability(error=None, renderer="A card, 13.0"))
SOFTWARE = Capabilities(webgl=WebGLCapability(error=None, renderer="A card", software=True))


@pytest.mark.parametrize("capabilities", [Capabilities(), SOFTWARE])
def test_processor_reads_faces_when_there_is_no_graphics_card(capabilities: Capabilities) -> None:
    storage = DictStorage()
    storage.set(DELEGATE_KEY, f"GPU {capabilities.webgl.renderer}")
    assert DelegateChoice(storage, capabilities).wanted == "CPU"


@pytest.mark.parametrize("better", ["CPU", "GPU"])
def test_delegates_are_tried_once_when_there_is_a_card(better: str) -> None:
    storage = DictStorage()
    choice = DelegateChoice(storage, CARD)
    assert choice.wanted == "try"
    choice.keep(better)
    assert choice.wanted == better
    assert DelegateChoice(storage, CARD).wanted == better
    assert DelegateChoice(storage, OTHER_DRIVER).wanted == "try"


@pytest.mark.parametrize("kept", ["", "GPU", "TPU A card, 12.1", " A card, 12.1"])
def test_delegates_are_tried_when_storage_holds_anything(kept: str) -> None:
    storage = DictStorage()
    storage.set(DELEGATE_KEY, kept)
    assert DelegateChoice(storage, CARD).wanted == "try"
