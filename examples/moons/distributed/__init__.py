"""The DANN on moons with several processes, each of which has its share of every batch."""
