"""The table in README.md that tells which implementation to take; `python -m docs.which` writes it.

``judged.py`` takes facts from a report of the suite, which are kept in docs/which.json, and
``table.py`` makes the table of them, of a run of the benchmarks, and of what the repository tells.
"""
