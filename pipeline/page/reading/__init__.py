"""Scored files to read: filtered, searched, sorted and counted, whatever their size."""
