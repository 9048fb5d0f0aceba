from __future__ import annotations

import os
import subprocess
import sys

import pytest

from deploy import usage
from deploy.converting import convert_example
from hum2guitar import UserError


def test_an_example_is_converted_on_a_real_page(address: str) -> None:
    assert 0 < convert_example(address) < 60


def test_a_page_that_does_not_answer_is_a_sentence() -> None:
    with pytest.raises(UserError, match=r"the page at http://127\.0\.0\.1:9 could not convert an example"):
        convert_example("http://127.0.0.1:9")


def test_the_peak_of_this_process_is_plausible() -> None:
    peak = usage.peak_bytes(os.getpid())
    assert peak == 0 or 50e6 < peak < 100e9


@pytest.mark.skipif(not usage.PROCESSES.is_dir(), reason="needs /proc")
def test_the_time_that_a_process_had_a_processor_is_counted_with_that_of_its_children() -> None:
    used = "import time\nwhile time.process_time() < 0.5: pass\nprint(flush=True)\ninput()"
    start = usage.processor_s(os.getpid())
    command = [sys.executable, "-c", used]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        child.stdout.readline()
        assert usage.processor_s(child.pid) == pytest.approx(0.5, abs=0.1)
        assert usage.processor_s(os.getpid()) - start > 0.4
        child.communicate("\n")
