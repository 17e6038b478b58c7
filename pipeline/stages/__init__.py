"""The stages of `dvc.yaml`: a door each, which reads files, calls a room, and writes files."""
