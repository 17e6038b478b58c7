"""Tests of `pipeline.corpus`."""
