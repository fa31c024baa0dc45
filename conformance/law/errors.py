"""What is raised about a law, never about the subject that it is to judge."""


class LawError(ValueError):
    """The law cannot judge: it contradicts itself, or uses what no error bound is known for."""


class Unusable(Exception):
    """What a subject returns cannot be looked at; the message says what it must be."""
