"""A look as a file: JSON that people keep, pass on and read back.

    {"format": "virtualpersona-avatar", "version": 1, "style": {...}}

``style`` is what :meth:`AvatarStyle.to_dict` gives. A file comes from anywhere, so every
refusal is a StyleError whose code names a sentence for the person:

* ``style-file-too-large``: more than :data:`MAX_BYTES`; nothing of it is parsed.
* ``style-file-unreadable``: no JSON, or not this format.
* ``style-file-newer``: made by a newer version of this program.
* ``style-file-damaged``: the right format, but a value that cannot be drawn.
"""

from __future__ import annotations

import json
from typing import Any, Final

from persona_core.drawn.style import AvatarStyle
from persona_core.errors import StyleError

FORMAT: Final = "virtualpersona-avatar"
FILE_VERSION: Final = 1
MAX_BYTES: Final = 16_384
"""Twenty times a whole style."""
FILE_NAME: Final = "my-avatar.json"
MEDIA_TYPE: Final = "application/json"

CODES: Final = (
    "style-file-too-large",
    "style-file-unreadable",
    "style-file-newer",
    "style-file-damaged",
)
"""Every code that :func:`read_style_file` refuses with."""
_TOO_LARGE, _UNREADABLE, _NEWER, _DAMAGED = CODES


def write_style_file(style: AvatarStyle) -> str:
    """The text of a file that :func:`read_style_file` takes back."""
    document = {"format": FORMAT, "version": FILE_VERSION, "style": style.to_dict()}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def read_style_file(data: bytes) -> AvatarStyle:
    """The look in a file.

    Raises:
        StyleError: with one of :data:`CODES`; the detail says more, for logs.
    """
    if len(data) > MAX_BYTES:
        raise StyleError(f"{len(data)} bytes", code=_TOO_LARGE)
    document = _parsed(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise StyleError(f"no {FORMAT} file", code=_UNREADABLE)
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise StyleError(f"version: {version!r:.40}", code=_DAMAGED)
    if version > FILE_VERSION:
        raise StyleError(f"version {version}, known up to {FILE_VERSION}", code=_NEWER)
    try:
        return AvatarStyle.from_dict(document.get("style"))
    except StyleError as error:
        raise StyleError(error.detail, code=_DAMAGED) from None


def _parsed(data: bytes) -> Any:
    try:
        # "utf-8-sig" too takes away the mark that some editors put before the text.
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise StyleError(str(error)[:100], code=_UNREADABLE) from None
