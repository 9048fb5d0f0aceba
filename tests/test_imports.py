"""The arrows of docs/architecture.md: which room may import which, and what an import of hum2guitar loads."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import hum2guitar

ROOT = Path(__file__).parents[1]
BASE = tuple(f"hum2guitar.{name}" for name in ("config", "errors", "files", "mel", "mel_scale", "note", "stages"))
ARROWS = {  # a module or a package → what it may import of this repository
    "hum2guitar.command_line": ("hum2guitar.errors",),
    "hum2guitar.errors": (),
    "hum2guitar.files": ("hum2guitar.errors",),
    "hum2guitar.note": (),
    "hum2guitar.stages": (),
    "hum2guitar.mel_scale": (),
    "hum2guitar.hub": ("hum2guitar.errors",),
    "hum2guitar.config": ("hum2guitar.errors", "hum2guitar.mel_scale"),
    "hum2guitar.mel": ("hum2guitar.config", "hum2guitar.mel_scale"),
    "hum2guitar.analysis": BASE,
    "hum2guitar.arrangement": (*BASE, "hum2guitar.analysis", "hum2guitar.choices"),
    "hum2guitar.synthesis": (
        *BASE,
        "hum2guitar.analysis",
        "hum2guitar.arrangement.played",
        "hum2guitar.choices",
        "hum2guitar.hub",
    ),
    # its fields may have the names that the tables of the three steps have
    "hum2guitar.choices": (*BASE, "hum2guitar.analysis", "hum2guitar.arrangement", "hum2guitar.synthesis"),
    "hum2guitar.pipeline": (
        *BASE,
        "hum2guitar.analysis",
        "hum2guitar.arrangement",
        "hum2guitar.choices",
        "hum2guitar.hub",
        "hum2guitar.synthesis",
    ),
    "hum2guitar.export": (*BASE, "hum2guitar.arrangement", "hum2guitar.pipeline"),
    "hum2guitar.metrics": (*BASE, "hum2guitar.analysis"),
    "hum2guitar.comparison": (
        *BASE,
        *(f"hum2guitar.{room}" for room in ("analysis", "choices", "metrics", "pipeline", "synthesis")),
    ),
    "hum2guitar.batch": (
        *BASE,
        *(f"hum2guitar.{room}" for room in ("analysis", "choices", "command_line", "export", "hub", "pipeline")),
        "hum2guitar.synthesis.checkpoint",
    ),
    "hum2guitar": ("hum2guitar",),
    "page": ("hum2guitar",),
    "deploy": ("hum2guitar",),
    "app": ("page",),
    # they run in an environment that has only basic-pitch
    "benchmarks.child": ("benchmarks.cases.case",),
    "benchmarks.cases.case": (),
    "benchmarks.cases.basic_pitch": ("benchmarks.cases.case",),
    "benchmarks.cases": ("hum2guitar",),
    "benchmarks": ("hum2guitar", "train.corpus.store", "train.evaluate"),
    "train.flags": ("hum2guitar",),
    "train.synth": ("hum2guitar",),
    "train.corpus": ("hum2guitar", "train.flags", "train.synth"),
    "train.data": ("hum2guitar", "train.flags", "train.corpus"),
    "train.objective": ("hum2guitar", "train.flags", "train.data"),
    "train.run": ("hum2guitar", "train.flags", "train.corpus", "train.data", "train.objective"),
    "train.vocoder": ("hum2guitar", "train.flags", "train.corpus", "train.data", "train.objective", "train.run"),
    "train.judge": ("hum2guitar", "train.flags", "train.corpus", "train.run", "train.synth"),
    "train.evaluate": ("hum2guitar", "train.flags", "train.corpus", "train.data", "train.judge", "train.synth"),
    "train.__main__": (
        "hum2guitar",
        *(f"train.{room}.cli" for room in ("corpus", "run", "evaluate", "vocoder", "judge")),
    ),
    "train": (),
}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (
        ROOT / "app.py",
        *(
            file
            for top in ("hum2guitar", "page", "train", "deploy", "benchmarks")
            for file in (ROOT / top).rglob("*.py")
        ),
    )
}


def imports(module: str) -> set[str]:
    """The dotted names that a module imports anywhere in its text: of modules of this repository, or of others."""
    package = module if MODULES[module].stem == "__init__" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            full = {f"{source}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else source for name in full}
    return found


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the packages, or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def room_of(module: str) -> str:
    """The longest entry of the table that a module lies in."""
    return max((room for room in ARROWS if within(module, (room,))), key=len)


def test_every_module_lies_in_a_room_of_its_own_in_the_table() -> None:
    """A new folder of train/, or a new module of hum2guitar/, needs a line in the table."""
    rooms = {".".join(name.split(".")[:2]) for name in MODULES if name.split(".")[0] in ("hum2guitar", "train")}
    assert sorted(rooms - set(ARROWS) - {"hum2guitar.__main__"}) == []


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_imports_only_what_its_arrows_allow(room: str) -> None:
    modules = [module for module in MODULES if room_of(module) == room]
    assert modules
    upward = [
        f"{module} imports {name}"
        for module in modules
        for name in imports(module)
        if within(name, ("hum2guitar", "page", "train", "app", "deploy", "benchmarks"))
        and not within(name, (room, *ARROWS[room]))
    ]
    assert upward == []


def test_the_rooms_of_training_form_no_circle() -> None:
    """The table itself has a direction: what a room may import may not import that room."""
    rooms = {room for room in ARROWS if room.startswith("train.")}
    below = {room: {other for other in rooms - {room} if within(other, ARROWS[room])} for room in rooms}
    while rooms:
        lowest = {room for room in rooms if not below[room] & rooms}
        assert lowest, f"these rooms import one another in a circle: {', '.join(sorted(rooms))}"
        rooms -= lowest


@pytest.mark.parametrize(("package", "users"), [("gradio", ("page", "app")), ("matplotlib.pyplot", ())])
def test_the_page_alone_imports_gradio_and_nothing_imports_pyplot(package: str, users: tuple[str, ...]) -> None:
    found = [module for module in MODULES if any(within(name, (package,)) for name in imports(module))]
    assert [module for module in found if not within(module, users)] == []


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has after a program."""
    tell = "\nimport json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code + tell], capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr))


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that the class ``Hum2Guitar`` brings into a fresh interpreter."""
    return modules_after("from hum2guitar import Hum2Guitar")


@pytest.mark.parametrize("module", ["train", "page", "gradio", "matplotlib.pyplot"])
def test_inference_loads_nothing_of_training_or_the_page_and_no_pyplot(loaded: set[str], module: str) -> None:
    assert "hum2guitar.pipeline" in loaded
    assert module not in loaded


LATER = ["librosa", "numba", "av", "torchcrepe", "swift_f0", "huggingface_hub", "matplotlib", "scipy.signal"]


@pytest.mark.parametrize("module", LATER)
def test_what_only_some_hums_need_is_not_loaded_at_import(loaded: set[str], module: str) -> None:
    assert module not in loaded


HELP = """
from hum2guitar.__main__ import main
try:
    main(["--help"])
except SystemExit as end:
    assert end.code == 0
"""
HEAVY = {"torch", "librosa", "scipy", "numba", "onnxruntime", "soundfile", "matplotlib", "tqdm"}


@pytest.mark.parametrize(
    ("code", "expected"), [("import hum2guitar", "hum2guitar"), (HELP, "hum2guitar.choices")], ids=["import", "help"]
)
def test_a_start_loads_nothing_heavy(code: str, expected: str) -> None:
    found = modules_after(code)
    assert expected in found
    assert found & HEAVY == set()


def test_the_names_of_the_package_are_those_that_editors_see() -> None:
    tree = ast.parse(MODULES["hum2guitar"].read_text())
    seen = {node.names[0].asname: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    offered = {name: f"hum2guitar.{module}" for name, module in hum2guitar._MODULES.items()}
    assert {name: seen[name] for name in offered} == offered
    assert set(seen) - {None} == set(offered) <= set(dir(hum2guitar))
    assert all(getattr(hum2guitar, name).__module__ == module for name, module in offered.items())
    with pytest.raises(AttributeError, match="has no attribute 'Ukulele'"):
        _ = hum2guitar.Ukulele  # type: ignore[attr-defined]
