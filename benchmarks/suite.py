"""What is measured, and in which order."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile

from benchmarks import processes
from benchmarks.cases.inversion import LIBROSA
from benchmarks.processes import ROOT, Repeats, Row
from hum2guitar.analysis.trackers import TRACKERS
from hum2guitar.synthesis.inversion import INVERSIONS

HUM = ROOT / "assets" / "ode-to-joy-low-voice.flac"
GUITAR = ROOT / "assets" / "guitarset-rock-solo.flac"
GUITAR_S = 5.0
BASIC_PITCH = ROOT / ".venv-basic-pitch" / "bin" / "python"  # made by make bench
ORIGINAL_S = 5.0  # the longest hum for which one run of the original stays under a minute
NOTES_S = 30.0  # the longest hum for basic-pitch and FluidSynth
MANY, MANY_S = 200, 10.0  # recordings, and the length of each
LEFT_OUT: Row = {"absent": "left out by --quick"}


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes
    ----------
    lengths : s, of the hums, in ascending order
    repeats : how often
    quick : leave out what takes longest: the original's path, librosa's inversion and crepe-full
    checkpoint : a file or a Hub id; None for the bundled one
    soundfont : an .sf2 file, for FluidSynth
    basic_pitch : the Python that has basic-pitch
    """

    lengths: tuple[float, ...]
    repeats: Repeats
    soundfont: Path
    quick: bool = False
    checkpoint: str | None = None
    basic_pitch: Path = BASIC_PITCH


def run(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure everything of a plan.

    Parameters
    ----------
    plan : what to measure
    say : called with a few words before each measurement

    Returns
    -------
    results : ready for JSON
        ``conversions`` — by length, a row of ``processes.measure``; ``instead`` — by length and name, rows of what a
        user would take instead; ``mel_to_audio``, ``trackers`` — by name; ``exports`` — a row; ``many`` — by options,
        the seconds of many recordings, or ``absent``; ``machine``

    Raises
    ------
    UserError
        If a measurement fails, or the checkpoint cannot be used.
    """
    results: dict[str, Any] = {"conversions": {}, "instead": {}}
    with TemporaryDirectory() as folder:
        for seconds in plan.lengths:
            name, recording = f"{seconds:g}", Path(folder, "hum.wav")
            write_hum(recording, seconds)
            say(f"{name} s: Hum2Guitar")
            options = {"recording": str(recording), "checkpoint": plan.checkpoint}
            results["conversions"][name] = processes.measure("conversion", options, plan.repeats)
            if seconds <= NOTES_S:
                results["instead"][name] = _instead(plan, recording, seconds, say)
        recording = Path(folder, "hum.wav")
        write_hum(recording, plan.lengths[0])
        results["mel_to_audio"] = _mel_to_audio(plan, say)
        results["trackers"] = _trackers(plan, recording, say)
        results["exported_s"] = max([plan.lengths[0], *(s for s in plan.lengths if s <= NOTES_S)])
        write_hum(recording, results["exported_s"])
        say(f"{results['exported_s']:g} s: every export")
        options = {"recording": str(recording), "checkpoint": plan.checkpoint}
        results["exports"] = processes.measure("exports", options, plan.repeats)
        results["many"] = LEFT_OUT if plan.quick else _many(Path(folder), plan.checkpoint, say)
    results["inverted_s"], results["tracked_s"] = GUITAR_S, plan.lengths[0]
    return {"machine": describe_machine(results["conversions"])} | results


def _many(folder: Path, checkpoint: str | None, say: Callable[[str], None]) -> dict[str, float]:
    """Convert many recordings by the command line; returns the seconds of each way."""
    hums = folder / "hums"
    hums.mkdir()
    for number in range(MANY):
        write_hum(hums / f"{number:03}.wav", MANY_S)
    more = [] if checkpoint is None else ["--checkpoint", checkpoint]
    one_thread = dict.fromkeys(processes.THREADS, "1")
    cpus = processes.usable_cpus()
    found = {}
    for name, jobs, variables in (
        ("--jobs 1, one thread", 1, one_thread), ("--jobs 1", 1, {}), (f"--jobs {cpus}", cpus, {})
    ):  # fmt: skip
        say(f"{MANY} recordings of {MANY_S:g} s: {name}")
        out = folder / name
        out.mkdir()
        words = ["convert", str(hums), str(out), "--jobs", str(jobs), *more]
        found[name] = processes.seconds_of([sys.executable, "-m", "hum2guitar", *words], variables)
    return found


def write_hum(path: Path, seconds: float) -> None:
    """Write a WAV file of the hum in ``assets``, repeated or cut to a length in s."""
    hum, sample_rate = soundfile.read(HUM, dtype="int16")
    soundfile.write(path, np.resize(hum, round(seconds * sample_rate)), sample_rate)


def describe_machine(conversions: dict[str, Row]) -> dict[str, Any]:
    """Describe this machine: its processor and CPUs, the threads of torch, and the numbers the networks compute with.

    The last two are taken out of the rows of the conversions, in which they are all the same.
    """
    told = [(row.pop("threads"), row.pop("networks")) for row in conversions.values()]
    threads, networks = told[0]
    return {"processor": processor(), "cpus": processes.usable_cpus(), "threads": threads, "networks": networks}


def processor() -> str:
    """Name the processor as the system does."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _instead(plan: Plan, recording: Path, seconds: float, say: Callable[[str], None]) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    if seconds <= ORIGINAL_S:
        say(f"{seconds:g} s: the original's path")
        options = {"recording": str(recording)}
        rows["original"] = LEFT_OUT if plan.quick else processes.measure("original", options, plan.repeats)
    say(f"{seconds:g} s: basic-pitch and FluidSynth")
    python = str(plan.basic_pitch) if plan.basic_pitch.is_file() else sys.executable  # which may have it too
    rows["basic-pitch"] = processes.measure("basic_pitch", {"recording": str(recording)}, plan.repeats, python)
    if "absent" in rows["basic-pitch"]:
        return rows | {"FluidSynth": rows["basic-pitch"]}  # there are no notes to play
    played = {"notes": rows["basic-pitch"].pop("notes"), "soundfont": str(plan.soundfont), "seconds": seconds}
    rows["FluidSynth"] = processes.measure("fluidsynth", played, plan.repeats)
    return rows


def _mel_to_audio(plan: Plan, say: Callable[[str], None]) -> dict[str, Row]:
    rows = {}
    for name in (*INVERSIONS, LIBROSA):
        say(f"inversion of {GUITAR_S:g} s: {name}")
        options = {"name": name, "recording": str(GUITAR), "seconds": GUITAR_S, "checkpoint": plan.checkpoint}
        left_out = plan.quick and name == LIBROSA
        rows[name] = LEFT_OUT if left_out else processes.measure("inversion", options, plan.repeats)
    return rows


def _trackers(plan: Plan, recording: Path, say: Callable[[str], None]) -> dict[str, Row]:
    rows = {}
    for name in TRACKERS:
        say(f"F0 of {plan.lengths[0]:g} s: {name}")
        options = {"name": name, "recording": str(recording), "checkpoint": plan.checkpoint}
        left_out = plan.quick and name == "crepe-full"
        rows[name] = LEFT_OUT if left_out else processes.measure("tracker", options, plan.repeats)
    return rows
