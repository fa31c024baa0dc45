"""What is seen while the suite runs."""

import time
from collections import Counter
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from ..results import Outcome, Result
from .words import plain

_EVERY = 10.0  # seconds between two lines of a log


class Progress:
    """A bar on a terminal, and a line now and then in a log.

    Use it as a context manager: call `starting` before a case and `add` after it. `total` is the
    number of cases, None while it is not known; it may be set later.
    """

    def __init__(
        self,
        console: Console,
        total: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = total
        self._console = console
        self._clock = clock
        self._counts = Counter(dict.fromkeys(Outcome, 0))
        self._current = ""
        self._began = self._told = clock()
        # FORCE_COLOR makes rich take a log for a terminal, and fill it with bars.
        live = console.is_interactive and console.file.isatty()
        self._bar = _bar(console) if live else None
        self._task = self._bar.add_task("", total=total) if self._bar else None

    def __enter__(self) -> "Progress":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()
        else:
            self._tell()

    def starting(self, subject: str, clause: str) -> None:
        """A case of `clause` begins on `subject`."""
        self._current = f"{clause} {subject}"
        self._update()

    def add(self, result: Result) -> None:
        """A case has its result."""
        self._counts[result.outcome] += 1
        self._update()

    def _update(self) -> None:
        if self._bar and self._task is not None:
            done = self._counts.total()
            self._bar.update(self._task, total=self.total, completed=done, description=self._line())
        elif self._clock() - self._told >= _EVERY:
            self._tell()

    def _tell(self) -> None:
        self._told = self._clock()
        line = Text(f"{self._told - self._began:5.0f} s  {self._line()}")
        self._console.print(line, soft_wrap=True)

    def _line(self) -> str:
        told = ", ".join(f"{n} {outcome}" for outcome, n in self._counts.items())
        line = f"{self._counts.total()}/{self.total or '?'}: {told}  {self._current}"
        return plain(line.rstrip())


def _bar(console: Console) -> Bar:
    return Bar(
        TimeElapsedColumn(table_column=Column(min_width=7)),
        BarColumn(bar_width=10, table_column=Column(min_width=10)),
        # Names of subjects are not ours: "[red]" in one must not be taken for a colour.
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=1)),
        console=console,
        expand=True,
        transient=True,
    )
