"""What each framework does where a ported model would differ, measured; docs/porting.md tells it.

``torch.py``, ``nnabla.py`` and ``chainer.py`` have a measurement for each line of the page: it runs
the framework, and gives what the line says in its column.
"""
