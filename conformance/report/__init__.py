"""The report of a run: JSON for programs, the terminal and one HTML page for people."""

from conformance.report.files import check_writable, write_atomically
from conformance.report.html_report import write as write_html
from conformance.report.json_report import write as write_json
from conformance.report.progress import Progress
from conformance.report.terminal import print_header, print_report
from conformance.report.words import number, plain

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
