"""Which engine draws: the one that is asked for, or the one that belongs to the model."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Final

from persona_core.errors import ManifestError
from persona_core.neural.manifest.manifest import Family
from persona_core.neural.manifest.manifest_json import FILE_NAME, read_manifest
from persona_render.engines.engine import GROUP, Engine, EngineOptions, OpenEngine
from persona_render.errors import RenderError


def _lite() -> OpenEngine:
    from persona_render.engines.lite import LiteEngine

    return LiteEngine


def _liveportrait() -> OpenEngine:
    from persona_render.engines.liveportrait import LivePortraitEngine

    return LivePortraitEngine


BUILT_IN: Final = {Family.LITE.value: _lite, Family.LIVEPORTRAIT.value: _liveportrait}
"""By the family of models that they draw with; imported when they are wanted."""


def open_engine(name: str, options: EngineOptions) -> Engine:
    """
    Args:
        name: of a family that comes with the server, or of somebody's entry point; empty for what
            the model's manifest says.

    Raises:
        RenderError: there is no such engine (``no-engine``), or it cannot draw with this model.
    """
    wanted = name or _family(options)
    if wanted in BUILT_IN:
        return BUILT_IN[wanted]()(options)
    for entry in plug_ins():
        if entry.name == wanted:
            try:
                opener: OpenEngine = entry.load()
            except Exception as error:  # somebody else's code
                raise RenderError(f"{entry.value}: {error!r}", code="no-engine") from error
            return opener(options)
    known = ", ".join([*BUILT_IN, *(entry.name for entry in plug_ins())])
    raise RenderError(f"{wanted}; there are {known}", code="no-engine")


def plug_ins() -> list[EntryPoint]:
    """The engines of other people that are installed."""
    return list(entry_points(group=GROUP))


def _family(options: EngineOptions) -> str:
    try:
        return read_manifest((options.model / FILE_NAME).read_bytes()).family.value
    except (OSError, ManifestError) as error:
        raise RenderError(f"{options.model / FILE_NAME}: {error}", code="bad-model") from error
