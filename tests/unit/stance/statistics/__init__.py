"""Tests of `stance.statistics`."""
