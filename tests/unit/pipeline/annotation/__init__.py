"""Tests of `pipeline.annotation`."""
