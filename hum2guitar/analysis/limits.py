"""What a recording may be: its duration, its sample rate, the number and the size of its samples."""

from __future__ import annotations

from numbers import Real

from hum2guitar.errors import AudioError

MIN_SECONDS = 0.5
MAX_SECONDS = 600.0
MIN_RATE, MAX_RATE = 1000, 768000  # Hz
MAX_SAMPLES = int(MAX_SECONDS) * 96000  # where the duration has a maximum: 230 MB as float32
MAX_MAGNITUDE = 2.0**31  # integers of 32 bits that were stored as floats without scaling


def check_duration(seconds: float, too_short: bool = True, max_seconds: float | None = MAX_SECONDS) -> None:
    """Check the duration of a recording.

    Parameters
    ----------
    seconds : duration in s
    too_short : whether to check the minimum of 0.5 s too
    max_seconds : the maximum in s, None for no maximum

    Raises
    ------
    AudioError
        If the recording is too short or too long.
    """
    if too_short and seconds < MIN_SECONDS:
        raise AudioError(f"the recording lasts {seconds:.2f} s; hum for at least {MIN_SECONDS} s")
    if max_seconds is not None and seconds > max_seconds:
        raise AudioError(f"the recording is longer than {max_seconds / 60:.0f} minutes; cut it into shorter pieces")


def check_sample_rate(sample_rate: float) -> None:
    """Raise AudioError if a sample rate in Hz is not between 1 and 768 kHz."""
    if not (isinstance(sample_rate, Real) and MIN_RATE <= sample_rate <= MAX_RATE):
        raise AudioError(f"the sample rate is {sample_rate!r} Hz; use a recording between {MIN_RATE} and {MAX_RATE} Hz")


def check_size(n_samples: int, sample_rate: int, max_seconds: float | None = MAX_SECONDS) -> None:
    """Check how many samples of each channel were decoded, so that a small file cannot fill the memory.

    Parameters
    ----------
    n_samples : number of samples of each channel
    sample_rate : Hz
    max_seconds : the maximum duration in s; None for no maximum, neither of the duration nor of the samples

    Raises
    ------
    AudioError
        If the recording is too long, or has too many samples at its sample rate.
    """
    check_duration(n_samples / sample_rate, too_short=False, max_seconds=max_seconds)
    if max_seconds is not None and n_samples > MAX_SAMPLES:
        raise AudioError(
            f"the recording is longer than {MAX_SAMPLES / sample_rate / 60:.1f} minutes, the maximum at "
            f"{sample_rate} Hz; cut it into shorter pieces, or export it at 48000 Hz"
        )
