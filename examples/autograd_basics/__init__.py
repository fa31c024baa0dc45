"""The basics of autograd: gradients of a formula, and a network fitted in three ways."""
