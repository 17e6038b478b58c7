"""Samples of scored files, in other tools and in the project: what `stance.audit` needs of it."""
