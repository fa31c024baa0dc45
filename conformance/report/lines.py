"""Lines on a terminal, of what may hold anything."""

from rich.console import Console
from rich.text import Text

from . import words


def print_heading(console: Console, text: str) -> None:
    """Print a heading, with an empty line before it."""
    print_line(console)
    print_line(console, f"== {text} ==", "bold")


def print_line(console: Console, text: str = "", style: str = "", indent: int = 0) -> None:
    """Print `text`, wrapped to the console's width where it is longer."""
    # Text, not a string: a subject's "[red]" must not be taken for a colour.
    for line in Text(words.plain(text), style).wrap(console, console.width - indent) or [Text()]:
        console.print(Text(" " * indent) + line)
