"""The procedures: how a graph is wired around a layer, and what is looked at.

Each takes a driver, a target and a case, and returns what was seen, never a judgement. The suite
names them HERE, in its cases, and a worker runs them THERE, in the framework's interpreter: they
are written once, on :class:`conformance.procedures.driver.Driver`, and import no framework.
"""
