"""Sounds that are made rather than recorded: melodies, guitars of note samples, computed singers and hums."""
