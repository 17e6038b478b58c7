"""Tests of `pipeline.project`."""
