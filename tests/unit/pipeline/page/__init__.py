"""Tests of the page that `stance open` serves."""
