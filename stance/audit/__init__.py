"""Is the model right on these texts? A sample of what was scored, read by people, and judged."""
