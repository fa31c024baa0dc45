"""One line that tells how far a run is, and for how long it will go on."""

from __future__ import annotations

from rich.console import Console
from rich.status import Status

from benchmarks.model import Row


class Progress:
    """Shown while it changes on a terminal; elsewhere, a line for each round."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._status: Status | None = None
        self._part = ""

    def begin(self, what: str) -> None:
        """A part of the run begins, such as a round."""
        self._part = what
        self._say(what)
        if not self.console.is_terminal:
            self.console.print(what, highlight=False)

    def show(self, row: Row, done: float, left: float) -> None:
        """At which row it is: ``done`` of the work is behind it, ``left`` seconds are ahead."""
        self._say(f"{self._part}: {done:.0%}, {_duration(left)} left: {row.label}")

    def end(self) -> None:
        """Clear the line."""
        if self._status:
            self._status.stop()
            self._status = None

    def _say(self, what: str) -> None:
        if not self.console.is_terminal:
            return
        if self._status is None:
            self._status = self.console.status(what)
            self._status.start()
        self._status.update(what)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
