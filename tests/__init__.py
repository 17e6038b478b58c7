"""Tests of what a user would miss: real files, real processes, the real DVC."""
