"""Runs a plan: the controller's side of the timing. It calls workers by the names of functions."""

from benchmarks.run.rounds import Keep, run

__all__ = ["Keep", "run"]
