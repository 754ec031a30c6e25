"""The skin of one person, painted onto the map: colour, gloss and relief."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from persona_core.base.arrays import Floats
from persona_models.data.looks import SitterLook
from persona_models.data.skin_map import SkinMap
from persona_models.data.value_noise import noise, step
from persona_models.faces.compiled import fast

# What melanin and blood take from red, green and blue.
_MELANIN = np.array([0.55, 0.85, 1.15], dtype=np.float32)
_BLOOD = np.array([0.12, 0.75, 0.62], dtype=np.float32)


def paint(
    skin_map: SkinMap, look: SitterLook, table: Floats, random: np.random.Generator
) -> Floats:
    """(HEIGHT, WIDTH, 5) float32: albedo in linear light, gloss in [0, 1], fine relief.

    Args:
        skin_map: of the model.
        look: of the person.
        table: of :func:`~persona_models.data.value_noise.noise_table`.
        random: where in the noise this person's skin lies.
    """
    amounts = np.array(
        [
            look.age,
            look.red,
            look.shine,
            look.freckles,
            look.eye_shadow,
            look.liner,
            look.brow_width,
            look.brow_density,
            look.beard,
            look.moustache,
            look.lips,
            float(look.stubble),
            random.uniform(-0.12, 0.12),
            skin_map.texels_per_cm,
        ],
        dtype=np.float32,
    )
    out = np.empty((*skin_map.lips.shape, 5), dtype=np.float32)
    fields = (
        *(skin_map.lips, skin_map.lash_line, skin_map.lower_lid, skin_map.upper_lid),
        *(skin_map.brow_along, skin_map.brow_across, skin_map.beard, skin_map.moustache),
        *(skin_map.red, skin_map.nostrils, skin_map.shine),
    )
    colours = np.stack([look.skin, look.lip_colour, look.hair * np.float32(0.8)])
    offset = random.uniform(0.0, 200.0, 2).astype(np.float32)
    _paint(out, fields, colours, amounts, table, offset, _MELANIN, _BLOOD)
    return out


def relief(skin_map: SkinMap, skin: Floats, age: float, shown: Mapping[str, float]) -> Floats:
    """(HEIGHT, WIDTH, 1) float32 height of pores and folds; an expression deepens its own folds.

    Args:
        skin_map: of the model.
        skin: of :func:`paint`.
        age: how deep folds are, in [0, 1].
        shown: strength of each expression of the model.
    """

    def mean(name: str) -> float:
        return (shown[name + "_L"] + shown[name + "_R"]) / 2.0

    depth = 0.02 + 0.10 * age
    raised = max(mean("browInnerUp"), mean("browOuterUp"))
    smile = max(mean("mouthSmile"), 0.7 * mean("noseSneer"))
    weights = [depth * age * 1.3, depth * raised, (depth + 0.03) * smile, depth * mean("browDown")]
    height = skin_map.folds @ np.array(weights, dtype=np.float32) + skin[..., 4]
    return np.ascontiguousarray(height[..., None], dtype=np.float32)


@fast
def _paint(
    out: Floats,
    fields: tuple[Floats, ...],
    colours: Floats,
    amounts: Floats,
    table: Floats,
    offset: Floats,
    melanin_takes: Floats,
    blood_takes: Floats,
) -> None:
    lips, lashes, bags, lids, along, across, beard, moustache, red, nostrils, shine = fields
    age, flush, oil, freckles, shadow, liner = amounts[:6]
    brow_width, brow_density, beard_density, moustache_density, lip, stubble, slant = amounts[6:13]
    texels_per_cm = amounts[13]
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            x = column / texels_per_cm + offset[0]
            y = row / texels_per_cm + offset[1]
            coarse = noise(table, x * 0.35, y * 0.35)
            middle = noise(table, x * 1.3 + 9.0, y * 1.3)
            fine = noise(table, x * 4.5, y * 4.5 + 31.0)
            pore = noise(table, x * 11.0 + 5.0, y * 11.0)
            melanin = 0.07 * coarse + 0.05 * middle * (0.5 + age) + 0.03 * fine
            blood = 0.10 * coarse + 0.08 * middle + 0.05 * fine + 0.38 * flush * red[row, column]
            spot = noise(table, x * 2.7 + 70.0, y * 2.7 + 11.0)
            melanin += freckles * 0.5 * step(0.45, 0.7, spot)
            melanin += age * 0.35 * step(0.72, 0.85, noise(table, x * 0.9, y * 0.9 + 77.0))
            melanin += (0.10 + 0.25 * age) * bags[row, column] + 0.6 * shadow * lids[row, column]
            blood += 0.25 * bags[row, column] + 0.2 * lids[row, column]
            gloss = (0.22 + 0.55 * oil * shine[row, column]) * (1.0 + 0.35 * pore)
            relief = 0.012 * pore + 0.010 * fine * (0.5 + age)

            rim = step(-0.10, 0.06, lips[row, column] + 0.03 * fine) * lip
            inside = step(-0.02, 0.10, lips[row, column])
            line = noise(table, x * 9.0, y * 1.2)
            gloss += 0.35 * inside * (1.0 + 0.5 * line)
            relief += 0.03 * inside * line

            edge = np.exp(-((lashes[row, column] / (0.10 + 0.06 * liner)) ** 2)) * liner
            hole = nostrils[row, column]

            height = across[row, column] - slant * (along[row, column] - 0.3)
            t = along[row, column]
            width = brow_width * step(-0.14, 0.16, t) * (1.0 - 0.72 * step(0.35, 1.05, t))
            strand = noise(table, x * 7.0 + height * (6.0 + 9.0 * t), y * 2.2 + t * 4.0)
            brow = step(width + 0.12, width - 0.10, abs(height + 0.05 * strand))
            brow *= (0.55 + 0.45 * step(-0.5, 0.4, strand)) * brow_density * step(1.12, 0.95, t)
            if t < -0.15:
                brow = 0.0

            cover = beard[row, column] * beard_density
            cover = max(cover, moustache[row, column] * moustache_density)
            hairs = noise(table, x * 8.0 + 0.8 * middle, y * 3.0)
            dots = noise(table, x * 13.0, y * 13.0)
            if stubble > 0.5:
                growth = 0.55 * cover * (0.65 + 0.35 * dots) * (0.8 + 0.3 * coarse)
            else:
                growth = step(0.12, 0.75, cover * 1.25 + 0.22 * hairs + 0.18 * middle) * min(
                    1.0, cover * 1.8
                )
                growth *= 0.78 + 0.22 * hairs
                relief += 0.05 * growth * hairs
            hair = min(1.0, max(brow, growth))
            gloss *= 1.0 - 0.75 * hair
            for channel in range(3):
                value = colours[0, channel] * np.exp(
                    -melanin * melanin_takes[channel] - blood * blood_takes[channel]
                )
                mouth = colours[1, channel] * (1.0 + 0.10 * line + 0.06 * fine)
                value += (mouth - value) * rim
                value *= (1.0 - 0.85 * edge) * (1.0 - 0.85 * hole)
                tone = colours[2, channel] * (0.8 + 0.5 * (strand if brow > growth else hairs) ** 2)
                value += (tone - value) * hair
                out[row, column, channel] = value
            out[row, column, 3] = gloss
            out[row, column, 4] = relief
