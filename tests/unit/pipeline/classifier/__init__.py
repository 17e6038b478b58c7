"""Tests of `pipeline.classifier`."""
