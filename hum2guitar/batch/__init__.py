"""Many recordings in one run: in this process, in several side by side, or on a Ray cluster."""
