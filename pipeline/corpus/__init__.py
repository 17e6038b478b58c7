"""Real prose without its text: where each sentence stands, its hash, and how it was coded."""
