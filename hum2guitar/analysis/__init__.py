"""A recording → what was heard in it: pitch, onsets, notes."""
