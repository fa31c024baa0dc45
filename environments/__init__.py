"""The environments: pinned requirements, and what makes them. Standard library, Python 3.9."""

import os
import sys
from pathlib import Path

if sys.version_info < (3, 9):  # noqa: UP036 - this is what tells the user so
    sys.stderr.write(f"dev.py needs Python 3.9 or newer; this is {sys.version.split()[0]}\n")
    sys.exit(2)
if os.name == "nt":
    sys.stderr.write("dev.py runs on Linux and macOS; on Windows use it inside WSL\n")
    sys.exit(2)

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".envs"


class SetupError(Exception):
    """The command cannot go on; the message says why and what to do. dev.py exits 2."""
