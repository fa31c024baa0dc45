"""A run of the suite. HERE: in the controller, which imports no framework and no worker code."""
