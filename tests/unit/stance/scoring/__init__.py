"""Tests of `stance.scoring`."""
