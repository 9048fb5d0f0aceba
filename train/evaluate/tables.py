"""Results → tables in Markdown. The commands print them, and ``report`` writes them into pages."""

from __future__ import annotations

from collections.abc import Callable

from hum2guitar.errors import UserError
from train.evaluate import performance_tables, pluck_tables
from train.evaluate.clip import LABEL, MODEL, PLAYBACK
from train.evaluate.fidelity import worst
from train.evaluate.figures import JUDGE
from train.evaluate.hum_like import CLEAN, DIFFERENCE, HUM_LIKE
from train.evaluate.markdown import NOTHING, interval, markdown, number
from train.evaluate.source import GUITAR, HUM
from train.evaluate.targets import TARGETS, Results

INTERVAL = "95 % interval"
TITLES = {GUITAR: "guitar to guitar", HUM: "hum to guitar"}
LEADING = {  # the measures that are shown of each recording
    GUITAR: ("mel_l1 (dB)", "delta-mel ratio", "delta-mel correlation", "logmag (dB)"),
    HUM: ("note_accuracy", "attacked", "decay (dB/s)"),
}
SUMMARY = {  # title of a row in the shortest table: kind and measure
    "sung: notes in tune": (HUM, "note_accuracy"),
    "sung: notes that begin with a pluck": (HUM, "attacked"),
    "sung: decay, as a share of a real string's": (HUM, "decay / reference"),
    "sung: taken for a guitar by the judge": (HUM, JUDGE),
    "guitar: distance to the recording's mel (dB)": (GUITAR, "mel_l1 (dB)"),
}
SUMMARY_COLUMNS = {MODEL: "the model", LABEL: "its input alone", PLAYBACK: "note samples"}


def render(results: Results, name: str) -> str:
    """Render one of ``TABLES``. Raises UserError for another name, and where the results do not have it."""
    if name not in TABLES:
        raise UserError(f"there is no table {name!r}; choose one of {', '.join(TABLES)}")
    found = TABLES[name](results)
    if not found:
        raise UserError(f"the results have no table {name!r}; measure it with python -m train evaluate, or make bench")
    return found


def render_all(results: Results) -> str:
    """Render every table that the results have, one after the other."""
    found = (table(results) for name, table in TABLES.items() if name not in ("summary", "in-brief"))
    return "\n\n".join(text for text in found if text)


def _summary(results: Results) -> str:
    columns = [column for column in SUMMARY_COLUMNS if column in _columns(results, HUM) + _columns(results, GUITAR)]
    rows = []
    for title, (kind, measure) in SUMMARY.items():
        figures = results.get(kind, {}).get("figures", {})
        if measure in figures:
            rows.append([title, *(number(figures[measure].get(column), 2) for column in columns)])
    return markdown(["", *(SUMMARY_COLUMNS[column] for column in columns)], rows) if rows else ""


def _columns(results: Results, kind: str) -> list[str]:
    return list(next(iter(results.get(kind, {}).get("figures", {}).values()), {}))


def _figures(kind: str) -> Callable[[Results], str]:
    def table(results: Results) -> str:
        found = results.get(kind, {})
        if not found.get("figures"):
            return ""
        first, *others = _columns(results, kind)
        rows = [
            [name, number(row[first]), interval(found["intervals"][name]), *(number(row[c]) for c in others)]
            for name, row in found["figures"].items()
        ]
        return markdown([TITLES[kind], first, INTERVAL, *others], rows)

    return table


def _clips(kind: str) -> Callable[[Results], str]:
    def table(results: Results) -> str:
        clips = {name: clip["figures"] for name, clip in results.get("clips", {}).items() if clip["kind"] == kind}
        rows = [
            [name, *(number(figures[measure][MODEL]) for measure in LEADING[kind])] for name, figures in clips.items()
        ]
        return markdown([TITLES[kind], *LEADING[kind]], rows) if rows else ""

    return table


def _notes(results: Results) -> str:
    rows = results.get("notes", {})
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    lines = [
        [name, *(number(row.get(column), 0 if column == "recordings" else 3) for column in columns)]
        for name, row in rows.items()
    ]
    return markdown(["notes heard", *columns], lines) if rows else ""


def _fingering(results: Results) -> str:
    found = results.get("fingering", {})
    return (
        markdown(["tablature of the hums", *found], [["count", *(number(n, 0) for n in found.values())]])
        if found
        else ""
    )


def _inversions(results: Results) -> str:
    figures = results.get("inversions", {})
    names = list(next(iter(figures.values()), {}))
    rows = [[measure, *(number(row[name]) for name in names)] for measure, row in figures.items()]
    return markdown(["inversion", *names], rows) if rows else ""


def _targets(results: Results) -> str:
    """The targets; where the results have others under ``before``, their figures stand in the last column."""
    before = results.get("before")
    head = ["what it should show", "target", "measured", "holds", *([] if before is None else ["before"])]
    rows = []
    for target in TARGETS:
        value = target.read(results)
        holds = NOTHING if value is None else "yes" if target.holds(value) else "no"
        earlier = [] if before is None else [number(target.read(before), target.digits)]
        rows.append([target.title, target.range, number(value, target.digits), holds, *earlier])
    return markdown(head, rows) if any(target.read(results) is not None for target in TARGETS) else ""


def _fidelity(results: Results) -> str:
    kinds = results.get("fidelity", {})
    names = list(next(iter(kinds.values()), {}))
    lines = [[kind, *(_worst(row[name]) for name in names)] for kind, row in kinds.items()]
    return markdown(["worst third of an octave (dB)", *names], lines) if kinds else ""


def _worst(by_third: dict[str, float]) -> str:
    if not by_third:
        return NOTHING
    centre_hz, error_db = worst(by_third)
    return f"{error_db:+.1f} at {centre_hz} Hz"


def _footprint(results: Results) -> str:
    found = results.get("footprint", {})
    head = ["whole path, 30 s", "first", "warm", "threads", "peak memory (GB)"]
    digits = {"first": 3, "warm": 3, "threads": 0, "peak_gb": 2}
    return markdown(head, [["share of real time", *(number(found[k], n) for k, n in digits.items())]]) if found else ""


def _hum_like(results: Results) -> str:
    found = results.get("hum_like", {})
    kinds = [CLEAN, HUM_LIKE, DIFFERENCE]
    return markdown(["held-out takes", *kinds], [["mel_l1 (dB)", *(number(found[k]) for k in kinds)]]) if found else ""


def _speed(results: Results) -> str:
    found = results.get("real_time_factor", {})
    return markdown(["stage", *found], [["real-time factor", *(number(x) for x in found.values())]]) if found else ""


def _origin(results: Results) -> str:
    if "checkpoint" not in results:
        return ""
    files = [results["checkpoint"], *([results["vocoder"]] if "vocoder" in results else [])]
    rows = [["`" + file["name"] + "`", file["commit"], "`" + file["sha256"] + "`"] for file in files]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    table = markdown(["file", "commit", "SHA-256"], rows)
    return f"{table}\n\nMeasured by `{results['command']}` with {versions}."


TABLES: dict[str, Callable[[Results], str]] = {
    "summary": _summary,
    "targets": _targets,
    "origin": _origin,
    "guitar": _figures(GUITAR),
    "hum": _figures(HUM),
    "guitar-clips": _clips(GUITAR),
    "hum-clips": _clips(HUM),
    "plucks": pluck_tables.plucks,
    "guitars": pluck_tables.guitars,
    "variance": pluck_tables.variance,
    "hum-like": _hum_like,
    "notes": _notes,
    "fingering": _fingering,
    "inversions": _inversions,
    "fidelity": _fidelity,
    "speed": _speed,
    "footprint": _footprint,
    "in-brief": performance_tables.in_brief,
    "machine": performance_tables.machine,
    "stages": performance_tables.stages,
    "memory": performance_tables.memory,
    "instead": performance_tables.instead,
    "mel-to-audio": performance_tables.mel_to_audio,
    "trackers": performance_tables.trackers,
    "exports": performance_tables.exports,
    "many": performance_tables.many,
}
