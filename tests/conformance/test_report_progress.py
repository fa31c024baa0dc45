"""What is seen while the suite runs: a bar on a terminal, lines now and then in a log."""

import io

import pytest
from rich.console import Console

from conformance.report import Progress
from conformance.results import Outcome
from tests.conformance.report_examples import result


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_a_line_every_ten_seconds_and_one_at_the_end() -> None:
    file, clock = io.StringIO(), Clock()
    with Progress(Console(file=file, width=60), total=31, clock=clock) as progress:
        for second in range(31):
            clock.now = 100.0 + second
            progress.starting("a:layer", f"R{second}")
            progress.add(result(Outcome.FAILED if second == 3 else Outcome.PASSED))
    assert file.getvalue().splitlines() == [
        "   10 s  10/31: 9 passed, 1 failed, 0 errored, 0 skipped  R10 a:layer",
        "   20 s  20/31: 19 passed, 1 failed, 0 errored, 0 skipped  R20 a:layer",
        "   30 s  30/31: 29 passed, 1 failed, 0 errored, 0 skipped  R30 a:layer",
        "   30 s  31/31: 30 passed, 1 failed, 0 errored, 0 skipped  R30 a:layer",
    ]


def test_the_total_may_come_later() -> None:
    file, clock = io.StringIO(), Clock()
    with Progress(Console(file=file), clock=clock) as progress:
        clock.now += 10
        progress.add(result())
        progress.total = 2
    assert [line.split()[2] for line in file.getvalue().splitlines()] == ["1/?:", "1/2:"]


def test_the_log_tells_how_far_it_came_when_the_suite_breaks() -> None:
    file = io.StringIO()

    def break_off() -> None:
        with Progress(Console(file=file), total=9, clock=Clock()) as progress:
            progress.starting("a:layer", "R3")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert file.getvalue().endswith("0/9: 0 passed, 0 failed, 0 errored, 0 skipped  R3 a:layer\n")


def test_a_terminal_gets_a_bar_of_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    file = Terminal()
    console = Console(file=file, width=80, force_terminal=True)
    with Progress(console, total=2) as progress:
        progress.starting("[red]a:layer", "R3")
        progress.add(result())
    text = file.getvalue()
    assert "1/2: 1 passed, 0 failed, 0 errored, 0 skipped  R3 [red]" in text
    assert text.endswith("\x1b[1A\x1b[2K")  # up a line, and clear it


def test_a_log_gets_no_bar_where_colour_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    file = io.StringIO()
    with Progress(Console(file=file, force_terminal=True), total=1) as progress:
        progress.add(result())
    assert file.getvalue() == "    0 s  1/1: 1 passed, 0 failed, 0 errored, 0 skipped\n"
