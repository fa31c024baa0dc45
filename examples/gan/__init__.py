"""A GAN with one loss and one optimiser: a gradient reversal stands between its two networks."""
