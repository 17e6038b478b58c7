"""Metrics, their intervals, and the agreement of annotators."""
