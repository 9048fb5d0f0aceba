"""Gradio is imported without writing stub files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORT = """
import sys
from contextlib import nullcontext
from page.stubs import no_stubs
parsed = 0
def count(event, arguments):
    global parsed
    if event == "compile" and arguments[1] == "<unknown>":  # as ast.parse calls it
        parsed += 1
sys.addaudithook(count)
with no_stubs() if sys.argv[1] == "without" else nullcontext():
    import gradio
assert gradio.Button("a").value == "a"
assert not [finder for finder in sys.meta_path if type(finder).__module__ == "page.stubs"]
print(parsed)
"""


def parsed(stubs: str) -> int:
    done = subprocess.run([sys.executable, "-c", IMPORT, stubs], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_components_are_not_parsed_for_stub_files() -> None:
    assert parsed("without") < 0.1 * parsed("with")
