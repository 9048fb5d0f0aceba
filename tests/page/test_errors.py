from __future__ import annotations

import gradio as gr
import pytest

from hum2guitar import UserError
from page import texts
from page.errors import showing_errors


def test_an_error_that_the_visitor_can_mend_is_shown_as_a_sentence() -> None:
    with pytest.raises(gr.Error) as raised, showing_errors():
        raise UserError("the recording is silent; hum louder")
    assert raised.value.message == "The recording is silent; hum louder."


def test_any_other_error_shows_nothing_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(gr.Error) as raised, showing_errors():
        raise RuntimeError("a secret path")
    assert raised.value.message == texts.FAILED
    assert "a secret path" in caplog.text  # the server's log has it
