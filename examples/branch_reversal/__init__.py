"""A weight that two branches share, one of them behind a gradient reversal.

z = w * f(w * x): the weight acts below the layer f and above it, and its gradient is the sum of
both branches. Without a layer that is 2 w x; with a reversal the branches cancel: w x - scale w x.
"""
