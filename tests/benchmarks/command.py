"""Runs the command line in this process, for the tests of it."""

from __future__ import annotations

import signal

from benchmarks import __main__ as command_line


def status(*arguments: str) -> int:
    """The exit status of a command line."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        return command_line.main(list(arguments))
    except SystemExit as stopped:  # of argparse
        return -1 if stopped.code is None else int(stopped.code)
    finally:
        signal.signal(signal.SIGTERM, handler)
