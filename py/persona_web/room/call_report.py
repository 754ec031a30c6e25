"""The section of a page's report that tells of its call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from persona_core.call.engine import CallEngine
from persona_core.call.remote_peer import RemoteStats


def call_report(engine: CallEngine) -> dict[str, Any]:
    """What a room has to tell of its call; ids are left out, reports are shown to strangers."""
    status = engine.status
    return {
        "phase": status.phase.value,
        "signaling": status.signaling.name.lower(),
        "notice": None if status.notice is None else status.notice.code.value,
        "peers": [
            {
                "quality": remote.quality,
                "path": remote.path,
                "app": remote.app,
                "present": bool(remote.avatar),
                "muted": remote.muted,
                "heard": remote.audio is not None,
                "portrait": None if remote.portrait is None else len(remote.portrait),
            }
            | _figures(remote.stats)
            for remote in engine.remotes
        ],
    }


def _figures(stats: RemoteStats) -> dict[str, Any]:
    return {field.name: _plain(getattr(stats, field.name)) for field in fields(stats)}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2)
    return dict(value) if isinstance(value, Mapping) else value
