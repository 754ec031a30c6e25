"""LivePortrait-Lite in a real Pyodide: landmarks go to the nets, changes come back."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_nets_draw_another_change_when_the_mouth_opens(selenium):
    import numpy as np
    from testbed.models import lite_face, loaded_lite

    from persona_core.neural.families.lite_patches import CHANGES, PLACES
    from persona_core.neural.manifest.manifest import Precision

    async with loaded_lite() as model:
        face, parameters = await lite_face(model)
        shut, opened = [(await face.draw(parameters(jaw_open))).picture for jaw_open in (0.0, 0.7)]
        again = (await face.draw(parameters(0.0))).picture
        mouth = [np.array(each.mouth_change.to_py()) for each in (shut, opened, again)]
        lengths = {name: getattr(shut, name).length for name in (*CHANGES, PLACES)}
        await face.close()

    shapes = [model.manifest.tensor(name).size for name in CHANGES]
    assert model.precision is Precision.INT8, "its self-check was passed"
    assert list(lengths.values()) == [*shapes, 3 * 468 * 2]
    assert np.abs(mouth[0] - mouth[1]).max() > 0.02
    assert (mouth[0] == mouth[2]).all()


@run_in_pyodide
async def test_whole_pictures_come_as_bitmaps_when_there_is_no_gpu(selenium):
    import numpy as np
    from testbed.models import lite_portrait, loaded_lite

    from persona_core.neural.families.lite_patches import PICTURE, PICTURE_STEP, STEP, STRENGTH

    async with loaded_lite() as model:
        settled, parameters = lite_portrait()
        face = model.face(before=[STEP], after=[PICTURE_STEP], picture=PICTURE)
        await face.settle(settled | {STRENGTH: np.ones(3, np.float32)})
        bitmap = (await face.draw(parameters(0.4))).picture
        size = (bitmap.width, bitmap.height)
        bitmap.close()
        await face.close()

    assert size == (256, 256)


@run_in_pyodide
async def test_memory_stays_flat_when_hundreds_of_patches_are_drawn(selenium):
    from testbed.models import lite_face, loaded_lite
    from testbed.ownership import counted, settle

    async with loaded_lite() as model:
        face, parameters = await lite_face(model)
        await face.draw(parameters(0.0))
        sizes = []
        with counted() as held:
            for frame in range(300):
                await face.draw(parameters(frame % 10 / 10))
                if frame % 50 == 49:
                    sizes.append(await model.inference.memory_bytes())
            await settle()
        await face.close()

    assert held.places.total() == 0, held.places.most_common(1)
    assert sizes[-1] == sizes[1], sizes
