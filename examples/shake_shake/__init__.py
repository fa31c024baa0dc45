"""Shake-Shake: a residual network whose two branches are mixed at random while it trains.

Source: Gastaldi, "Shake-Shake regularization" (2017), https://arxiv.org/abs/1705.07485. The details
that the paper leaves out are those of its code, https://github.com/xgastaldi/shake-shake.
"""
