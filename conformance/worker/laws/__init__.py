"""Laws in each framework: what ``law/framework.py`` asks of it, and its transforms."""
