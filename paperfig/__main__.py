"""``python -m paperfig``: the command, which imports nothing from the working folder."""

import os
import sys

_PACKAGE_AT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

if not sys.flags.safe_path and sys.path[0] != _PACKAGE_AT:
    del sys.path[0]  # which ``-m`` has put there

from paperfig.cli import run  # noqa: E402

if __name__ == "__main__":
    run()
