"""A training run: its settings, loop, state and export."""
