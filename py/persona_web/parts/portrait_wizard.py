"""The wizard of a page, put together when it is first wanted."""

from __future__ import annotations

import asyncio
from typing import Final

from persona_core.base.ports import Storage
from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PersonaError
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.wire.motion_track import load_demo
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.dialog import Dialog
from persona_web.bridge.files.local_files import DropTarget, PictureAddress
from persona_web.bridge.files.photo_reader import PhotoReader
from persona_web.bridge.files.pixels import PixelCodec
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.late_part import add_part
from persona_web.bridge.media.camera import Snapshot
from persona_web.bridge.media.chime import Chime
from persona_web.bridge.media.film_frames import Clip, LightMeter, LiveFrames
from persona_web.bridge.page import Element, Page, Strings
from persona_web.bridge.site import Site
from persona_web.look.portrait_choice import PortraitChoice
from persona_web.look.set_maker import SetMaker
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.view_opening import MakeStage, open_stages
from persona_web.parts.wizard_host import PageCamera
from persona_web.ui.look.portrait_wizard import PortraitWizard
from persona_web.ui.look.wizard_camera import WizardCamera
from persona_web.ui.look.wizard_gathering import WizardGathering
from persona_web.ui.look.wizard_panels import WizardPanels
from persona_web.ui.look.wizard_parts import WizardParts
from persona_web.ui.look.wizard_review import WizardReview
from persona_web.ui.look.wizard_speech import Speech
from persona_web.ui.look.wizard_told import WizardTold
from persona_web.ui.look.wizard_work import WizardWork
from persona_web.view.avatar import DrawnAvatar
from persona_web.view.graphics import Graphics

SOUND_KEY: Final = "wizard.sound"


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
    )
    dialog = Dialog(page.element("wizard"), lambda: wizard.ask_to_leave())
    DropTarget(page.element("wizard"), lambda files: wizard.open(files))
    _keep_sound(page, storage, chime)

    async def use(portrait_set: PortraitSet) -> None:
        await own.use_set(portrait_set, shows_me=True)

    wizard = PortraitWizard(
        WizardParts(
            page=page,
            strings=strings,
            dialog=dialog,
            host=host,
            maker=maker,
            panels=WizardPanels(page),
            told=WizardTold(page, strings),
            camera=camera,
            work=work,
            gathering=gathering,
            review=review,
            speech=speech,
            chime=chime,
            use=use,
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
