"""Errors as a visitor sees them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import gradio as gr

from hum2guitar import UserError

from . import texts
from .language import told

log = logging.getLogger("hum2guitar")


@contextmanager
def showing_errors(general: str = texts.FAILED) -> Iterator[None]:
    """Show every error of the body on the page, in the visitor's language.

    Parameters
    ----------
    general : the sentence for an error that has none for visitors; the log has its traceback

    Raises
    ------
    gr.Error
        For any error: with the sentence of a UserError or of a gr.Error, else with the general sentence.
    """
    try:
        yield
    except UserError as error:
        raise gr.Error(sentence(told(str(error))), print_exception=False) from error
    except gr.Error:
        raise
    except Exception as error:
        log.exception("a call failed")
        raise gr.Error(told(general), print_exception=False) from error


def sentence(text: str) -> str:
    """Begin with a capital, end with a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def paragraph(role: str, text: str) -> str:
    """Make a paragraph as HTML that is read aloud when it appears; the role is "alert" or "status"."""
    return f'<p role="{role}">{escape(text)}</p>'
