"""The scoreboard: public packages, judged by the suite and by laws; `dev.py scoreboard` runs it.

``packages.py`` lists what is judged, ``declared/`` has the laws, ``page.py`` writes the page from
the results. Nothing here is part of the suite or of its tests, but for ``test_page.py``.
"""
