"""Timings of the layers, beside each other and the limit of the machine (not built yet)."""
