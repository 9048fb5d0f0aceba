"""Convert a recording on a page that runs somewhere, as a program does."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import soundfile

from hum2guitar.errors import UserError

from .contents import ROOT

EXAMPLE = ROOT / "assets" / "ode-to-joy-low-voice.flac"


def convert_example(address: str, *, recording: Path = EXAMPLE, token: str | bool | None = None) -> float:
    """Convert a recording on a page, and check that the guitar is as long as it.

    Parameters
    ----------
    address : of the page
    recording : a file
    token : for a private Space

    Returns
    -------
    seconds : from the upload of the recording to the download of the guitar

    Raises
    ------
    UserError : the page does not answer, or gives something else
    """
    from gradio_client import Client, handle_file

    start = time.monotonic()
    try:
        with TemporaryDirectory() as folder:
            client = Client(address, token=token or None, verbose=False, download_files=folder)
            start = time.monotonic()
            guitar, *_ = client.predict(handle_file(str(recording)), api_name="/convert")
            seconds = time.monotonic() - start
            length_s = soundfile.info(guitar).duration
            client.close()
    except Exception as error:  # the client raises whatever httpx, the page or its own threads raise
        raise UserError(f"the page at {address} could not convert an example: {error}; read its log") from error
    if abs(length_s - soundfile.info(recording).duration) > 0.1:
        raise UserError(f"the page at {address} gave a guitar of {length_s:.1f} s for {recording.name}; read its log")
    return seconds
