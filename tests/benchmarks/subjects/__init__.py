"""Subjects, each in its own way unfit to be timed, in any framework."""
