"""What was made → files."""
