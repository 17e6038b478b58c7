"""How long things take and how much memory, as ratios in one run."""
