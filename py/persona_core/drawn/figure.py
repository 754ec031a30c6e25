"""The order of the layers, from back to front."""

from __future__ import annotations

from persona_core.drawn.look import Look
from persona_core.drawn.parts import (
    accessories,
    beard,
    body,
    brows,
    clothes,
    eyes,
    hair,
    hats,
    head,
    mouth,
    nose,
)
from persona_core.drawn.sketch import Sketch
from persona_core.drawn.style import AvatarStyle


def draw_figure(s: Sketch, style: AvatarStyle) -> None:
    """Draws the whole character on a sketch."""
    look = Look.of(style)
    with hats.tucked(s, look):
        hair.draw_hair_back(s, look)
    clothes.draw_clothes_back(s, look)
    body.draw_neck(s, look)
    clothes.draw_clothes(s, look)
    head.draw_ears(s, look)
    accessories.draw_earrings(s, look)
    head.draw_face(s, look)
    beard.draw_beard(s, look)
    mouth.draw_lip_shadow(s, look)
    s.unclip()
    mouth.draw_mouth(s, look)
    beard.draw_moustache(s, look)
    nose.draw_nose(s, look)
    eyes.draw_eyes(s, look)
    brows.draw_brows(s, look)
    accessories.draw_glasses(s, look)
    with hats.tucked(s, look):
        hair.draw_hair_front(s, look)
    accessories.draw_hair_clip(s, look)
    hats.draw_hat(s, look)
