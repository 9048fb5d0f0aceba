from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """The modules that ``import hum2guitar`` brings into a fresh interpreter."""
    code = "import json, sys, hum2guitar; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", ["train", "page", "gradio", "matplotlib.pyplot"])
def test_inference_knows_nothing_of_training_the_page_or_pyplot(imported, module):
    assert "hum2guitar.pipeline" in imported
    assert module not in imported


@pytest.mark.parametrize("module", ["librosa", "numba", "av", "torchcrepe", "swift_f0", "huggingface_hub"])
def test_what_only_some_hums_need_is_not_loaded_at_import(imported, module):
    assert module not in imported
