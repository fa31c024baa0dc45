"""What runs in a framework's interpreter: Python 3.10, numpy and that framework.

The controller calls these functions by name, through ``conformance.remote``, and imports none.
"""

from benchmarks.worker.peak import peak
from benchmarks.worker.timing import facts, observe, sample, start

__all__ = ["facts", "observe", "peak", "sample", "start"]
