"""What all examples share. ``job``, ``steps`` and ``worker`` run in a framework's interpreter."""
