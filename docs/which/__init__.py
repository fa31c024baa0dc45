"""The table in README.md that tells which implementation to take; `python -m docs.which` writes it.

``judged.py`` takes facts from a report of the suite, ``timed.py`` from a run of the benchmarks,
``known.py`` from the repository; ``by_hand.py`` has those that none of them can give. They are kept
in docs/which.json, ``table.py`` makes the table of it, and ``stale.py`` tells what is out of date.
"""
