"""Runs a part with the failpoints the nemesis asked for, once: the start after that is unarmed again.

``python -m chaos.armed MODULE REQUEST`` becomes ``python -m MODULE``; REQUEST is a file with what
``INFOSCREEN_FAILPOINTS`` shall be, if it is there.
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    module, request = sys.argv[1], Path(sys.argv[2])
    if request.exists():
        os.environ["INFOSCREEN_FAILPOINTS"] = request.read_text()
        request.unlink()
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 - the same interpreter, without a shell on purpose
