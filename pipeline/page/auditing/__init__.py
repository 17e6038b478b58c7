"""The sample of an audit to code, and what it says as it grows."""
