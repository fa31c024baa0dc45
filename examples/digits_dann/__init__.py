"""A convolutional DANN: from digits with labels to digits that are rotated and have none."""
