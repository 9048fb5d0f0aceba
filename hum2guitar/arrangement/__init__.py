"""Arrange a melody for guitar: transposition, tuning and legato."""
