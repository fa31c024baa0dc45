"""A convolutional GAN with one optimiser, for images of 28×28 in IDX files; by epochs."""
