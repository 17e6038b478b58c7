"""Annotating on a terminal: what is asked, what is shown, and what becomes of the answers."""
