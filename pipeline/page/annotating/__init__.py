"""The documents of a project to annotate, by several people at once."""
