"""How many decimals figures are told with, wherever they are told."""

DIGITS = 4
