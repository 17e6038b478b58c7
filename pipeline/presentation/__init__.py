"""Numbers and figures for people: how they are written, and drawn."""
