"""Corpora: guitar recordings with what was played, in one on-disk form whatever they were made from."""
