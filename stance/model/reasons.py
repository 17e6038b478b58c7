"""The words for why the model abstains from a text: one vocabulary for tables, screens and Python.

A text has one reason, the first of these that holds.
"""

# Nothing but white space.
EMPTY = "empty"
# One or two words, numbers, marks.
NO_STATEMENT = "no-statement"
NOT_ENGLISH = "not-english"
# Longer than what the encoder reads, so that its end had no say.
CUT = "cut"
# Less sure than the promised error allows.
UNSURE = "unsure"

REASONS = [EMPTY, NO_STATEMENT, NOT_ENGLISH, CUT, UNSURE]
# Of texts that are no statements, and belong into no share.
NO_STATEMENTS = REASONS[:3]
