"""What runs THERE, in a framework's interpreter: Python 3.10, NumPy and that framework."""
