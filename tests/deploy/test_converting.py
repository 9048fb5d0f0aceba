from __future__ import annotations

import os

import pytest

from deploy import memory
from deploy.converting import convert_example
from hum2guitar import UserError


def test_an_example_is_converted_on_a_real_page(address: str) -> None:
    assert 0 < convert_example(address) < 60


def test_a_page_that_does_not_answer_is_a_sentence() -> None:
    with pytest.raises(UserError, match=r"the page at http://127\.0\.0\.1:9 could not convert an example"):
        convert_example("http://127.0.0.1:9")


def test_the_peak_of_this_process_is_plausible() -> None:
    peak = memory.peak_bytes(os.getpid())
    assert peak == 0 or 50e6 < peak < 100e9
