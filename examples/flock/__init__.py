"""A flock and a predator: one loss, one optimiser, and the flock behind a gradient reversal.

The flock follows three rules (Reynolds, "Flocks, Herds, and Schools", SIGGRAPH 1987): separation,
alignment and cohesion. Their weights are all that it learns; the predator has three weights too.
"""
