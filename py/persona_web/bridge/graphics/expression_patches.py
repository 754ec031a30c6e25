"""The further pictures of a portrait's person, decoded for whoever paints them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import js
from pyodide.ffi import to_js

from persona_core.errors import PortraitError
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.expressions.expression_buffers import (
    MAX_PIXELS,
    PatchBuffers,
    masks,
    region_buffers,
    within,
)
from persona_web.bridge.files.pixels import typed
from persona_web.bridge.graphics.portrait_scene import decoded
from persona_web.bridge.site import Site

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class DecodedExpression:
    """Attributes:
    expression: what of it can be drawn: at least one patch.
    images: a JavaScript ``ImageBitmap`` for each of its patches.
    """

    expression: Expression
    images: Mapping[Region, Any]

    def patches(self, image_of: Callable[[Any], Any] = lambda bitmap: bitmap) -> Any:
        """What a painter's ``add`` takes.

        Args:
            image_of: makes of a bitmap what that painter draws from.
        """
        made = []
        for patch in self.expression.patches:
            buffers = PatchBuffers.of(self.expression, patch)
            model = {
                "region": int(patch.region),
                "image": image_of(self.images[patch.region]),
                "places": typed(js.Int16Array, buffers.places),
                "whole": buffers.whole,
            }
            made.append(Site.to_object(model))
        return to_js(made)


class ExpressionPatches:
    """Decodes one portrait's expressions, all of them together no larger than a set may be.

    Args:
        decoding: ``bridge/files/decoding.js``.
    """

    def __init__(self, decoding: Any) -> None:
        self._decoding = decoding
        self._spare_pixels = MAX_PIXELS

    @asynccontextmanager
    async def decode(self, expression: Expression) -> AsyncIterator[DecodedExpression | None]:
        """What of an expression can be drawn, its images open meanwhile; None for nothing.

        Patches that cannot be decoded, or are more than a set may have, are left out.
        """
        small = within(expression, self._spare_pixels)
        images: dict[Region, Any] = {}
        try:
            for patch in () if small is None else small.patches:
                try:
                    images[patch.region] = await decoded(self._decoding, patch)
                except PortraitError as error:
                    logger.warning("the portrait is drawn without a patch: %s", error)
            if small is None or not images:
                yield None
            else:
                patches = tuple(patch for patch in small.patches if patch.region in images)
                yield DecodedExpression(replace(small, patches=patches), images)
        finally:
            for image in images.values():
                image.close()

    def took(self, expression: Expression) -> None:
        """Counts what is held of a set."""
        self._spare_pixels -= sum(patch.width * patch.height for patch in expression.patches)


def region_model() -> Any:
    """What ``createExpressions`` takes."""
    regions = [region_buffers(region) for region in Region]
    return Site.to_object(
        {
            "masks": typed(js.Uint8Array, masks()),
            "regions": [
                {"triangles": typed(js.Uint16Array, each.triangles), "opening": each.opening}
                for each in regions
            ],
        }
    )
