"""What a checkpoint is measured by."""
