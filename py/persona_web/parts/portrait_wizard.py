"""The wizard of a page, put together when it is first wanted, and the page's camera for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from persona_core.base.ports import Storage
from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PersonaError
from persona_core.face.observation import Sighting
from persona_core.face.params import FaceParams
from persona_core.portrait.portrait_set import PortraitSet
from persona_core.portrait.wizard_hindrances import Glimpse
from persona_core.wire.motion_track import load_demo
from persona_web.base.background import Background
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.dialog import Dialog
from persona_web.bridge.files.local_files import DropTarget, PictureAddress
from persona_web.bridge.files.photo_reader import PhotoReader
from persona_web.bridge.files.pixels import PixelCodec
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.late_part import add_part
from persona_web.bridge.media.camera import CameraTrack, Snapshot
from persona_web.bridge.media.chime import Chime
from persona_web.bridge.media.film_frames import Clip, LightMeter, LiveFrames
from persona_web.bridge.page import Element, Page, Strings
from persona_web.bridge.site import Site
from persona_web.look.portrait_choice import PortraitChoice
from persona_web.look.set_maker import SetMaker
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.view_opening import MakeStage, open_stages
from persona_web.ui.look.portrait_wizard import PortraitWizard, WizardParts
from persona_web.ui.look.wizard_camera import WizardCamera
from persona_web.ui.look.wizard_gathering import WizardGathering
from persona_web.ui.look.wizard_panels import WizardPanels
from persona_web.ui.look.wizard_review import WizardReview
from persona_web.ui.look.wizard_speech import Speech
from persona_web.ui.look.wizard_work import WizardWork
from persona_web.view.avatar import DrawnAvatar
from persona_web.view.graphics import Graphics

PICTURE_SIZE: Final = 1280, 720
"""Asked of the camera: a patch of a mouth is a tenth of the picture wide."""
USUAL_SIZE: Final = 640, 480
"""Of a call's camera; see ``camera.js``."""
LIGHT_EVERY_MS: Final = 150.0
"""How often the light is measured: it changes more slowly than a face."""
SOUND_KEY: Final = "wizard.sound"


class PageCamera:
    """The page's camera while the wizard uses it: what it sees, with the light on the face.

    Args:
        on_glimpse: hears every sight of the tracker; None for nobody.
        on_lost: hears an error's code when the camera is gone.
    """

    def __init__(
        self,
        face_capture: FaceCapture,
        snapshot: Snapshot,
        frames: LiveFrames,
        on_glimpse: Callable[[Glimpse | None], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._capture = face_capture
        self._snapshot = snapshot
        self._frames = frames
        self._on_glimpse = on_glimpse
        self._on_lost = on_lost
        self._background = Background()
        self._before: tuple[bool, bool] | None = None
        self._light_ms = -LIGHT_EVERY_MS
        face_capture.on_camera(self._changed)

    async def open_camera(self) -> str | None:
        motion = self._capture.motion
        if self._before is None:
            self._before = motion.camera is not None, motion.status.demo
        await motion.use_camera()
        camera = motion.camera
        if camera is None:
            return motion.status.problem or "camera-failed"
        if self._before is None:  # closed while the browser asked
            return None
        await camera.ask_size(*PICTURE_SIZE)
        self._snapshot.show(camera)
        self._capture.watch(self._see)
        return None

    def close_camera(self) -> None:
        before, self._before = self._before, None
        if before is None:
            return
        self._capture.watch(None)
        self._snapshot.show(None)
        motion = self._capture.motion
        had_camera, had_demo = before
        if had_camera and motion.camera is not None:
            self._background.run(motion.camera.ask_size(*USUAL_SIZE))
        elif had_demo:
            motion.use_demo()
        elif motion.camera is not None:
            motion.stop()

    async def grab(self) -> Any | None:
        return await self._frames.grab()

    def _changed(self, camera: CameraTrack | None) -> None:
        if camera is None and self._before is not None:
            self._on_lost(self._capture.motion.status.problem or "camera-lost")

    def _see(self, sighting: Sighting) -> None:
        face = sighting.face
        width, height = self._frames.size
        if face is None or not width:
            self._on_glimpse(None)
        elif face.landmarks is not None:
            light = None
            if sighting.captured_ms - self._light_ms >= LIGHT_EVERY_MS:
                self._light_ms = sighting.captured_ms
                light = self._frames.light(face.landmarks)
            self._on_glimpse(
                Glimpse(
                    *(face.time_ms, face.blendshapes, face.pose.rotation, face.landmarks),
                    *(width, height, light),
                )
            )


class PortraitStage:
    """A portrait that moves at a place of the page, drawn without a model."""

    def __init__(self, make: MakeStage, place: Element, style: AvatarStyle) -> None:
        self._view = make(place, style)
        self._view.may_be_neural = False

    @property
    def shows_portrait(self) -> bool:
        return self._view.shows_portrait

    def wear(self, portrait_set: PortraitSet) -> None:
        self._view.set_portrait(portrait_set)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        self._view.draw(params, now_ms)

    def close(self) -> None:
        self._view.close()


async def open_wizard(
    site: Site,
    page: Page,
    strings: Strings,
    storage: Storage,
    graphics: Graphics,
    style: AvatarStyle,
    face_capture: FaceCapture,
    own: PortraitChoice,
) -> PortraitWizard:
    """Loads what only the wizard needs, and puts it together; it is not shown yet.

    Raises:
        OSError: a file of it could not be had.
    """
    await add_part(site, "wizard")
    try:
        drawing, snapshot, frames, meter, chime, codec, make_stage = await asyncio.gather(
            site.load("view/js/canvas2d.js"),
            Snapshot.load(site, page.element("wizard-video")),
            LiveFrames.load(site, page.element("wizard-video")),
            LightMeter.load(site),
            Chime.load(site),
            PixelCodec.load(site),
            open_stages(site, graphics),
        )
    except PersonaError:
        raise
    except Exception as error:  # a script that could not be fetched
        page.element("wizard").node.remove()
        raise OSError(str(error)) from None

    speech = Speech(page.element("wizard-said"))
    maker = SetMaker(lambda: PhotoReader.open(site), codec)
    camera = WizardCamera(
        page,
        strings,
        DrawnAvatar(DrawingCanvas(drawing, page.element("wizard-example")), style),
        speech,
    )
    host = PageCamera(
        *(face_capture, snapshot, frames),
        lambda glimpse: wizard.see(glimpse),
        lambda code: wizard.camera_lost(code),
    )
    work = WizardWork(page, strings, speech)
    gathering = WizardGathering(
        *(page, BrowserClock(), maker, meter, host, camera, work),
        lambda file: Clip.open(site, file),
        lambda gather: wizard.gather(gather),
    )
    review = WizardReview(
        *(page, strings),
        lambda place: PortraitStage(make_stage, place, style),
        load_demo().sample,
        PictureAddress,
        lambda step: wizard.repeat(step),
    )
    dialog = Dialog(page.element("wizard"), lambda: wizard.ask_to_leave())
    DropTarget(page.element("wizard"), lambda files: wizard.open(files))
    _keep_sound(page, storage, chime)

    async def use(portrait_set: PortraitSet) -> None:
        await own.use_set(portrait_set, shows_me=True)

    wizard = PortraitWizard(
        WizardParts(
            *(page, strings, dialog, host, maker, WizardPanels(page), camera, work),
            *(gathering, review, speech, chime, use),
        )
    )
    return wizard


def _keep_sound(page: Page, storage: Storage, chime: Chime) -> None:
    """The person's choice of the sound, as it was on their last visit."""
    box = page.element("wizard-sound")
    chime.is_on = box.checked = storage.get(SOUND_KEY) != "off"

    def changed() -> None:
        chime.is_on = box.checked
        chime.prepare()
        storage.set(SOUND_KEY, "on" if box.checked else "off")

    box.on_change(changed)
