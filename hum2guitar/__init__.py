"""Hum2Guitar: a hum in, an acoustic guitar out."""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.2.0"

_MODULES = {
    "AudioError": "errors",
    "CheckpointError": "errors",
    "Choices": "choices",
    "Config": "config",
    "Conversion": "pipeline",
    "Heard": "analysis.heard",
    "Hum2Guitar": "pipeline",
    "Note": "note",
    "Played": "arrangement.played",
    "Sound": "synthesis.sound",
    "UserError": "errors",
}
__all__ = list(_MODULES)

if TYPE_CHECKING:  # the same names, for editors and mypy
    from hum2guitar.analysis.heard import Heard as Heard
    from hum2guitar.arrangement.played import Played as Played
    from hum2guitar.choices import Choices as Choices
    from hum2guitar.config import Config as Config
    from hum2guitar.errors import AudioError as AudioError
    from hum2guitar.errors import CheckpointError as CheckpointError
    from hum2guitar.errors import UserError as UserError
    from hum2guitar.note import Note as Note
    from hum2guitar.pipeline import Conversion as Conversion
    from hum2guitar.pipeline import Hum2Guitar as Hum2Guitar
    from hum2guitar.synthesis.sound import Sound as Sound
else:

    def __getattr__(name: str) -> object:
        """Import a name when it is first used (PEP 562): torch takes a second to import."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        return globals()[name]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
