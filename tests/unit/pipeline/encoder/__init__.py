"""Tests of `pipeline.encoder`."""
