"""The classifier in the making: its features, and the linear classifier on top."""
