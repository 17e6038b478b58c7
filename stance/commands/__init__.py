"""The commands of `stance` that need a model and texts, and no project."""
