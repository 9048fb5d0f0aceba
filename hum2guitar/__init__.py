"""Hum2Guitar: a hum in, an acoustic guitar out."""

from hum2guitar.config import Config
from hum2guitar.errors import AudioError, CheckpointError, UserError
from hum2guitar.pipeline import Conversion, Hum2Guitar

__all__ = ["AudioError", "CheckpointError", "Config", "Conversion", "Hum2Guitar", "UserError"]
__version__ = "0.1.0"
