"""Timings of the layers, beside each other and beside a plain copy."""
