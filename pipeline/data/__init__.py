"""The tables, the params, and how they are read, checked and written."""
