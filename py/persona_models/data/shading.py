"""The light that leaves each pixel: skin, eyes, teeth, hair and cloth under a key light and a sky.

Every surface is diffuse plus a Blinn highlight (J. Blinn, "Models of Light Reflection for
Computer Synthesized Pictures", 1977); hair uses Kajiya and Kay's ("Rendering Fur with Three
Dimensional Textures", 1989). Light scattered in skin is imitated by letting each colour reach
beyond the terminator by another share, red the furthest. Colours are linear light.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_models.data.value_noise import noise, step
from persona_models.faces.compiled import fast, inlined

Ints = npt.NDArray[np.int32]
Triple = tuple[float, float, float]
Corners = tuple[int, int, int, float, float, float]

SKIN, BAG, SOCKET, GUM, TOOTH, EYE, CAP, LOCK, CLOTH, FRAME, LASH, LENS = range(12)
"""What a triangle is made of."""

SHADOW_SIZE = 192
SHADOW_REACH = 17.0  # cm from the middle of the head to the shadow map's border
_WRAP = np.array([0.34, 0.16, 0.11], dtype=np.float32)
_FLESH = np.array([0.7, 1.1, 1.2], dtype=np.float32)  # of light among the flesh of a mouth
_BUMP = 11.0  # how steep relief is
_EYE_X, _EYE_Y = 3.12, 3.62  # cm: the irises' middles in the model, on either side
_LIP_FRONT = 11.0  # cm: z of the teeth's fronts and the lips in the model


@inlined
def _fetch(image: Floats, u: float, v: float, channel: int) -> float:
    u = min(max(u, 0.0), image.shape[1] - 1.001)
    v = min(max(v, 0.0), image.shape[0] - 1.001)
    x, y = int(u), int(v)
    s, t = u - x, v - y
    upper = image[y, x, channel] * (1.0 - s) + image[y, x + 1, channel] * s
    lower = image[y + 1, x, channel] * (1.0 - s) + image[y + 1, x + 1, channel] * s
    return upper * (1.0 - t) + lower * t


@inlined
def _lit(shadow: Floats, frame: Floats, softness: float, px: float, py: float, pz: float) -> float:
    """Share of the key light that reaches a place: 3 x 3 looks into the shadow map."""
    scale = SHADOW_SIZE / (2.0 * SHADOW_REACH)
    u = (px * frame[0, 0] + py * frame[0, 1] + pz * frame[0, 2]) * scale + SHADOW_SIZE / 2.0
    v = (px * frame[1, 0] + py * frame[1, 1] + pz * frame[1, 2]) * scale + SHADOW_SIZE / 2.0
    depth = -(px * frame[2, 0] + py * frame[2, 1] + pz * frame[2, 2]) - 0.35
    free = 0.0
    for i in range(-1, 2):
        for j in range(-1, 2):
            x, y = int(u + i * softness + 0.5), int(v + j * softness + 0.5)
            if x < 0 or y < 0 or x >= SHADOW_SIZE or y >= SHADOW_SIZE or depth < shadow[y, x]:
                free += 1.0
    return free / 9.0


@inlined
def _corners(pixels: Floats, triangles: Ints, number: int, x: int, y: int) -> Corners:
    """Corners of a triangle and a pixel's barycentric weights in it."""
    i, j, k = triangles[number, 0], triangles[number, 1], triangles[number, 2]
    ax, ay = pixels[i, 0], pixels[i, 1]
    bx, by = pixels[j, 0], pixels[j, 1]
    cx, cy = pixels[k, 0], pixels[k, 1]
    inverse = 1.0 / ((by - cy) * (ax - cx) + (cx - bx) * (ay - cy))
    a = ((by - cy) * (x - cx) + (cx - bx) * (y - cy)) * inverse
    b = ((cy - ay) * (x - cx) + (ax - cx) * (y - cy)) * inverse
    return i, j, k, a, b, 1.0 - a - b


@inlined
def _mix(
    values: Floats, i: int, j: int, k: int, a: float, b: float, c: float, column: int
) -> float:
    return a * values[i, column] + b * values[j, column] + c * values[k, column]


@inlined
def _unit(x: float, y: float, z: float) -> Triple:
    scale = 1.0 / (np.sqrt(x * x + y * y + z * z) + 1e-9)
    return x * scale, y * scale, z * scale


@inlined
def _bumped(
    relief: Floats, u: float, v: float, turn: Floats, nx: float, ny: float, nz: float
) -> Triple:
    """The normal of skin with pores and folds."""
    slope_u = _fetch(relief, u + 0.7, v, 0) - _fetch(relief, u - 0.7, v, 0)
    slope_v = _fetch(relief, u, v + 0.7, 0) - _fetch(relief, u, v - 0.7, 0)
    up_x, up_y, up_z = turn[0, 1], turn[1, 1], turn[2, 1]
    # Across the skin, at right angles to the head's up.
    across_x, across_y, across_z = (
        up_y * nz - up_z * ny,
        up_z * nx - up_x * nz,
        up_x * ny - up_y * nx,
    )
    return _unit(
        nx - _BUMP * (slope_u * across_x - slope_v * up_x),
        ny - _BUMP * (slope_u * across_y - slope_v * up_y),
        nz - _BUMP * (slope_u * across_z - slope_v * up_z),
    )


@inlined
def _strand(kind: int, across: float, down: float, cover: float, table: Floats) -> Triple:
    """How much of a pixel is hair, its tone, and how the strand bends."""
    if kind == CAP:
        fine = noise(table, across * 42.0, down * 2.0)
        broad = noise(table, across * 9.0 + 40.0, down * 1.3)
        return step(0.10, 0.42, cover + 0.16 * fine), 0.78 + 0.34 * fine + 0.26 * broad, fine
    fine = noise(table, across * 14.0, down * 3.0)
    broad = noise(table, across * 2.3 + 40.0, down * 1.5)
    return 1.0, 0.78 + 0.34 * fine + 0.26 * broad, fine


@inlined
def _eye(
    rx: float,
    ry: float,
    amount: Floats,
    iris_colour: Floats,
    key_x: float,
    key_y: float,
    table: Floats,
) -> tuple[float, float, float, float]:
    """Colour of an eyeball at a place of the model, and how much of it is iris."""
    side = 1.0 if rx > 0.0 else -1.0
    ex, ey = rx - side * _EYE_X, ry - _EYE_Y
    out_of = np.sqrt(ex * ex + ey * ey)
    iris, pupil = amount[0], amount[1]
    veins = max(noise(table, rx * 5.0, ry * 9.0), 0.0)
    white, ball = 0.8 * amount[2], min(out_of / 1.3, 1.0)
    inner = step(0.75, 1.25, -ex * side)  # towards the nose it is pink
    red = white * (1.0 - 0.10 * ball) * (1.0 - 0.15 * inner)
    green = white * (0.93 - 0.24 * ball - 0.05 * veins) * (1.0 - 0.5 * inner)
    blue = white * (0.90 - 0.26 * ball - 0.05 * veins) * (1.0 - 0.5 * inner)
    inside = step(iris + 0.05, iris - 0.05, out_of)
    share = out_of / iris
    fibre = noise(table, np.arctan2(ey, ex) * 9.0 + side * 30.0, out_of * 2.5)
    tone = (1.2 + 0.5 * fibre) * (1.4 - 0.5 * share) * (1.0 - 0.75 * step(0.78, 1.0, share))
    tone *= 1.0 - step(pupil + 0.03, pupil - 0.03, out_of)
    # The cornea bends light to the side away from the key.
    tone *= 1.0 - 0.45 * (key_x * ex + key_y * ey) / iris
    red += (iris_colour[0] * tone + 0.004 - red) * inside
    green += (iris_colour[1] * tone + 0.004 - green) * inside
    blue += (iris_colour[2] * tone + 0.004 - blue) * inside
    return red, green, blue, inside


@inlined
def _plain(
    kind: int, facing: float, px: float, py: float, colour: Floats, table: Floats
) -> tuple[float, float, float, float, float]:
    """Colour, gloss and sharpness of what has no map of its own."""
    if kind == TOOTH:
        gap = 0.55 + 0.45 * step(0.05, 0.6, facing)  # between teeth it is dark
        red, green, blue = colour[3, 0], colour[3, 1], colour[3, 2]
        return red * gap, green * gap**1.2, blue * gap**1.35, 0.5, 70.0
    if kind == CLOTH:
        weave = noise(table, px * 12.0, py * 12.0)
        fold = noise(table, px * 0.35, py * 0.15 + 3.0)
        tone = 0.85 + 0.10 * weave + 0.25 * fold
        return colour[1, 0] * tone, colour[1, 1] * tone, colour[1, 2] * tone, 0.0, 24.0
    if kind == FRAME:
        return colour[5, 0], colour[5, 1], colour[5, 2], 1.6, 50.0
    red, green, blue = colour[4, 0], colour[4, 1], colour[4, 2]
    if kind == BAG:
        return 0.6 * red, 0.4 * green, 0.4 * blue, 0.35, 40.0
    return red, green, blue, 0.35, 40.0


@inlined
def _highlight(
    gloss: float, sharp: float, nx: float, ny: float, nz: float, half: Triple, wet: bool
) -> float:
    turned = max(0.0, nx * half[0] + ny * half[1] + nz * half[2])
    if wet:
        return gloss * turned**sharp
    edge = (1.0 - max(nz, 0.0)) ** 4
    return gloss * (0.16 * turned**sharp + 0.03 * turned**5) * (1.0 + 2.0 * edge)


@inlined
def _along_strands(nx: float, ny: float, nz: float, half: Triple) -> float:
    """Kajiya and Kay's highlight: strands run down the head, within the surface."""
    sx, sy, sz = _unit(nx * ny, ny * ny - 1.0, nz * ny)
    along = sx * half[0] + sy * half[1] + sz * half[2]
    return max(0.0, 1.0 - along * along) ** 24.0


@inlined
def _enclosed(kind: int, open_sky: float, rz: float, dark: float) -> float:
    """Share of the sky that reaches what lies in the mouth, in a socket or behind lids."""
    if kind == SOCKET:
        return 0.4 * open_sky
    if kind == EYE:
        return open_sky**2.2
    deep = np.exp(-max(0.0, _LIP_FRONT - rz) * dark)
    if kind == TOOTH:
        return open_sky * (0.25 + 0.75 * deep)
    if kind == BAG or kind == GUM:
        return open_sky * deep
    return open_sky


@fast
def shade(
    out: Floats,
    seen: Ints,
    pixels: Floats,
    triangles: Ints,
    material: Ints,
    posed: Floats,
    normal: Floats,
    rest: Floats,
    texel: Floats,
    strand: Floats,
    skin: Floats,
    relief: Floats,
    turn: Floats,
    shadow: Floats,
    frame: Floats,
    light: Floats,
    occlusion: Floats,
    colour: Floats,
    amount: Floats,
    table: Floats,
) -> None:
    """Lights every pixel that shows something.

    Args:
        out: (H, W, 3) holds the background; gets the light.
        seen: (H, W) number of the triangle, -1 for none.
        pixels: (N, 3) places in the picture.
        triangles: (M, 3).
        material: (M,) of the constants above.
        posed: (N, 3) places, cm, as the head is turned.
        normal: (N, 3) likewise.
        rest: (N, 3) places in the average head.
        texel: (N, 2) places on the skin's map.
        strand: (N, 3) of hair: across, down, cover.
        skin: (H', W', 5) of :func:`~persona_models.data.skin_paint.paint`.
        relief: (H', W', 1) height of pores and folds.
        turn: (3, 3) of the head.
        shadow: (SHADOW_SIZE, SHADOW_SIZE) depth from the key light.
        frame: (3, 3) the key light's right, up and direction towards it.
        light: (5, 3) colours of key light, fill light, sky and ground; then the fill's direction.
        occlusion: (H / 2, W / 2) share of the sky that reaches a pixel.
        colour: (6, 3) hair, cloth, iris, tooth, gum, frame.
        amount: (8,) iris radius, pupil radius, sclera, flat light, softness of the shadow,
            darkness of the mouth, gloss of hair, brightness of the white highlights.
        table: of the noise.
    """
    height, width = seen.shape
    key_x, key_y, key_z = frame[2, 0], frame[2, 1], frame[2, 2]
    half = _unit(key_x, key_y, key_z + 1.0)
    for y in range(height):
        for x in range(width):
            number = seen[y, x]
            if number < 0:
                continue
            i, j, k, a, b, c = _corners(pixels, triangles, number, x, y)
            px, py = _mix(posed, i, j, k, a, b, c, 0), _mix(posed, i, j, k, a, b, c, 1)
            pz, rz = _mix(posed, i, j, k, a, b, c, 2), _mix(rest, i, j, k, a, b, c, 2)
            nx, ny, nz = _unit(
                _mix(normal, i, j, k, a, b, c, 0),
                _mix(normal, i, j, k, a, b, c, 1),
                _mix(normal, i, j, k, a, b, c, 2),
            )
            kind = material[number]
            if nz < 0.0 and kind >= LOCK:
                nx, ny, nz = -nx, -ny, -nz
            gloss, sharp, reach, hairy = 0.0, 24.0, 0.0, 0.0
            red, green, blue = 0.0, 0.0, 0.0
            open_sky = _enclosed(kind, occlusion[y // 2, x // 2], rz, amount[5])
            wet = kind == EYE
            oral = kind == TOOTH or kind == GUM or kind == BAG
            if kind == SKIN or kind == CAP or kind == SOCKET:
                u, v = _mix(texel, i, j, k, a, b, c, 0), _mix(texel, i, j, k, a, b, c, 1)
                red, green = _fetch(skin, u, v, 0), _fetch(skin, u, v, 1)
                blue, gloss = _fetch(skin, u, v, 2), _fetch(skin, u, v, 3)
                reach = 1.0
                nx, ny, nz = _bumped(relief, u, v, turn, nx, ny, nz)
            elif kind == EYE:
                rx, ry = _mix(rest, i, j, k, a, b, c, 0), _mix(rest, i, j, k, a, b, c, 1)
                red, green, blue, inside = _eye(rx, ry, amount, colour[2], key_x, key_y, table)
                nx, ny = nx * (1.0 + 0.5 * inside), ny * (1.0 + 0.5 * inside)
                nx, ny, nz = _unit(nx, ny, np.sqrt(max(0.04, 1.0 - nx * nx - ny * ny)))
                gloss, sharp = 2.4, 170.0
            elif kind != LOCK:
                facing = nx * turn[0, 2] + ny * turn[1, 2] + nz * turn[2, 2]
                red, green, blue, gloss, sharp = _plain(kind, facing, px, py, colour, table)
            if kind == CAP or kind == LOCK:
                hairy, tone, bend = _strand(
                    kind,
                    _mix(strand, i, j, k, a, b, c, 0),
                    _mix(strand, i, j, k, a, b, c, 1),
                    _mix(strand, i, j, k, a, b, c, 2),
                    table,
                )
                red += (colour[0, 0] * tone - red) * hairy
                green += (colour[0, 1] * tone - green) * hairy
                blue += (colour[0, 2] * tone - blue) * hairy
                gloss, reach = gloss * (1.0 - hairy), reach * (1.0 - hairy)
                ny += 0.16 * bend * hairy

            free = _lit(shadow, frame, amount[4], px, py, pz)
            if wet or kind == TOOTH:
                free = 0.35 + 0.65 * free
            facing = nx * key_x + ny * key_y + nz * key_z
            filled = open_sky * max(0.0, nx * light[4, 0] + ny * light[4, 1] + nz * light[4, 2])
            shine = _highlight(gloss, sharp, nx, ny, nz, half, wet) * free * amount[7]
            strands = _along_strands(nx, ny, nz, half) * hairy * amount[6] * free
            strands *= 0.6 + 0.4 * max(facing, 0.0)
            for channel in range(3):
                wrap = _WRAP[channel] * reach
                direct = max(0.0, (facing + wrap) / (1.0 + wrap))
                direct *= free ** (1.0 - 0.35 * (1.0 - channel * 0.5) * reach)
                sky = light[3, channel] + (light[2, channel] - light[3, channel]) * (0.5 + 0.5 * ny)
                # Light that leaves a crease of skin, or a mouth, has met flesh twice: it is redder.
                bounce = _FLESH[channel] if oral else 1.0 - 0.25 * reach * (channel == 0)
                dim = open_sky**bounce
                arriving = light[0, channel] * direct + light[1, channel] * filled + sky * dim
                arriving += (1.0 - arriving) * amount[3] * open_sky
                tone = red if channel == 0 else (green if channel == 1 else blue)
                value = tone * arriving + light[0, channel] * shine
                value += light[0, channel] * strands * (0.02 + 0.35 * tone) + 0.02 * sky * wet
                out[y, x, channel] = value


@fast
def veil(
    out: Floats,
    seen: Ints,
    pixels: Floats,
    triangles: Ints,
    material: Ints,
    strand: Floats,
    light: Floats,
    colour: Floats,
    amount: Floats,
    table: Floats,
) -> None:
    """Draws what lets light through over the picture: lashes and lenses.

    Args:
        amount: (3,) density of the lashes, tint of the lenses, their reflection.

    The others are those of :func:`shade`; ``strand`` holds along the lid and towards the tips.
    """
    height, width = seen.shape
    for y in range(height):
        for x in range(width):
            number = seen[y, x]
            if number < 0:
                continue
            i, j, k, a, b, c = _corners(pixels, triangles, number, x, y)
            if material[number] == LASH:
                along = _mix(strand, i, j, k, a, b, c, 0)
                tip = _mix(strand, i, j, k, a, b, c, 1)
                comb = noise(table, along * 9.0, tip * 0.7)
                thin = step(-0.9 + 1.5 * tip, 0.3 + 1.2 * tip, comb)
                alpha = amount[0] * thin * (1.0 - 0.6 * tip)
                for channel in range(3):
                    out[y, x, channel] *= 1.0 - alpha
                    out[y, x, channel] += alpha * 0.15 * colour[0, channel]
            else:
                streak = noise(table, pixels[i, 0] * 0.002 + x * 0.012 + y * 0.006, 3.0)
                glare = amount[2] * step(0.35, 0.75, streak)
                for channel in range(3):
                    out[y, x, channel] *= 1.0 - amount[1]
                    out[y, x, channel] += glare * light[2, channel]
