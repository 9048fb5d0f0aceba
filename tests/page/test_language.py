from __future__ import annotations

import ast
import asyncio
import json
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext
from served import ROOT

from hum2guitar import UserError
from page import language, texts
from page.errors import showing_errors

SPEAKING = [  # what raises errors that a visitor can see, or warns
    "hum2guitar/choices.py",
    "hum2guitar/synthesis/guitars.py",
    "hum2guitar/synthesis/inversion/__init__.py",
    "page/lab.py",
    *sorted(
        str(path.relative_to(ROOT))
        for room in ("analysis", "comparison")
        for path in (ROOT / "hum2guitar" / room).rglob("*.py")
    ),
]


@pytest.fixture
def korean_visitor() -> None:
    token = LocalContext.request.set(SimpleNamespace(headers={"accept-language": "ko-KR,ko;q=0.9,en-US;q=0.8"}))
    yield
    LocalContext.request.reset(token)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("ko-KR,ko;q=0.9,en-US;q=0.8", "ko"),
        ("ko", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("kok-IN", "en"),  # Konkani
        ("de", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_prefers(accepted: str, expected: str) -> None:
    assert language.preferred(accepted) == expected


def test_a_program_that_names_no_language_is_answered_in_english() -> None:
    assert language.current() == "en"
    assert language.told(texts.CONVERT) == texts.CONVERT


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("Convert", "기타로 바꾸기"),
        ("Steel-string guitar 12", "통기타 12"),
        ("Steel-string guitar, all of them mixed", "통기타 모두 섞기"),
        ("Waiting: 3 before you", "기다리는 중이에요. 앞에 3건이 있어요"),
        ("3 notes, A3 to E4, moved up one octave, tuned to A major", "음 3개, A3~E4, 한 옥타브 위로, A 장조에 맞춤"),
        ("The recording lasts 0.30 s; hum for at least 0.5 s.", "녹음이 0.30초예요. 적어도 0.5초는 허밍해 주세요."),
        (
            "the file from a to b, a major.wav is empty; record again, or choose another file",
            "from a to b, a major.wav 파일이 비어 있어요. 다시 녹음하거나 다른 파일을 골라 주세요",
        ),
        (
            "A1 and 3 more lie outside the guitar's range, E2 to C6; the transposition +12 keeps every note within it",
            "A1 외 3개 음이 기타의 음역(E2~C6)을 벗어나요. 음높이를 +12 옮기면 모든 음이 들어와요",
        ),
        (
            "**Heard:** 1 note, A3, at the pitch of the hum (1.5 s).",
            "**들은 멜로디:** 음 1개, A3, 허밍한 음높이 그대로 (1.5초 걸렸어요).",
        ),
        ("a text that nobody translated", "a text that nobody translated"),
    ],
)
def test_texts_with_numbers_and_names_are_translated_too(english: str, korean: str) -> None:
    assert language.told(english, "ko") == korean
    assert language.told(english, "en") == english


@pytest.mark.parametrize("path", SPEAKING)
def test_every_sentence_that_a_conversion_can_say_is_there_in_korean(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for sentence in sentences(tree):
        assert any("가" <= letter <= "힣" for letter in language.told(sentence, "ko")), sentence


def sentences(tree: ast.AST) -> list[str]:
    """Texts that ask for something after a semicolon: so are errors and warnings written here. A field is a 7."""
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented | parts:
            found.append(node.value)
    asked = [text for text in found if "; " in text and text[0].islower() and "{" not in text]
    # the help of Choices; what the page does not write; what only the log says
    return [text for text in asked if not text.startswith(("nearest:", "cannot write", "the process that decodes"))]


def test_an_error_is_told_in_the_language_of_the_visitor(korean_visitor: None) -> None:
    with pytest.raises(gr.Error) as raised, showing_errors():
        raise UserError(texts.TOO_MANY)
    assert raised.value.message == "지금 기다리는 변환이 너무 많아요. 잠시 뒤에 다시 시도해 주세요."
    with pytest.raises(gr.Error) as raised, showing_errors():
        raise RuntimeError("a secret path")
    assert raised.value.message.startswith("서버에 문제가")


def test_the_browser_can_translate_labels_hints_buttons_markdown_and_options() -> None:
    async def draw() -> tuple[gr.Blocks, gr.I18n]:
        with gr.Blocks(analytics_enabled=False) as page:
            gr.Markdown(texts.INTRODUCTION)
            gr.Button(texts.CONVERT)
            gr.Slider(label="Body and room", info="a hint that nobody translated")
            gr.Dropdown([("Steel-string guitar 7", "steel_g"), ("a name", "any")], label="Guitar", value="any")
        return page, language.translate(page)

    page, i18n = asyncio.run(draw())
    english, korean = i18n.translations["en"], i18n.translations["ko"]
    assert set(english) == set(korean)
    kinds = (gr.Markdown, gr.Button, gr.Slider, gr.Dropdown)
    introduction, button, slider, dropdown = (
        next(block for block in page.blocks.values() if type(block) is kind) for kind in kinds
    )
    assert korean[key_of(introduction.value)].startswith("# Hum2Guitar\n멜로디를")
    assert korean[key_of(button.value)] == "기타로 바꾸기"
    assert korean[key_of(slider.label)] == "울림통과 공간"
    assert slider.info == "a hint that nobody translated"
    assert [value for _, value in dropdown.choices] == ["steel_g", "any"]
    assert korean[key_of(dropdown.choices[0][0])] == "통기타 7"
    assert (dropdown.choices[1][0], dropdown.value) == ("a name", "any")


def key_of(marked: str) -> str:
    return json.loads(marked.removeprefix("__i18n__"))["key"]
