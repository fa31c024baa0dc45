"""Layers that use more memory than they need, each by a known amount.

gradient_reversal   copies, and saves its input for the backward pass
shake_shake         saves both branches
mul_scalar          keeps a copy of the gradient while it computes with it
"""
