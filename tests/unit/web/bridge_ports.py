"""Each port of the core and the page, with what the bridge gives for it. mypy reads this; nothing
runs it, for CPython cannot import what runs in the browser only."""

from __future__ import annotations

from persona_core.base import ports as base
from persona_core.call import ports as call
from persona_web.bridge.clock import BrowserClock, BrowserScheduler, BrowserTimer
from persona_web.bridge.graphics.canvas import CanvasPlace, DrawingCanvas, DrawingSheet
from persona_web.bridge.graphics.graph import GraphCanvas
from persona_web.bridge.graphics.portrait_scene import PortraitScene
from persona_web.bridge.graphics.raster_scene import RasterScene
from persona_web.bridge.graphics.still_picture import StillPicture
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.media.camera import CameraTrack
from persona_web.bridge.media.face_tracker import BrowserTracker
from persona_web.bridge.media.hand_tracker import BrowserHands
from persona_web.bridge.media.microphone import MicrophoneTrack
from persona_web.bridge.media.voices import Voices
from persona_web.bridge.network.cryptography import (
    BrowserCryptography,
    BrowserKeyAgreement,
    BrowserSealer,
    BrowserSigner,
)
from persona_web.bridge.network.peer import BrowserPeer, BrowserPeers
from persona_web.bridge.network.picture_decoder import PictureDecoder, PictureDecoders
from persona_web.bridge.network.socket import BrowserSocket, BrowserSockets
from persona_web.bridge.neural.lite_scene import LiteScene
from persona_web.bridge.neural.model_store import ModelStore
from persona_web.bridge.neural.neural_picture import NeuralPicture
from persona_web.bridge.storage import BrowserBlobs, BrowserStorage
from persona_web.capture import face_source, hand_capture, voice_capture
from persona_web.look import portrait_choice
from persona_web.neural import neural_host, neural_portrait
from persona_web.neural.neural_model import NeuralFace
from persona_web.served import render_line, served_portrait
from persona_web.served.render_host import RenderHost
from persona_web.ui.graphics import performance_monitor
from persona_web.view import (
    avatar,
    avatar_view,
    marked_avatar,
    portrait_avatar,
    raster_avatar,
    renderer,
    still_renderer,
)
from persona_web.view.still_renderer import StillRenderer

clock: type[base.Clock] = BrowserClock
timer: type[base.Timer] = BrowserTimer
scheduler: type[base.Scheduler] = BrowserScheduler
storage: type[base.Storage] = BrowserStorage

socket: type[call.Socket] = BrowserSocket
sockets: type[call.SocketFactory] = BrowserSockets
decoder: type[render_line.Decoder] = PictureDecoder
decoders: type[render_line.Decoders] = PictureDecoders
served_screen: type[served_portrait.Screen] = NeuralPicture
told: type[served_portrait.Told] = RenderHost

peer: type[call.PeerTransport] = BrowserPeer
peers: type[call.PeerTransportFactory] = BrowserPeers
cryptography: type[call.Cryptography] = BrowserCryptography
key_agreement: type[call.KeyAgreement] = BrowserKeyAgreement
sealer: type[call.Sealer] = BrowserSealer
signer: type[call.Signer] = BrowserSigner

camera: type[face_source.OpenCamera] = CameraTrack
tracker: type[face_source.Tracker[CameraTrack]] = BrowserTracker
hands: type[hand_capture.HandTracker[CameraTrack]] = BrowserHands
microphone: type[voice_capture.OpenMicrophone] = MicrophoneTrack
voices: type[voice_capture.VoiceBoard] = Voices
blobs: type[portrait_choice.Blobs] = BrowserBlobs

canvas: type[avatar.Canvas] = DrawingCanvas
closable: type[renderer.ClosableCanvas] = DrawingCanvas
marks: type[marked_avatar.MarksCanvas] = DrawingCanvas
sheet: type[renderer.Sheet] = DrawingSheet
surface: type[renderer.EffectSurface] = Surface
place: type[avatar_view.Place] = CanvasPlace
stand_in: type[avatar_view.StandIn] = StillRenderer
still: type[still_renderer.Still] = StillPicture
rasterized: type[raster_avatar.RasterizedScene] = RasterScene
scene: type[portrait_avatar.PosedScene] = PortraitScene
graph: type[performance_monitor.LineGraph] = GraphCanvas

store: type[neural_host.Store] = ModelStore
face: type[neural_portrait.Face] = NeuralFace
screen: type[neural_portrait.Screen] = NeuralPicture
patches: type[neural_portrait.PatchScene] = LiteScene
