"""Voices that are computed."""
