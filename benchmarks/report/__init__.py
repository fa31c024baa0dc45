"""What ``benchmarks.table`` and ``benchmarks.plot`` are put together from."""
