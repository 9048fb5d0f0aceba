"""A corpus → batches of labels and target mels."""
