"""Path-SGD: each gradient is divided by what the paths through its weight amount to."""
