"""Analyse a recording: F0, onsets, mel spectrogram and notes."""
