"""What knows a framework: one module for each, which only its own interpreter imports."""
