"""Chromium's flags for each kind of graphics that a machine may have, by software here."""

from __future__ import annotations

from typing import Final

WEBGPU: Final = (
    "--enable-unsafe-webgpu",
    # A WebGPU canvas is only shown where everything else is drawn by Vulkan, too: without these
    # the adapter is there, and the device is lost with the first picture.
    "--use-angle=swiftshader",
    "--use-vulkan=swiftshader",
    "--enable-features=Vulkan",
)
WEBGL: Final = ()
"""As it comes: no adapter for WebGPU, WebGL2 by software."""

UNSHOWN_WEBGPU: Final = ("--enable-unsafe-webgpu",)
"""An adapter whose device is lost when it first shows a picture."""

NONE: Final = ("--disable-3d-apis",)
"""Neither WebGPU nor WebGL."""
