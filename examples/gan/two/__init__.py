"""The same GAN with an optimiser for each network, steps taken together or in turn."""
