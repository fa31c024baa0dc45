"""What runs in the other interpreter: it calls functions by name until its controller is gone.

`process.py` starts it, with three descriptors of pipes. It keeps to Python 3.10, the standard
library and numpy.
"""

import faulthandler
import fcntl
import importlib
import io
import operator
import os
import signal
import sys
import threading
from typing import Any

from . import wire
from .errors import facts


def serve(commands: int, responses: int, lifeline: int) -> None:
    """Answers the messages from the pipe `commands` on the pipe `responses`, until its end.

    A message is the function's name, as "package.module:name", and its arguments; an answer has
    the message's number and is "returned" and the result, or "raised" and the facts about the
    exception. The one process that holds the other end of `lifeline` is the controller: see
    `_die_with`.
    """
    for descriptor in (commands, responses, lifeline):
        os.set_inheritable(descriptor, False)  # Programs that a function starts must not hold them.
    _die_with(lifeline)
    # The controller asks a worker that has hung where it is: in C, so with the GIL held, too.
    faulthandler.register(signal.SIGUSR1, all_threads=True)

    reader, writer = io.FileIO(commands, "rb"), io.FileIO(responses, "wb")
    wire.send(writer.write, wire.encode(0, "ready", None, "ready"))
    here = os.getpid()
    while True:
        try:
            number, function, arguments = wire.receive(reader.readinto)
        except EOFError:
            return
        answer = _answer(number, function, arguments)
        if os.getpid() != here:
            os._exit(0)  # The function forked, and returned in the child too: it has no say.
        wire.send(writer.write, answer)
        del arguments, answer


def _die_with(lifeline: int) -> None:
    """Has this process group killed when `lifeline` ends, which the controller's death does.

    The thread does it on every system, once the GIL is to be had. On Linux the kernel does it
    at once, also while C code holds the GIL: O_ASYNC sends the group a signal when the other end
    closes. PR_SET_PDEATHSIG would not do: it fires when the *thread* that started us ends.
    """

    def watch() -> None:
        os.read(lifeline, 1)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
    if sys.platform == "linux":
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


def _answer(number: int, function: str, arguments: list[Any]) -> wire.Message:
    # BaseException: a function that calls sys.exit has raised SystemExit, and is told of.
    try:
        module, _, name = function.partition(":")
        result = operator.attrgetter(name)(importlib.import_module(module))(*arguments)
        return wire.encode(number, "returned", result, "the result")
    except BaseException as error:
        return wire.encode(number, "raised", facts(error), "the exception")
