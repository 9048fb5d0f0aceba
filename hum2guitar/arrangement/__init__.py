"""What was heard → what is played: octave, tuning, legato."""
