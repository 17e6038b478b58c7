"""The commands of `stance` that work on a project."""
