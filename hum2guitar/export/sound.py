"""Conversion → the guitar as a file: WAV and FLAC with 24 bits, MP3."""

from __future__ import annotations

import os
from pathlib import Path

import soundfile

from hum2guitar.errors import UserError
from hum2guitar.files import writing
from hum2guitar.pipeline import Conversion

SUBTYPES = {".wav": "PCM_24", ".flac": "PCM_24", ".mp3": "MPEG_LAYER_III"}


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Write the guitar at the rate of the checkpoint, as the suffix says. Raises UserError if that fails."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUBTYPES:
        raise UserError(f"cannot write {Path(path).name}; use a name that ends in {', '.join(SUBTYPES)}")
    try:
        with writing(path) as partial:
            rate, form = conversion.sample_rate, suffix[1:].upper()
            soundfile.write(partial, conversion.waveform, rate, format=form, subtype=SUBTYPES[suffix])
    except soundfile.LibsndfileError as error:
        raise UserError(f"cannot write {path}: {error}; choose a folder that exists and is writable") from error
