"""One bench per framework: it builds a graph around a subject, and repeats a stage of it."""
