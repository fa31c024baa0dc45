"""Starts the controller, in this process's place."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from environments import ROOT
from environments.prepare import Prepared
from environments.process import clean
from environments.specs import CONTROLLER

# -I leaves out the working folder, PYTHONPATH and the user's site-packages: a random.py or a NumPy
# there is none of the controller's. Python 3.10 has no -P.
BOOT = """\
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def become(prepared: Prepared, module: str, arguments: list[str]) -> NoReturn:
    """Goes on as `python -m MODULE`, so that no signal and no exit code needs passing on."""
    env = {**clean(os.environ), **prepared.variables()}
    if "PYTHONPATH" in os.environ:  # a subject may need it, in its own interpreter
        env["PYTHONPATH"] = os.environ["PYTHONPATH"]
    python = str(prepared.pythons[CONTROLLER.name])
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(python, [python, "-I", "-c", BOOT, str(ROOT), module, *arguments], env)
