"""Hum2Guitar: a hum in, an acoustic guitar out."""

from .config import Config
from .errors import AudioError, CheckpointError, UserError
from .pipeline import Conversion, Hum2Guitar

__all__ = ["AudioError", "CheckpointError", "Config", "Conversion", "Hum2Guitar", "UserError"]
__version__ = "0.1.0"
