"""Which language a visitor reads, and texts in it.

A text has no key: the English text is the key. A browser translates the texts of the page, see ``translate``. What is
made for one visitor, such as an error, is translated here.
"""

from __future__ import annotations

import re
from functools import cache
from inspect import cleandoc
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.i18n import I18nData

from . import korean as page_korean
from . import lab_korean
from .view import korean as view_korean

KOREAN = page_korean.KOREAN | view_korean.KOREAN | lab_korean.KOREAN
SENTENCES = page_korean.SENTENCES | lab_korean.SENTENCES
FIELD = re.compile(r"\{(\w+)(?::[^}]*)?\}")
TRANSLATED = ("label", "info", "placeholder", "value")  # properties of components that a browser can translate
PHRASES = {"summary", "warning", "notes", "range", "advice", "kind", "what", "wanted"}  # fields that are translated too
QUOTED = {"name", "names", "name_again", "mix", "value", "shape", "reason", "share"}  # fields that may have spaces
TABLE = {FIELD.sub(r"{\1}", english): korean for english, korean in (KOREAN | SENTENCES).items()}


def current() -> str:
    """Name the language of the visitor whose call is being answered: "ko" or "en", as the browser asks for it."""
    request = LocalContext.request.get(None)
    return preferred(getattr(request, "headers", {}).get("accept-language", ""))


def preferred(accepted: str) -> str:
    """Choose a language by a header Accept-Language, as in "ko-KR,ko;q=0.9,en;q=0.8"; programs send none."""
    first = accepted.split(",")[0].split(";")[0].strip().lower()
    return "ko" if first.split("-")[0] == "ko" else "en"


def told(text: str, language: str | None = None) -> str:
    """Translate a text for a visitor.

    Parameters
    ----------
    text : in English: a text of ``texts``, or what was made of one; paragraphs are translated one by one
    language : "en" or "ko"; None for that of the visitor whose call is being answered

    Returns
    -------
    text : the English text where there is no translation
    """
    if (language or current()) != "ko":
        return text
    if text in KOREAN:
        return KOREAN[text]
    return "\n\n".join(_translated(paragraph) for paragraph in text.split("\n\n"))


def translate(page: gr.Blocks) -> gr.I18n:
    """Let browsers translate the texts of a page: its labels, hints, buttons, Markdown, and the names of options.

    Parameters
    ----------
    page : not yet launched; its texts are replaced by what Gradio looks up in the browser

    Returns
    -------
    i18n : for ``launch``
    """
    names = {text for text in _shown(page) if told(text, "ko") != text}
    korean = {cleandoc(text): cleandoc(told(text, "ko")) for text in {*KOREAN, *names}}
    for block in page.blocks.values():
        for name in TRANSLATED:
            if isinstance(text := getattr(block, name, None), str):
                setattr(block, name, _marked(text, korean))
        if options := _options(block):
            setattr(block, "choices", [(_marked(text, korean), value) for text, value in options])  # noqa: B010
    return gr.I18n(en={text: text for text in korean}, ko=korean)


def _shown(page: gr.Blocks) -> list[str]:
    """What is shown for the values that can be chosen on a page."""
    return [str(shown) for block in page.blocks.values() for shown, _ in _options(block)]


def _options(block: Any) -> list[tuple[str, Any]]:
    """(what is shown, value) of a component; none if it has no options. gr.HTML has an attribute of any name."""
    options = getattr(block, "choices", None)
    return options if isinstance(options, list) else []


def _marked(text: str, korean: dict[str, str]) -> str:
    """A text as the browser recognises it. Gradio removes the margins of Markdown."""
    key = cleandoc(text)
    return str(I18nData(key)) if key in korean else text


def _translated(text: str) -> str:
    """Translate a sentence, or each part of a list. A sentence may begin with a capital and end with a full stop."""
    for pattern, korean in _patterns():
        if found := pattern.fullmatch(text):
            fields = {name: _translated(part) if name in PHRASES else part for name, part in found.groupdict().items()}
            return korean.format(**fields)
    if text.endswith("."):
        return _translated(text[:-1]) + "."
    parts = text.split(", ")
    return ", ".join(_translated(part) for part in parts) if len(parts) > 1 else text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """A pattern for each text, and its translation. The longest texts come first."""
    made = []
    for english in sorted(TABLE, key=len, reverse=True):
        pieces = FIELD.split(english)  # texts and names of fields by turns
        pattern = "".join(_field(piece) if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
        made.append((re.compile(pattern, re.IGNORECASE | re.DOTALL), TABLE[english]))
    return made


def _field(name: str) -> str:
    pattern = ".+?" if name in PHRASES | QUOTED else r"\S+?"
    return f"(?P<{name}>{pattern})"
