"""Characters on canvases: what is drawn is really there."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_canvas_shows_a_character_when_it_is_drawn(selenium):
    from testbed.drawing import avatar_on, easel
    from testbed.markup import pixels

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.params import FaceParams

    async with easel() as (canvas, drawing):
        avatar = avatar_on(drawing, CHARACTERS[0])
        assert not pixels(canvas).any()
        avatar.draw(FaceParams(0.0), 0.0)
        picture = pixels(canvas)

    assert picture.shape == (260, 200, 4)
    assert (picture[..., 3] > 0).mean() > 0.3
    skin = [0xF6, 0xD0, 0xB6]
    assert (abs(picture[..., :3] - skin).max(axis=-1) < 24).mean() > 0.05


@run_in_pyodide
async def test_canvas_follows_the_face_when_it_changes(selenium):
    import numpy as np
    from testbed.drawing import avatar_on, easel
    from testbed.markup import pixels, share_changed

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.blendshapes import COUNT, Blendshape
    from persona_core.face.params import FaceParams

    shapes = np.zeros(COUNT, dtype=np.float32)
    shapes[Blendshape.JAW_OPEN] = 1.0
    async with easel() as (canvas, drawing):
        avatar = avatar_on(drawing, CHARACTERS[0])
        avatar.draw(FaceParams(0.0), 0.0)
        closed = pixels(canvas)
        avatar.draw(FaceParams(0.0), 0.0)
        assert np.array_equal(pixels(canvas), closed)
        avatar.draw(FaceParams(0.0, blendshapes=shapes), 0.0)
        opened = pixels(canvas)

    assert 0.002 < share_changed(closed, opened) < 0.3


@run_in_pyodide
async def test_canvas_shows_somebody_else_when_the_style_changes(selenium):
    from itertools import combinations

    from testbed.drawing import avatar_on, easel
    from testbed.markup import pixels, share_changed

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.params import FaceParams

    pictures = []
    async with easel() as (canvas, drawing):
        avatar = avatar_on(drawing, CHARACTERS[0])
        # Each has another number of points: the old frame's values must not be used again.
        for character in CHARACTERS:
            avatar.style = character.style
            avatar.draw(FaceParams(0.0), 0.0)
            pictures.append(pixels(canvas))

    for one, other in combinations(pictures, 2):
        assert share_changed(one, other) > 0.05


@run_in_pyodide
async def test_canvas_keeps_its_picture_when_it_is_resized(selenium):
    from testbed.drawing import avatar_on, easel, resize
    from testbed.markup import pixels, share_changed

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.params import FaceParams

    async with easel() as (canvas, drawing), easel(300, 400) as (other, larger):
        avatar_on(larger, CHARACTERS[0]).draw(FaceParams(0.0), 0.0)
        avatar_on(drawing, CHARACTERS[0]).draw(FaceParams(0.0), 0.0)
        await resize(canvas, 300, 400)
        assert share_changed(pixels(canvas), pixels(other)) == 0.0


@run_in_pyodide
async def test_canvas_bears_a_resize_when_a_new_style_was_not_drawn_yet(selenium):
    from testbed.drawing import avatar_on, easel, resize
    from testbed.markup import pixels

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.params import FaceParams

    async with easel() as (canvas, drawing):
        avatar = avatar_on(drawing, CHARACTERS[0])
        avatar.draw(FaceParams(0.0), 0.0)
        avatar.style = CHARACTERS[1].style
        await resize(canvas, 300, 400)
        avatar.draw(FaceParams(0.0), 0.0)
        assert pixels(canvas).shape == (400, 300, 4)
        assert pixels(canvas).any()


@run_in_pyodide
async def test_canvas_takes_its_size_when_it_was_hidden_at_first(selenium):
    from testbed.drawing import avatar_on, easel, resize
    from testbed.markup import pixels

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.params import FaceParams

    async with easel(0, 0) as (canvas, drawing):
        avatar = avatar_on(drawing, CHARACTERS[0])
        avatar.draw(FaceParams(0.0), 0.0)
        await resize(canvas, 200, 260)
        assert pixels(canvas).any()


@run_in_pyodide
async def test_canvas_is_empty_and_lets_go_of_its_element_when_closed(selenium):
    from testbed.drawing import avatar_on, easel
    from testbed.markup import pixels
    from testbed.ownership import settle

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.params import FaceParams

    async with easel() as (canvas, drawing):
        avatar = avatar_on(drawing, CHARACTERS[0])
        avatar.draw(FaceParams(0.0), 0.0)
        drawing.close()
        assert not pixels(canvas).any()
        canvas.style.width = "300px"
        await settle()
        assert canvas.width == 200


@run_in_pyodide
async def test_canvas_is_left_alone_when_nothing_that_can_be_seen_has_moved(selenium):
    import numpy as np
    from testbed.drawing import avatar_on, easel, resize
    from testbed.markup import pixels

    from persona_core.drawn.characters import CHARACTERS
    from persona_core.face.blendshapes import COUNT, Blendshape
    from persona_core.face.params import FaceParams

    def face(jaw):
        shapes = np.zeros(COUNT, dtype=np.float32)
        shapes[Blendshape.JAW_OPEN] = jaw
        return FaceParams(0.0, blendshapes=shapes)

    async with easel() as (canvas, drawing):

        def is_drawn(jaw, now_ms=0.0):
            context = canvas.getContext("2d")
            context.resetTransform()
            context.clearRect(0, 0, canvas.width, canvas.height)
            avatar.draw(face(jaw), now_ms)
            return pixels(canvas).any()

        avatar = avatar_on(drawing, CHARACTERS[0])
        assert is_drawn(0.2)
        assert not is_drawn(0.2)
        assert not is_drawn(0.2001)
        assert is_drawn(0.3)
        assert not is_drawn(0.3)
        # Steps that cannot be seen add up to what can.
        assert any(is_drawn(0.3 + 0.0005 * step) for step in range(200))
        await resize(canvas, 210, 270)
        assert is_drawn(0.4), "a new size has emptied it"
        avatar.style = CHARACTERS[1].style
        assert is_drawn(0.4), "somebody else"
