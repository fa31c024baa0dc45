"""Functions that the tests of the worker call in other interpreters. Python 3.10 and numpy."""

import ctypes
import fcntl
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any


def echo(value: Any) -> Any:
    return value


def facts(array: Any) -> dict[str, Any]:
    """What arrived, told without sending it back."""
    return {
        "type": type(array).__name__,
        "dtype": array.dtype.str,
        "shape": array.shape,
        "bytes": array.tobytes(),
        "own": bool(array.ndim == 0 or (array.flags.writeable and array.flags.c_contiguous)),
    }


def type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def python_facts() -> dict[str, Any]:
    return {
        "path": sys.path,
        "argv": sys.argv,
        "environment": dict(os.environ),
        "group": os.getpgrp(),
        "session": os.getsid(0),
    }


class Unprintable(ValueError):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def raise_value_error() -> None:
    print("just before")
    try:
        raise KeyError("the cause")
    except KeyError as cause:
        raise ValueError("a message\nof two lines") from cause


def raise_unprintable() -> None:
    raise Unprintable


def leave(code: int) -> None:
    print("leaving")
    sys.exit(code)


def unsendable() -> Any:
    return {"x": [1, threading.Lock()]}


def say_and_exit(words: str, code: int) -> None:
    print(words)
    os._exit(code)


def segfault() -> None:
    print("about to read address 0")
    ctypes.string_at(0)


def kill_itself(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def hang_in_python(pid_file: str) -> None:
    Path(pid_file).write_text(str(os.getpid()))
    time.sleep(60)


def hang_in_c(pid_file: str) -> None:
    """Backtracks for ages, and holds the GIL all the while."""
    Path(pid_file).write_text(str(os.getpid()))
    re.match("(a+)+$", "a" * 60 + "b")


def hang_with_child(pid_file: str, hang: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(pid_file).write_text(str(child.pid))
    globals()[hang](pid_file + ".own")


def hang_unguarded_by_the_kernel(pid_file: str) -> None:
    for descriptor in range(3, 64):
        with suppress(OSError):
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
            fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~os.O_ASYNC)
    hang_in_python(pid_file)


def close_the_output(seconds: float) -> None:
    os.closerange(1, 3)
    time.sleep(seconds)


def inheritable_descriptors() -> list[int]:
    found = []
    for descriptor in range(3, 64):
        with suppress(OSError):
            if os.get_inheritable(descriptor):
                found.append(descriptor)
    return found


def crash_with_fork() -> None:
    """Leaves a forked child that holds every pipe open, as a data loader would."""
    if os.fork() == 0:
        time.sleep(60)
    os._exit(4)


def print_everywhere(pieces: int, size: int) -> str:
    for _ in range(pieces):
        print("p" * size)
        os.write(1, b"o" * size + b"\n")
        os.write(2, b"e" * size + b"\n")
    libc = ctypes.CDLL(None)
    libc.puts(b"from C")
    libc.fflush(None)
    return sys.stdin.read()


def write_to_every_descriptor() -> None:
    for descriptor in range(3, 64):
        with suppress(OSError):
            os.write(descriptor, b"this is not a message, and long enough")
    time.sleep(60)


def identity() -> tuple[int, int]:
    time.sleep(0.001)
    return os.getpid(), threading.get_ident()
