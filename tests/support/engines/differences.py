"""What browsers differ in, as far as this app has a second way: each row is one way of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Difference:
    """One thing that some browsers lack, or that may be switched off.

    Attributes:
        missing: what is not there.
        where: in which of the engines that are tested, as they come.
        noticed: the file that looks for it, and the words there that do.
        instead: what is done then.
        test: a test that has seen it, as a path and a name.
    """

    missing: str
    where: str
    noticed: tuple[str, str]
    instead: str
    test: tuple[str, str]


_CALLS = "tests/engines/test_calls.py"
_CONDITIONS = "tests/engines/test_conditions.py"
_FORBIDS = "test_page_starts_and_names_the_remedy_when_firefox_forbids"

DIFFERENCES: Final = (
    Difference(
        "camera frames as a stream on the page (`MediaStreamTrackProcessor`)",
        "Firefox, WebKitGTK",
        ("py/persona_web/bridge/media/tracker.js", '"MediaStreamTrackProcessor" in globalThis'),
        "stills of a video element, at the reader's own pace",
        (_CALLS, "test_faces_and_voices_go_both_ways_when_two_engines_meet"),
    ),
    Difference(
        "connections between pages (`RTCPeerConnection`)",
        "WebKitGTK; anywhere by policy",
        ("py/persona_web/bridge/network/rtc.js", "typeof globalThis.RTCPeerConnection"),
        "faces and portraits go sealed through the server, without voice; both people are told",
        (_CALLS, "test_faces_go_both_ways_through_the_server_when_webkit_has_no_webrtc"),
    ),
    Difference(
        "WebGL in a worker",
        "WebKitGTK; anywhere where WebGL is off",
        ("py/persona_web/bridge/media/sight.js", 'getContext("webgl2")'),
        "no face and no photo is read, and the page says that WebGL is why; the character moves by "
        "itself",
        (_CONDITIONS, _FORBIDS),
    ),
    Difference(
        "pixels as they were drawn (`privacy.resistFingerprinting`)",
        "nowhere as it comes",
        ("py/persona_web/bridge/media/sight.js", "getImageData"),
        "no face is looked for; the page names the setting",
        (_CONDITIONS, _FORBIDS),
    ),
    Difference(
        "a place to keep things (cookies and site data blocked)",
        "nowhere as it comes",
        ("py/persona_web/bridge/storage.py", "FORBIDDEN"),
        "all works, and is forgotten with the page",
        (_CONDITIONS, _FORBIDS),
    ),
    Difference(
        "WebGPU",
        "Firefox, WebKitGTK, headless Chromium without switches",
        ("py/persona_web/bridge/graphics/gpu_probe.js", "navigator.gpu"),
        "portraits on WebGL2, nets on wasm",
        (
            "tests/engines/test_portraits.py",
            "test_portrait_moves_on_webgl_and_with_nets_on_wasm_when_firefox_draws_it",
        ),
    ),
    Difference(
        "the name of what draws (`WEBGL_debug_renderer_info`), and so whether it is a processor",
        "WebKitGTK",
        ("py/persona_core/graphics/ladder.py", "self._watch.observe(fps, now_ms)"),
        "WebGL draws until frames stay slow; then less is drawn, and then without it",
        (
            "tests/unit/core/graphics/test_ladder.py",
            "test_ladder_suggests_first_and_goes_by_itself_when_frames_stay_slow",
        ),
    ),
    Difference(
        "threads of wasm that start",
        "nowhere as it comes (once in Firefox)",
        ("py/persona_web/neural/loading.py", "work.cancel()"),
        "a model that stands still is loaded on one thread, then the next rung draws",
        (
            "tests/unit/web/test_neural_host.py",
            "test_host_tries_one_thread_when_sessions_are_never_made_with_several",
        ),
    ),
    Difference(
        "threads of wasm (`SharedArrayBuffer`)",
        "WebKitGTK; any site without the two isolation headers",
        ("py/persona_web/bridge/graphics/gpu_probe.js", '"SharedArrayBuffer" in globalThis'),
        "nets run on one thread",
        ("tests/engines/test_webkit_pages.py", "test_page_opens_without_errors"),
    ),
    Difference(
        "a screen that stays on (Screen Wake Lock)",
        "anywhere where the system forbids it",
        ("py/persona_web/bridge/screen_lock.py", "wakeLock"),
        "it goes dark as ever",
        ("tests/browser/test_phones.py", "test_call_fits_the_screen"),
    ),
)
