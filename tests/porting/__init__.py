"""What each framework does where a ported model would differ, measured; docs/porting.md tells it.

``torch.py``, ``nnabla.py`` and ``chainer.py`` have a function for each line of the page, which
runs the framework and returns what the line says in its column.
"""
