"""Tests of `stance.audit`."""
