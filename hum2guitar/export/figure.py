"""Conversion → PNG or SVG: F0 and notes, the mel of the hum, the label, and the mel of the guitar on one time axis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from PIL import Image

from hum2guitar.arrangement.register import describe_transposition
from hum2guitar.errors import UserError
from hum2guitar.files import writing
from hum2guitar.mel import denormalise, mel_frequencies
from hum2guitar.note import Note, hz_to_midi, midi_to_hz, note_name
from hum2guitar.pipeline import Conversion

SIZE_INCHES = (11.0, 11.0)
DPI = 110
# Shares of the figure. A layout that matplotlib computes takes as long as all the drawing.
PLACE = {"left": 0.07, "right": 0.88, "bottom": 0.045, "top": 0.97, "hspace": 0.16}
BAR_PLACE = (0.925, 0.055, 0.015, 0.68)  # left, bottom, width, height
LABEL_PLACE = -0.05  # of the label on the left, as a share of the width of a panel
COMPRESS_LEVEL = 1  # 6 takes several times as long, for a file that is a few per cent smaller
SHOWN_HZ = 5000.0  # hums and guitars have little energy above it
SHOWN_DB = 70.0  # range of the colours, below the loudest bin of the three spectrograms
MAX_COLUMNS = 980  # one per pixel
MAX_DOTS = 1400
MIN_SPAN_SEMITONES = 10.0
NAMED_SHARE = 0.018  # a note is named if it lasts longer than this share of the recording
HZ_TICKS = (60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1250, 1500, 2000, 3000, 4000)
MEL_HZ_TICKS = (0, 500, 1000, 2000, 3000, 4000, 5000)
MEL_NOTE_TICKS = (45, 57, 69, 81, 93, 105)  # A2 to A7

F0_COLOUR = "#0f766e"
OVERLAY_COLOUR = "#00c2a8"
NOTE_COLOUR = "#f2b880"
NAME_COLOUR = "#8a4b08"
INK = "#222222"
LINES = (F0_COLOUR, OVERLAY_COLOUR, NOTE_COLOUR, NAME_COLOUR, INK)
COLOUR_MAP = "magma"

_DRAWING = Lock()  # matplotlib is not thread-safe: figures share its font and text caches


def draw(conversion: Conversion) -> Figure:
    """Draw a conversion in four panels.

    The panels are: F0 with its confidence and the notes; the mel spectrogram of the hum; the semantic harmonics with
    the onsets; the mel spectrogram of the guitar. The last three share one colour scale.

    Drawing time and file size do not grow with the recording: a spectrogram of more than ``MAX_COLUMNS`` frames is
    reduced by maxima, so no onset is lost.
    """
    config = conversion.config
    label_db = denormalise(conversion.sound.label[0], config)
    transposition = describe_transposition(conversion.played.transpose_semitones, conversion.played.capo)
    follow = conversion.played.articulation == "follow"
    onsets = "the curve shows starts and stops" if follow else "triangles mark the onsets"
    panels = {
        "Hum: mel spectrogram and F0": conversion.heard.mel_db,
        f"Input of the generator: semantic harmonics, {transposition}; {onsets}": label_db,
        "Guitar: generated mel spectrogram": conversion.sound.mel_db,
    }
    duration_s = (len(conversion.heard.f0_hz) - 1) * config.frame_s
    loudest_db = max(float(mel_db.max()) for mel_db in panels.values())

    figure = Figure(figsize=SIZE_INCHES, dpi=DPI, facecolor="white")
    axes: np.ndarray = figure.subplots(4, 1, sharex=True, height_ratios=[0.85, 1, 1, 1], gridspec_kw=PLACE)
    _draw_f0(axes[0], conversion, duration_s)
    for axis, (title, mel_db) in zip(axes[1:], panels.items(), strict=True):
        image = _draw_mel(axis, mel_db, conversion, loudest_db)
        _title(axis, title)
    _draw_f0_over(axes[1], conversion)
    if follow:
        _draw_onset_strength(axes[2], conversion)
    else:
        _mark_onsets(axes[2], conversion)
    for axis in axes[:-1]:
        axis.xaxis.set_visible(False)  # the last one is that of all
    axes[-1].set_xlabel("time (s)")
    axes[-1].xaxis.set_label_coords(0.5, -0.1)
    axes[-1].set_xlim(0, duration_s)
    bar = figure.colorbar(image, cax=figure.add_axes(BAR_PLACE, label="colour bar"))
    bar.set_label("level (dB)", color=INK)
    bar.outline.set_visible(False)
    return figure


def save(path: str | os.PathLike[str], conversion: Conversion) -> None:
    """Draw a conversion and write it as a PNG or an SVG, as the suffix says. Raises UserError if that fails."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".png", ".svg"):
        raise UserError(f"cannot write {Path(path).name}; use a name that ends in .png or .svg")
    with writing(path) as partial, _DRAWING:
        figure = draw(conversion)
        if suffix == ".svg":
            figure.savefig(partial, format="svg")
        else:
            _picture(figure).save(partial, "PNG", compress_level=COMPRESS_LEVEL)


def _picture(figure: Figure) -> Image.Image:
    """Draw a figure in 256 colours: it is written in a fifth of the time, and into a third of the bytes."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    palette = Image.new("P", (1, 1))
    palette.putpalette(_colours().tobytes())
    drawn = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    return drawn.quantize(palette=palette, dither=Image.Dither.NONE)


@cache
def _colours() -> np.ndarray:
    """List the colours of a picture, (256, 3) of 8 bits: those of the mels, and each line fading to white."""
    spectrum = colormaps[COLOUR_MAP](np.linspace(0, 1, 256 - 16 * len(LINES)))[:, :3]
    shares = np.linspace(0, 1, 16)[:, None]
    edges = [1 - shares * (1 - np.array(to_rgb(colour))) for colour in LINES]
    return np.round(255 * np.concatenate([spectrum, *edges])).astype(np.uint8)


def downsample(picture: np.ndarray, max_columns: int = MAX_COLUMNS) -> np.ndarray:
    """Reduce a picture (M, N) to at most ``max_columns`` columns, each the maximum of neighbouring columns."""
    n_frames = picture.shape[1]
    if n_frames <= max_columns:
        return picture
    return np.maximum.reduceat(picture, np.arange(max_columns) * n_frames // max_columns, axis=1)


def _dots(conversion: Conversion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Select times in s, F0 in Hz and confidence, each (K,): all frames, or every n-th frame of a long recording."""
    step = -(-len(conversion.heard.f0_hz) // MAX_DOTS)
    times_s = np.arange(len(conversion.heard.f0_hz))[::step] * conversion.config.frame_s
    return times_s, conversion.heard.f0_hz[::step], conversion.heard.confidence[::step]


def _draw_f0(axis: Axes, conversion: Conversion, duration_s: float) -> None:
    """Draw F0 in semitones with the confidence as opacity, the notes, and the confidence as a strip at the bottom."""
    times_s, f0_hz, confidence = _dots(conversion)
    midi = hz_to_midi(f0_hz)
    _draw_notes(axis, conversion.heard.notes, duration_s)
    every_frame = len(times_s) == len(conversion.heard.f0_hz)
    if every_frame:
        axis.plot(times_s, midi, color=F0_COLOUR, linewidth=0.8, alpha=0.5)
    size, opacity = (9 if every_frame else 3), np.clip(confidence, 0.08, 1)
    axis.scatter(times_s, midi, s=size, color=F0_COLOUR, alpha=opacity, linewidths=0, zorder=3)
    at_bottom = axis.get_xaxis_transform()  # x in seconds, y as a share of the height of the panel
    axis.fill_between(times_s, 0, 0.11 * confidence, color=F0_COLOUR, alpha=0.3, linewidth=0, transform=at_bottom)
    axis.text(0.004, 0.12, "confidence, 0 to 1", transform=axis.transAxes, fontsize=8, color=F0_COLOUR, va="bottom")
    _title(axis, "Hum: fundamental frequency F0 and notes")
    _scale_f0(axis, np.concatenate([midi[np.isfinite(midi)], [note.midi for note in conversion.heard.notes]]))


def _draw_notes(axis: Axes, notes: Sequence[Note], duration_s: float) -> None:
    """Draw each note as a box that is one semitone high, at the pitch as hummed; long notes are named."""
    boxes = []
    for note in notes:
        start, stop, pitch = note.onset_s, note.offset_s, note.midi
        boxes.append([(start, pitch - 0.5), (stop, pitch - 0.5), (stop, pitch + 0.5), (start, pitch + 0.5)])
        if stop - start > NAMED_SHARE * duration_s:
            name = axis.text((start + stop) / 2, pitch + 0.7, note.name, ha="center", va="bottom", zorder=4)
            name.set(fontsize=9, color=NAME_COLOUR, path_effects=[withStroke(linewidth=2.5, foreground="white")])
    axis.add_collection(PolyCollection(boxes, facecolor=NOTE_COLOUR, alpha=0.55, linewidth=0))


def _scale_f0(axis: Axes, shown_midi: np.ndarray) -> None:
    """Set the range of the axis to the pitches and the strip below them; Hz on the left, note names on the right."""
    middle = (shown_midi.min() + shown_midi.max()) / 2
    half = max(MIN_SPAN_SEMITONES, np.ptp(shown_midi)) / 2
    low, high = middle - half - 1, middle + half + 1.5
    axis.set_ylim(low - 0.32 * half, high)
    hz_ticks = hz_to_midi(np.array(HZ_TICKS, dtype=float))
    axis.yaxis.set_major_locator(FixedLocator(hz_ticks[(hz_ticks >= low) & (hz_ticks <= high)].tolist()))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda midi, _: f"{midi_to_hz(midi):.0f}"))
    _label(axis, "F0 (Hz)")
    axis.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    axis.set_axisbelow(True)
    pitches = _named_pitches(low, high)
    _name_pitches(axis, pitches, pitches)
    _remove_frame(axis)


def _named_pitches(low: float, high: float) -> list[int]:
    """Choose the MIDI numbers that are named on the axis; fewer of them for a wider range."""
    classes = (0, 2, 4, 5, 7, 9, 11) if high - low <= 17 else (0, 4, 9) if high - low <= 34 else (0,)
    return [midi for midi in range(int(np.ceil(low)), int(high) + 1) if midi % 12 in classes]


def _draw_f0_over(axis: Axes, conversion: Conversion) -> None:
    """Draw F0 over a mel spectrogram: a line, or dots if frames were left out."""
    times_s, f0_hz, _ = _dots(conversion)
    rows = _row(f0_hz, conversion)
    if len(times_s) < len(conversion.heard.f0_hz):
        axis.plot(times_s, rows, ".", color=OVERLAY_COLOUR, markersize=1.5)
        return
    axis.plot(
        times_s,
        rows,
        color=OVERLAY_COLOUR,
        linewidth=1.6,
        path_effects=[withStroke(linewidth=3, foreground="white", alpha=0.5)],
    )


def _draw_mel(axis: Axes, mel_db: np.ndarray, conversion: Conversion, loudest_db: float) -> AxesImage:
    """Draw a mel spectrogram (M, N) in dB; Hz on the left, note names on the right."""
    frame_s, n_frames = conversion.config.frame_s, mel_db.shape[1]
    n_shown = int(np.searchsorted(mel_frequencies(conversion.config), SHOWN_HZ))
    image = axis.imshow(
        downsample(mel_db[:n_shown]),
        origin="lower",
        aspect="auto",
        cmap=COLOUR_MAP,
        vmin=loudest_db - SHOWN_DB,
        vmax=loudest_db,
        extent=(
            -0.5 * frame_s,
            (n_frames - 0.5) * frame_s,
            -0.5,
            n_shown - 0.5,
        ),  # the middle of a frame is at its time
        interpolation="nearest",
    )
    axis.set_ylim(-0.5, n_shown - 0.5)
    hz_ticks = np.array([hz for hz in MEL_HZ_TICKS if hz <= SHOWN_HZ], dtype=float)
    axis.yaxis.set_major_locator(FixedLocator(_row(hz_ticks, conversion).tolist()))
    axis.set_yticklabels([f"{hz:.0f}" for hz in hz_ticks])
    _label(axis, "frequency (Hz, mel scale)")
    _name_pitches(axis, _row(midi_to_hz(np.array(MEL_NOTE_TICKS)), conversion), MEL_NOTE_TICKS)
    _remove_frame(axis)
    return image


def _row(hz: np.ndarray, conversion: Conversion) -> np.ndarray:
    """Convert Hz to fractional mel bin numbers; NaN stays NaN."""
    frequencies = mel_frequencies(conversion.config)
    return np.where(np.isfinite(hz), np.interp(hz, frequencies, np.arange(len(frequencies))), np.nan)


def _mark_onsets(axis: Axes, conversion: Conversion) -> None:
    """Mark each pluck with a triangle at the top and a faint line."""
    onsets_s = np.array([note.onset_s for note in conversion.notes if note.plucked])
    emphasis = min(1.0, 60 / max(1, len(onsets_s)))  # many marks are small and faint
    in_panel = axis.get_xaxis_transform()
    axis.vlines(onsets_s, 0, 1, transform=in_panel, color="white", linewidth=0.8, alpha=0.5 * emphasis)
    axis.plot(
        onsets_s, np.full(len(onsets_s), 0.96), "v", transform=in_panel, color="white", markersize=1 + 4 * emphasis
    )


def _draw_onset_strength(axis: Axes, conversion: Conversion) -> None:
    """Draw the second channel of the label as a curve at the top of the panel."""
    strength = conversion.sound.label[1, 0]
    times_s = np.arange(len(strength)) * conversion.config.frame_s
    axis.plot(times_s, 0.85 + 0.13 * strength, transform=axis.get_xaxis_transform(), color="white", linewidth=0.8)


def _title(axis: Axes, text: str) -> None:
    """Write a title. Its height is given: otherwise matplotlib lays out all ticks to find what it must not cover."""
    axis.set_title(text, loc="left", fontsize=11, color=INK, pad=5, y=1)


def _label(axis: Axes, text: str) -> None:
    """Name the axis on the left, at a place that is given for the same reason."""
    axis.set_ylabel(text)
    axis.yaxis.set_label_coords(LABEL_PLACE, 0.5)


def _name_pitches(axis: Axes, heights: Sequence[float] | np.ndarray, pitches: Sequence[int]) -> None:
    """Write the names of pitches on the right, at their heights. An axis of its own would take five times as long."""
    beside = axis.get_yaxis_transform()  # x as a share of the width of the panel
    for height, midi in zip(heights, pitches, strict=True):
        axis.text(1.005, height, note_name(midi), transform=beside, va="center_baseline", fontsize=9, color=INK)


def _remove_frame(axis: Axes) -> None:
    """Remove the frame and the minor ticks, and make the labels small."""
    axis.yaxis.set_minor_locator(NullLocator())
    axis.tick_params(labelsize=9, colors=INK, length=3)
    axis.yaxis.label.set_color(INK)
    for spine in axis.spines.values():
        spine.set_visible(False)
