"""Tests of `stance.commands`."""
