"""Layers that test the suite: wrong ones that it must catch, and right ones that it must not."""
