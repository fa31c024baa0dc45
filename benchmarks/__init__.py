"""Timings of the layers, beside each other and beside the measured limit of the machine."""
