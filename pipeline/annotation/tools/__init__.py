"""Sentences and votes in the files of other annotation tools, both ways.

A module per tool, with two functions: `dump` writes a table of votes, `parse` reads votes back and
lists what cannot be read. What a tool has no place for travels in its `meta`, or whatever it calls
the fields that it keeps and does not show.
"""
