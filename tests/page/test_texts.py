from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from served import ROOT

from hum2guitar.choices import options_of
from hum2guitar.stages import DONE_BEFORE
from page import korean, lab_korean, texts
from page.view import korean as view_korean

FOR_PROGRAMS = {"TITLE", "API", "PARAMETERS", "OUTPUTS", "NUMBERED"}  # not translated; a name and a number


def all_texts() -> set[str]:
    """Every text of texts.py that a visitor sees."""
    return {
        text
        for name, value in vars(texts).items()
        if name.isupper() and name not in {*FOR_PROGRAMS, "ANY"}
        for text in strings(value)
    }


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, texts.Choice):
        yield from filter(None, [value.label, value.hint, *value.options.values()])


def test_every_text_is_there_in_both_languages() -> None:
    numbered = {texts.NUMBERED.format(kind=kind, number="{number}") for kind in texts.KINDS.values()}
    english = {text.replace("{seconds:.1f}", "{seconds}") for text in all_texts()} | numbered
    assert set(korean.KOREAN) == english


def test_a_translation_has_the_fields_of_its_text() -> None:
    for english, translated in (korean.KOREAN | korean.SENTENCES).items():
        assert fields(translated) == fields(english), english


def test_korean_is_of_one_politeness() -> None:
    said = korean.KOREAN | korean.SENTENCES | lab_korean.KOREAN | lab_korean.SENTENCES | view_korean.KOREAN
    assert [text for text in said.values() if "니다" in text] == []


def fields(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


@pytest.mark.parametrize("module", ["layout", "events", "callbacks", "takes"])
def test_no_text_is_written_outside_the_file_of_texts(module: str) -> None:
    tree = ast.parse((ROOT / "page" / f"{module}.py").read_text(encoding="utf-8"))
    documented = {id(node.body[0].value) for node in ast.walk(tree) if is_documented(node)}
    written = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
    ]
    assert written
    assert [text for text in written if " " in text.strip() or text[:1].isupper()] == []


def is_documented(node: ast.AST) -> bool:
    return bool(
        isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    )


def test_every_stage_of_a_conversion_has_a_text() -> None:
    assert set(DONE_BEFORE) <= set(texts.STAGES)


def test_every_name_that_can_be_chosen_has_a_text() -> None:
    for choice in ("tracker", "strings", "tune", "articulation", "inversion"):
        assert set(options_of(choice)) == set(texts.CHOICES[choice].options)


def test_an_option_without_a_text_is_shown_by_its_name() -> None:
    assert texts.CHOICES["tracker"].shown("new-tracker") == "new-tracker"


def test_guitars_have_names_that_a_visitor_understands() -> None:
    assert texts.guitars(("nylon_freepats", "steel_archtop", "steel_fluid", "harp")) == {
        "any": "Recommended guitar",
        "nylon": "Classical guitar, all of them mixed",
        "steel": "Steel-string guitar, all of them mixed",
        "nylon_freepats": "Classical guitar 1",
        "steel_archtop": "Steel-string guitar 1",
        "steel_fluid": "Steel-string guitar 2",
        "harp": "Harp 1",
    }
