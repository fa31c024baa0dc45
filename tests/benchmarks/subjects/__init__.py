"""Subjects for Chainer, each in its own way unfit to be timed."""
