"""The room page's own elements, with ears on their buttons."""

from __future__ import annotations

from typing import Any

import js

from persona_web.bridge.page import Page, Strings
from persona_web.ui.call.call_view import CallActions, CallScene, CallView, JoinActions, JoinPanel
from testbed.hearing import Hearing


def by_id(element_id: str) -> Any:
    return js.document.getElementById(element_id)


def shown(element_id: str) -> bool:
    """Whether a person can see the element."""
    return bool(by_id(element_id).checkVisibility())


def call_view() -> tuple[CallView, Hearing]:
    """A view of a call, and what its buttons ask for."""
    hearing = Hearing()
    names = ("leave", "rejoin")
    actions = {name: lambda name=name: hearing.note(name) for name in names}
    return CallView(Page(), Strings(), CallActions(**actions)), hearing


def join_panel() -> tuple[JoinPanel, Hearing]:
    """The panel that asks, shown, and what its buttons ask for."""
    view, hearing = call_view()
    view.show(CallScene.INVITED)
    names = ("join", "join_without")
    actions = {name: lambda name=name: hearing.note(name) for name in names}
    return JoinPanel(Page(), Strings(), JoinActions(**actions)), hearing
