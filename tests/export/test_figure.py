from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from sounds import sung

from hum2guitar import Conversion, Hum2Guitar, UserError
from hum2guitar.export import figure
from hum2guitar.mel import mel_frequencies

MELODY = [(0.2, 0.8, 69.0), (1.0, 1.8, 73.0)]  # A4, C♯5


@pytest.fixture
def conversion(converter: Hum2Guitar) -> Conversion:
    rate = converter.config.sample_rate
    return converter.convert(sung(MELODY, rate, 2.0), rate, iterations=1)


@pytest.fixture
def drawn(conversion: Conversion) -> Figure:
    page = figure.draw(conversion)
    page.draw_without_rendering()
    return page


def test_four_panels_share_one_time_axis(drawn: Figure, conversion: Conversion) -> None:
    panels = drawn.axes[:4]
    joined = panels[0].get_shared_x_axes()
    assert all(joined.joined(panels[0], panel) for panel in panels[1:])
    assert len({panel.get_position().x0 for panel in panels}) == 1
    assert len({panel.get_position().x1 for panel in panels}) == 1
    assert panels[0].get_xlim() == pytest.approx((0, 2.0), abs=conversion.config.frame_s)


def test_three_spectrograms_share_one_colour_scale_and_one_bar(drawn: Figure, conversion: Conversion) -> None:
    images = [panel.get_images()[0] for panel in drawn.axes[1:4]]
    assert len({image.get_clim() for image in images}) == 1
    loudest = max(conversion.heard.mel_db.max(), conversion.sound.mel_db.max())
    assert images[0].get_clim()[1] >= loudest
    assert [axis.get_label() for axis in drawn.axes].count("colour bar") == 1


def test_follow_is_drawn_with_its_onset_strength(converter: Hum2Guitar) -> None:
    rate = converter.config.sample_rate
    followed = converter.convert(sung(MELODY, rate, 2.0), rate, iterations=1, articulation="follow")
    panel = figure.draw(followed).axes[2]
    (curve,) = panel.get_lines()
    height = np.asarray(curve.get_ydata())
    assert len(height) == len(followed.heard.f0_hz)
    assert height.argmax() * followed.config.frame_s == pytest.approx(MELODY[0][0], abs=0.05)
    assert 0.7 < height.min() < 0.85 < height.max() < 1
    assert "starts and stops" in panel.get_title(loc="left")


def test_f0_is_drawn_on_the_row_of_its_pitch(drawn: Figure, conversion: Conversion) -> None:
    line = drawn.axes[1].get_lines()[0]
    at_a4 = np.abs(line.get_xdata() - 0.5).argmin()
    row = line.get_ydata()[at_a4]
    frequencies = mel_frequencies(conversion.config)
    assert np.interp(row, np.arange(len(frequencies)), frequencies) == pytest.approx(440, abs=5)
    # the loudest row of the mel spectrogram is that of the fundamental
    assert abs(conversion.heard.mel_db[:, at_a4].argmax() - row) <= 1
    unvoiced = np.abs(line.get_xdata() - 0.9).argmin()
    assert np.isnan(line.get_ydata()[unvoiced])


def test_note_names_are_at_their_frequencies(drawn: Figure, conversion: Conversion) -> None:
    rows = {text.get_text(): text.get_position()[1] for text in drawn.axes[1].texts}
    frequencies = mel_frequencies(conversion.config)
    assert np.interp(rows["A4"], np.arange(len(frequencies)), frequencies) == pytest.approx(440, abs=1)
    panel = drawn.axes[0]
    written = {text.get_text() for text in panel.texts if text.get_transform() == panel.transData}
    assert {"A4", "C♯5"} <= written  # as hummed, wherever the guitar plays


def test_every_onset_is_marked(drawn: Figure, conversion: Conversion) -> None:
    marks = drawn.axes[2].get_lines()[0].get_xdata()
    assert list(marks) == [note.onset_s for note in conversion.notes]
    np.testing.assert_allclose(marks, [0.2, 1.0], atol=0.06)


def test_the_opacity_of_f0_is_its_confidence(drawn: Figure, conversion: Conversion) -> None:
    dots = drawn.axes[0].collections[-2]
    opacity = dots.get_alpha()
    np.testing.assert_allclose(opacity, np.clip(conversion.heard.confidence, 0.08, 1))


def test_a_long_picture_is_reduced_to_few_columns_by_maxima(conversion: Conversion) -> None:
    picture = np.zeros((4, 10 * figure.MAX_COLUMNS + 7))
    picture[2, 9000] = 1.0
    small = figure.downsample(picture)
    assert small.shape == (4, figure.MAX_COLUMNS)
    assert small.max() == 1.0
    assert small[2].argmax() == pytest.approx(9000 * figure.MAX_COLUMNS / picture.shape[1], abs=1)
    np.testing.assert_array_equal(figure.downsample(picture[:, :99]), picture[:, :99])


def test_ten_minutes_are_drawn_with_a_limited_number_of_elements(conversion: Conversion) -> None:
    times = 300
    heard, sound = conversion.heard, conversion.sound
    notes = tuple(
        dataclasses.replace(note, onset_s=note.onset_s + 2 * n, offset_s=note.offset_s + 2 * n)
        for n in range(times)
        for note in heard.notes
    )
    long = dataclasses.replace(
        conversion,
        heard=dataclasses.replace(
            heard,
            f0_hz=np.tile(heard.f0_hz, times),
            confidence=np.tile(heard.confidence, times),
            mel_db=np.tile(heard.mel_db, times),
            notes=notes,
        ),
        played=dataclasses.replace(conversion.played, notes=notes),
        sound=dataclasses.replace(sound, label=np.tile(sound.label, times), mel_db=np.tile(sound.mel_db, times)),
    )
    page = figure.draw(long)
    assert all(panel.get_images()[0].get_array().shape[1] <= figure.MAX_COLUMNS for panel in page.axes[1:4])
    assert len(page.axes[0].texts) <= 60
    assert len(page.axes[0].get_children()) < 100


def test_the_file_is_a_png_and_no_partial_file_is_left(conversion: Conversion, tmp_path: Path) -> None:
    figure.save(tmp_path / "picture.png", conversion)
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]
    with Image.open(tmp_path / "picture.png") as image:
        assert image.format == "PNG"
        assert image.width == figure.SIZE_INCHES[0] * figure.DPI
        assert len(image.convert("RGB").resize((64, 64)).getcolors(4096)) > 100  # something is drawn


def test_the_colours_of_the_file_are_those_that_were_drawn(conversion: Conversion, tmp_path: Path) -> None:
    figure.save(tmp_path / "picture.png", conversion)
    with Image.open(tmp_path / "picture.png") as image:
        written = np.asarray(image.convert("RGB"), dtype=int)
    canvas = FigureCanvasAgg(figure.draw(conversion))
    canvas.draw()
    difference = np.abs(written - np.asarray(canvas.buffer_rgba())[..., :3])
    assert difference.mean() < 1  # of 255
    assert np.percentile(difference, 99) < 10


def test_a_file_that_cannot_be_written_is_refused(conversion: Conversion, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"ends in \.png"):
        figure.save(tmp_path / "picture.gif", conversion)
    with pytest.raises(UserError, match="choose a folder that exists"):
        figure.save(tmp_path / "missing" / "picture.png", conversion)


def test_drawing_needs_neither_pyplot_nor_gradio() -> None:
    program = (
        "import sys, hum2guitar.export.figure; print(*{'matplotlib.pyplot', 'gradio', 'train'} & set(sys.modules))"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", program], check=True, cwd=root, capture_output=True, text=True)
    assert run.stdout.strip() == ""
