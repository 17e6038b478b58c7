"""Tests of `stance.text`."""
