"""grl_chainer has no other way than that of the layers that it exports."""

LAYERS: dict[str, str] = {}
