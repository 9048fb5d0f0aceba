"""What a conversion costs on this machine, beside what a user would take instead: ``python -m benchmarks``."""
