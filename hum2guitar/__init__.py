"""Hum2Guitar: a hum in, an acoustic guitar out."""

from hum2guitar.analysis.heard import Heard
from hum2guitar.arrangement.played import Played
from hum2guitar.choices import Choices
from hum2guitar.config import Config
from hum2guitar.errors import AudioError, CheckpointError, UserError
from hum2guitar.note import Note
from hum2guitar.pipeline import Conversion, Hum2Guitar
from hum2guitar.synthesis.sound import Sound

__all__ = [
    "AudioError",
    "CheckpointError",
    "Choices",
    "Config",
    "Conversion",
    "Heard",
    "Hum2Guitar",
    "Note",
    "Played",
    "Sound",
    "UserError",
]
__version__ = "0.2.0"
