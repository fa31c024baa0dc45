"""The report of a run: JSON for programs, the terminal and one HTML page for people.

For continuous integration: a summary in Markdown, a badge, and what changed between two runs.
"""

from .badge import write as write_badge
from .changes import compare, subjects
from .comparison import print_comparison
from .files import check_appendable, check_writable, write_atomically
from .json_reader import Unreadable
from .json_reader import read as read_json
from .json_report import write as write_json
from .markdown import append as append_summary
from .page import write as write_html
from .progress import Progress
from .terminal import print_header, print_report
from .words import number, plain

__all__ = [
    "Progress",
    "Unreadable",
    "append_summary",
    "check_appendable",
    "check_writable",
    "compare",
    "number",
    "plain",
    "print_comparison",
    "print_header",
    "print_report",
    "read_json",
    "subjects",
    "write_atomically",
    "write_badge",
    "write_html",
    "write_json",
]
