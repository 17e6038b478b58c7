"""Rows of statements in every format: read as streams, kept as they came, written whole."""
