"""Idioms: ways in which people write these layers, in each framework, one file for each way.

Each file has functions named like the layers, as far as the idiom serves them, and says what
the idiom is, where one meets it and what it costs. They are documented examples that the
benchmarks time beside ours, not layers to copy: they check no argument, and some are wrong on
purpose, which the benchmarks find and say.

``rivals.py`` calls public packages' own layers as their users do.
"""
