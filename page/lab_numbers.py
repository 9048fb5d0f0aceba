"""The figures of a comparison as a table: what each is called, its unit, and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from . import lab_texts, texts
from .errors import sentence
from .lab_texts import Measure
from .language import told

PERCENT = 100
MOST_SPANS = 12  # of the stretches in which two trackers disagree; the view shows all of them
Values = Mapping[str, list[float | None]]  # figures by sound, one or several; None where one is not defined


@dataclass(frozen=True)
class Row:
    """A figure of one or several sounds. Its measure is in the visitor's language."""

    measure: Measure
    values: Values


def rows(numbers: Mapping[str, Any], sounds: list[str], labels: Mapping[str, str]) -> list[Row]:
    """Make the rows of a result.

    Parameters
    ----------
    numbers : of ``Result.numbers``
    sounds : the names of the sounds that can be heard; the distances of a pair are those of the last one
    labels : the names of sounds and trackers, in the visitor's language
    """
    groups = numbers.get("inversions") or {sounds[-1]: numbers}
    found = []
    trackers = {name: numbers["seconds"][name] for name in numbers.get("trackers", ())}
    for key, measure in lab_texts.MEASURES.items():
        if key == "seconds" and trackers:
            continue
        values = {name: [_figure(key, figures[key])] for name, figures in groups.items() if key in figures}
        if values:
            found.append(Row(_told(measure), values))
    seconds = lab_texts.MEASURES["seconds"]
    found += [
        Row(_told(seconds, f"{told(seconds.name)}: {labels[name]}"), {sounds[-1]: [s]}) for name, s in trackers.items()
    ]
    return [*found, *_treble(numbers.get("treble_db", {}))]


def _figure(key: str, value: Any) -> float | None:
    """The seconds of several stages or trackers are added up; a share is given in %."""
    if isinstance(value, Mapping):
        value = sum(value.values())
    return PERCENT * value if key.endswith("_share") and value is not None else value


def _treble(levels: Mapping[str, Mapping[str, float | None]]) -> Iterator[Row]:
    """A row for each band of figures named as in "5-10 kHz, 40 ms"; each of its cells has the levels in time."""
    names = list(next(iter(levels.values()), {}))
    for band in dict.fromkeys(name.partition(",")[0] for name in names):
        values = {sound: [level[name] for name in names if name.startswith(band)] for sound, level in levels.items()}
        measure = _told(lab_texts.TREBLE, told(lab_texts.TREBLE.name).format(band=band.replace("-", "–")))
        yield Row(measure, values)


def _told(measure: Measure, name: str | None = None) -> Measure:
    """A measure in the visitor's language, with a name that was told already."""
    return Measure(name or told(measure.name), told(measure.unit), told(measure.meaning), measure.decimals)


def table(numbers: Mapping[str, Any], sounds: list[str], labels: Mapping[str, str]) -> str:
    """Write the figures as HTML, with the warnings above and the disagreements of trackers below.

    Parameters
    ----------
    numbers, sounds, labels : as for ``rows``
    """
    warnings = "".join(
        f"<p>{escape(told(texts.WARNING.format(warning=sentence(text))))}</p>" for text in numbers.get("warnings", ())
    )
    made = rows(numbers, sounds, labels)
    columns = [name for name in sounds if any(name in row.values for row in made)]
    heads = [labels[name] for name in columns] if len(columns) > 1 else [told(lab_texts.VALUE)]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in (told(lab_texts.MEASURE), *heads))
    body = "".join(_line(row, columns) for row in made)
    label = escape(told(lab_texts.NUMBERS), quote=True)
    return (
        f'{warnings}<div role="region" tabindex="0" aria-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{_disagreements(numbers)}"
    )


def _line(row: Row, columns: list[str]) -> str:
    cells = "".join(f"<td>{_cell(row, name)}</td>" for name in columns)
    name, meaning = escape(row.measure.name), escape(row.measure.meaning)
    return f'<tr><th scope="row">{name}<small>{meaning}</small></th>{cells}</tr>'


def _cell(row: Row, name: str) -> str:
    if name not in row.values:
        return ""
    figures = [
        "–" if value is None else f"{value:.{row.measure.decimals}f}".replace("-", "−") for value in row.values[name]
    ]
    defined = set(figures) != {"–"}
    return " · ".join(figures) + (
        f"\N{NO-BREAK SPACE}{escape(row.measure.unit)}" if defined and row.measure.unit else ""
    )


def _disagreements(numbers: Mapping[str, Any]) -> str:
    """Say where two trackers disagree, for those who cannot see it."""
    found = [f"{start:.2f}–{stop:.2f}" for start, stop in numbers.get("disagreements", ())]
    if not found:
        return ""
    text = lab_texts.DISAGREEMENTS if len(found) <= MOST_SPANS else lab_texts.DISAGREEMENTS_MORE
    return f"<p>{escape(told(text).format(spans=', '.join(found[:MOST_SPANS]), count=len(found) - MOST_SPANS))}</p>"
