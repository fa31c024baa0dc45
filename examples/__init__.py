"""Whole networks that use the layers, each in PyTorch, nnabla and Chainer.

``python3 dev.py example NAME`` runs one. A folder holds the example: ``start.py`` draws the data
and the first weights, by NumPy, the same for the three; ``torch.py``, ``nnabla.py`` and
``chainer.py`` are the network and its training, each in its framework's idiom; ``show.py`` makes
the figures and the numbers of what came.
"""
