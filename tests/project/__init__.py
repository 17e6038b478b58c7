"""Tests of whole projects and real processes: DVC, Git, terminals, clusters, services."""
