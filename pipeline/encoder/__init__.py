"""The encoder in the making: its corpus, its base, its fine-tuning, and its export for CPUs."""
