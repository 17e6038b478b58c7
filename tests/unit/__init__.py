"""Quick tests of single parts, in folders like those of the code."""
