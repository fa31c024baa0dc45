"""The report of a run: JSON for programs, the terminal and one HTML page for people."""

from .files import check_writable, write_atomically
from .html_report import write as write_html
from .json_report import write as write_json
from .progress import Progress
from .terminal import print_header, print_report
from .words import number, plain

__all__ = [
    "Progress",
    "check_writable",
    "number",
    "plain",
    "print_header",
    "print_report",
    "write_atomically",
    "write_html",
    "write_json",
]
