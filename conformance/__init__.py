"""The conformance suite: one specification, and what holds an implementation to it."""
