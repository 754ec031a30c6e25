"""Read one member of a wheel at an address, by range: ``python -m ... ADDRESS MEMBER OUT``.

Runs in the environment, which has remotezip; the rest of the wheel is not downloaded.
"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname


def read_member(address: str, member: str, out: Path) -> None:
    """Copy ``member`` of the wheel at ``address`` (http, https or file) to ``out``."""
    split = urlsplit(address)
    if split.scheme == "file":
        archive = zipfile.ZipFile(url2pathname(split.path))
    else:
        import requests
        from remotezip import RemoteZip

        session = requests.Session()
        # pip found the address with these certificates, so they open it too
        session.verify = os.environ.get("PIP_CERT") or session.verify
        archive = RemoteZip(address, session=session)
    with archive, archive.open(member) as source, out.open("wb") as target:
        shutil.copyfileobj(source, target)


if __name__ == "__main__":
    try:
        read_member(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")
