"""Tests of `stance.model`."""
