"""Everything a developer runs: ``python build.py serve``, ``test``, ``build``, ``bench`` ...

Needs nothing but Python; ``python build.py --help`` lists the commands.
"""

import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must get a sentence, not a traceback
    sys.exit(
        f"VirtualPersona needs Python 3.11 or newer; this is Python {sys.version.split()[0]}.\n"
        "Install a newer one from https://www.python.org/downloads/ and run this again with it."
    )

sys.path.insert(0, str(Path(__file__).resolve().parent / "py"))

from persona_build.cli import main

if __name__ == "__main__":
    sys.exit(main())
