"""Errors as a visitor sees them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from hum2guitar import UserError

from . import texts
from .language import told

log = logging.getLogger("hum2guitar")


@contextmanager
def showing_errors() -> Iterator[None]:
    """Show every error of the body on the page, in the visitor's language.

    Raises
    ------
    gr.Error
        For a UserError with its own sentence. For any other error with a general sentence; the log has the traceback.
    """
    try:
        yield
    except UserError as error:
        raise gr.Error(sentence(told(str(error))), print_exception=False) from error
    except Exception as error:
        log.exception("a conversion failed")
        raise gr.Error(told(texts.FAILED), print_exception=False) from error


def sentence(text: str) -> str:
    """Begin with a capital, end with a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."
