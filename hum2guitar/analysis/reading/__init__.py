"""Read recordings in child processes: no file can stop, hang or fill the process that reads it."""

from hum2guitar.analysis.reading.pool import read, warm_up

__all__ = ["read", "warm_up"]
