"""What a run's values say: summaries and ratios with intervals, the A/A control, comparisons."""
