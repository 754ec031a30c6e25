"""The manifests of the installed site: one a language, alike but for their words."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

APP = Path(__file__).resolve().parents[3] / "app"
WORDS = {"lang", "short_name", "description"}


def manifest(language: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((APP / f"manifest.{language}.webmanifest").read_text("utf-8"))
    return read


def test_manifests_differ_in_their_words_only_when_compared() -> None:
    english, korean = manifest("en"), manifest("ko")
    assert {key for key in english | korean if english.get(key) != korean.get(key)} == WORDS
    assert (english["lang"], korean["lang"]) == ("en", "ko")


def test_manifest_leads_to_a_page_and_to_icons_of_the_sizes_it_says_when_installed() -> None:
    said = manifest("en")
    assert said["display"] == "standalone"
    assert (APP / said["start_url"] / "index.html").is_file()
    purposes = set()
    for icon in said["icons"]:
        data = (APP / icon["src"]).read_bytes()
        purposes.add(icon.get("purpose", "any"))
        if icon["type"] == "image/png":
            width, height = Image.open(io.BytesIO(data)).size
            assert icon["sizes"] == f"{width}x{height}"
    assert purposes == {"any", "maskable"}


def test_maskable_icon_has_its_logo_within_the_circle_that_systems_leave() -> None:
    picture = Image.open(APP / "icons" / "app-maskable-512.png").convert("RGBA")
    assert picture.getchannel("A").getextrema() == (255, 255)
    corner, middle = picture.getpixel((20, 256)), picture.getpixel((256, 256))
    assert corner != middle
