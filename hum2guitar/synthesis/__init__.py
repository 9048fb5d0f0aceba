"""Synthesize the sound of a guitar: label, generator, inversion, body."""
