"""The benchmark: one tiny run of everything, its tables, and baselines that are absent."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from untrained import TINY, random_generator

from benchmarks import __main__ as command
from benchmarks import picture, processes, suite
from benchmarks.cases.conversion import arrays
from benchmarks.child import measure
from benchmarks.processes import Repeats
from hum2guitar import Choices, Hum2Guitar
from hum2guitar.errors import UserError
from hum2guitar.export import EXPORTS
from hum2guitar.synthesis.checkpoint import save
from train.evaluate.tables import render

STAGES = ["start", "file", "reading", "f0", "arrange", "label", "generator", "inversion"]
ONCE = Repeats(processes=1, warm=1)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tiny") / "tiny.safetensors"
    save(path, random_generator(TINY).state_dict(), TINY, {})
    return str(path)


@pytest.fixture(scope="module")
def results(checkpoint: str) -> dict[str, Any]:
    """What a plan of one hum of 1 s finds where neither basic-pitch nor a SoundFont is installed."""
    missing = Path(checkpoint).parent / "missing"
    plan = suite.Plan((1.0,), ONCE, missing, quick=True, checkpoint=checkpoint, basic_pitch=missing)
    return suite.run(plan, lambda text: None)


def cells(table: str) -> list[list[str]]:
    """The rows of a table in Markdown without its rule."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    return [rows[0], *rows[2:]]


def test_a_run_measures_every_stage_cold_and_warm_and_the_memory(results: dict[str, Any]) -> None:
    row = results["conversions"]["1"]
    assert list(row["cold"]) == STAGES
    assert list(row["warm"]) == STAGES[1:]
    assert row["cold_s"] > row["warm_s"] > 0
    assert row["cold_s"] == pytest.approx(sum(row["cold"].values()))
    assert row["peak_mb"] > row["arrays_mb"] > 0
    assert row["runs"] == [1, 1]
    assert results["machine"]["cpus"] >= 1


def test_the_tables_have_a_row_for_each_stage_inversion_and_tracker(results: dict[str, Any]) -> None:
    head, *rows = cells(render(results, "stages"))
    assert head == ["hum", "1 s, cold", "1 s, warm"]
    assert [row[0] for row in rows[: len(STAGES)]] == [f"{stage} (s)" for stage in STAGES]
    assert rows[0][2] == "–"  # a warm run has no start
    found = {row[0]: row for row in cells(render(results, "mel-to-audio"))}
    assert float(found["griffin-lim"][1]) > 0
    assert found[Choices().inversion][3] == "1.00"
    assert any(name.startswith("vocoder (absent: the vocoder was trained on") for name in found)
    names = [row[0] for row in cells(render(results, "trackers"))]
    assert names[1:4] == ["swift", "crepe", "crepe-full (absent: left out by --quick)"]


def test_every_export_is_timed_and_many_recordings_are_compared(results: dict[str, Any]) -> None:
    rows = {row[0]: row[1:] for row in cells(render(results, "exports"))}
    assert list(rows)[1:] == ["fingering", *EXPORTS, "all together"]
    assert float(rows["all together"][0]) == pytest.approx(sum(results["exports"]["warm"].values()), abs=1e-3)
    with pytest.raises(UserError, match="no table 'many'"):
        render(results, "many")  # left out by --quick
    many = {"many": {"--jobs 1, one thread": 100.0, "--jobs 1": 80.0, "--jobs 2": 50.0}}
    assert cells(render(many, "many"))[1:] == [
        ["--jobs 1, one thread", "100.0", "1.00"], ["--jobs 1", "80.0", "1.25"], ["--jobs 2", "50.0", "2.00"]
    ]  # fmt: skip


def test_many_recordings_are_converted_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line itself is tested elsewhere; what it is given is what matters here."""
    asked = []

    def see(command: list[str], variables: dict[str, str]) -> float:
        hums, out, *options = command[4:]
        assert len(list(Path(hums).glob("*.wav"))) == suite.MANY
        assert Path(out).is_dir()
        asked.append((" ".join(options), variables.get("OMP_NUM_THREADS")))
        return 1.0 + len(asked)

    monkeypatch.setattr(processes, "seconds_of", see)
    monkeypatch.setattr(processes, "usable_cpus", lambda: 2)
    found = suite._many(tmp_path, None, lambda text: None)
    assert found == {"--jobs 1, one thread": 2.0, "--jobs 1": 3.0, "--jobs 2": 4.0}
    assert asked == [("--jobs 1", "1"), ("--jobs 1", None), ("--jobs 2", None)]


def test_a_command_is_timed_and_its_failure_is_a_sentence() -> None:
    program = "import os, time; time.sleep(0.2); assert os.environ['A'] == 'b', 'wrong'"
    assert 0.2 <= processes.seconds_of([sys.executable, "-c", program], {"A": "b"}) < 60
    with pytest.raises(UserError, match="measuring many recordings failed: AssertionError: wrong"):
        processes.seconds_of([sys.executable, "-c", program], {"A": "c"})


def test_a_baseline_that_is_absent_has_a_row_that_says_so(results: dict[str, Any]) -> None:
    _, ours, *others = cells(render(results, "instead"))
    assert (ours[0], ours[4]) == ("Hum2Guitar", "1.00")
    assert [row[0] for row in others] == [
        "original (absent: left out by --quick)",
        "basic-pitch (absent: basic-pitch is not installed; make bench installs it)",
        "FluidSynth (absent: basic-pitch is not installed; make bench installs it)",
    ]
    assert all(cell == "–" for row in others for cell in row[2:])


def test_what_a_case_needs_and_does_not_find_is_said_by_it(tmp_path: Path) -> None:
    found = measure("fluidsynth", {"notes": [], "soundfont": str(tmp_path / "no.sf2"), "seconds": 1.0}, 0.0, 1, 0.0)
    assert "install" in found["absent"]


def test_two_tools_in_a_row_are_compared_by_the_sum_of_their_times() -> None:
    rows = {
        name: {"cold_s": 3.0, "warm_s": seconds, "peak_mb": megabytes, "runs": [1, 2]}
        for name, seconds, megabytes in (("ours", 1.0, 100.0), ("basic-pitch", 2.0, 300.0), ("FluidSynth", 0.5, 200.0))
    }
    results = {"conversions": {"5": rows.pop("ours")}, "instead": {"5": rows}}
    found = {row[0]: row[2:] for row in cells(render(results, "instead"))}
    assert found["basic-pitch + FluidSynth"] == ["6.00", "2.500", "2.50", "300", "1 + 2"]
    assert found["FluidSynth"][2] == "0.50"


def test_the_memory_of_each_length_is_compared_with_that_of_a_minute() -> None:
    rows = {"60": {"peak_mb": 900.0, "arrays_mb": 100.0}, "600": {"peak_mb": 2000.0, "arrays_mb": 1000.0}}
    assert cells(render({"conversions": rows}, "memory"))[-1] == ["the same, × 60 s", "1.00", "1.25"]


def test_an_array_that_a_conversion_holds_twice_counts_once(converter: Hum2Guitar, tmp_path: Path) -> None:
    suite.write_hum(tmp_path / "hum.wav", 2.0)
    waveform, sample_rate = soundfile.read(tmp_path / "hum.wav", dtype="float32")
    assert len(waveform) == 2 * sample_rate
    conversion = converter.convert(waveform, sample_rate)
    sizes = arrays(conversion)
    assert sizes[conversion.sound.label.ctypes.data] == conversion.sound.label.nbytes
    assert arrays(conversion.sound).items() <= sizes.items()


def test_a_hum_of_any_length_is_the_example_repeated(tmp_path: Path) -> None:
    example, rate = soundfile.read(suite.HUM, dtype="int16")
    suite.write_hum(tmp_path / "hum.wav", 2 * len(example) / rate)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "hum.wav", dtype="int16")[0], np.tile(example, 2))


def test_the_picture_has_a_curve_for_what_is_there(results: dict[str, Any]) -> None:
    (axes,) = picture.draw(results).axes
    assert [line.get_label() for line in axes.lines] == ["Hum2Guitar, warm", "Hum2Guitar, cold", "real time"]


def test_the_command_prints_and_writes_what_was_measured(
    results: dict[str, Any],
    checkpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plans = []
    monkeypatch.setattr(suite, "run", lambda plan, say: plans.append(plan) or results)
    monkeypatch.setattr(processes, "limit_threads", lambda threads: None)  # of this process too
    json_file, png = tmp_path / "bench.json", tmp_path / "cost.png"
    arguments = ["--quick", "--threads", "1", "--checkpoint", checkpoint, "--json", str(json_file)]
    assert command.main([*arguments, "--picture", str(png)]) == 0
    assert plans[0].lengths == (5.0,)
    printed = capsys.readouterr().out
    assert "Measured by `python -m benchmarks --quick --threads 1 --checkpoint tiny.safetensors` on" in printed
    assert render(results, "stages") in printed
    assert render(json.loads(json_file.read_text()), "stages") == render(results, "stages")
    assert png.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--threads", "0"], "--threads is 0; choose a whole number from 1 to"),
        (["--json", "missing/bench.json"], "there is no folder missing"),
        (["--checkpoint", "missing.safetensors"], "missing.safetensors"),
    ],
)
def test_wrong_use_is_a_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("lengths", ["", "five", "0.1", "5,700", "nan"])
def test_lengths_that_are_none_are_a_sentence(lengths: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["--lengths", lengths])
    assert "are no lengths; give numbers from 0.5 to 600" in capsys.readouterr().err


def test_a_process_that_fails_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"measuring tracker failed: .*there is no tracker 'oboe'"):
        processes.measure("tracker", {"name": "oboe", "recording": "none", "checkpoint": None}, ONCE)


def test_threads_are_limited_by_variables_and_on_linux_by_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[set[int]] = []
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 1, 2}, raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda pid, cpus: kept.append(set(cpus)), raising=False)
    processes.limit_threads(2)
    assert kept == [{1, 2}]
    assert {os.environ[name] for name in processes.THREADS} == {"2"}
    assert processes.usable_cpus() == 3


def test_the_readmes_sentence_has_the_longest_hum_of_each_comparison() -> None:
    def row(warm_s: float) -> dict[str, Any]:
        return {"cold_s": 5.0, "warm_s": warm_s, "peak_mb": 100.0, "runs": [1, 1]}

    results = {
        "machine": {"cpus": 2},
        "conversions": {"5": row(0.25), "30": row(1.5), "600": row(30.0)},
        "instead": {
            "5": {"original": row(40.0), "basic-pitch": row(0.5), "FluidSynth": row(0.25)},
            "30": {"basic-pitch": row(2.0), "FluidSynth": row(1.0)},
        },
    }
    text = " ".join(render(results, "in-brief").split())
    assert text.startswith("A hum of 30 s takes 1.50 s once the checkpoint is loaded, 0.050 of real time, and 5.0 s in")
    assert (
        "the original take 160.0 times as long for 5 s, basic-pitch and FluidSynth take 2.0 times as long for" in text
    )
    results["instead"]["30"] = {name: {"absent": "not here"} for name in ("basic-pitch", "FluidSynth")}
    assert "basic-pitch and FluidSynth take 3.0 times as long for 5 s" in " ".join(render(results, "in-brief").split())
