"""Every parameter of /convert × values of every kind: what a program is told."""

from __future__ import annotations

import http.client
import json
import math
import urllib.error
import urllib.request
from contextlib import closing
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from page import lab_api, texts
from page.api import PARAMETERS
from page.lab import Lab

NAMES = {"guitar", "second_guitar", "articulation", "tracker", "tuning", "strings"}
STRANGE = [
    [],
    [1],
    ["swift"],
    {},
    {"a": 1},
    True,
    False,
    math.nan,
    math.inf,
    -math.inf,
    "",
    "no such value",
    -1e308,
    1e308,
    10**400,
]
WRONG = {
    **{name: [*STRANGE, 0, 7, -1, 2**80, 0.5] for name in NAMES},
    "transposition": [*STRANGE, 37, -37, 2**80, 0.5, "1.5", "99"],
    "iterations": [*STRANGE, -1, 201, 2**80, 0.5, "32"],
    "seed": [*STRANGE, -1, 2**80, 0.5, "0"],
    "bpm": [*STRANGE, -1, 49.9, 180.1, 2**80, "97"],
    "capo": [*STRANGE, -1, 12, 2**80, 0.5, "2"],
    **{name: [*STRANGE, -0.1, 1.1, 2**80, "0.5"] for name in ("second_share", "tuning_strength", "body", "quantise")},
}
FILE = {"meta": {"_type": "gradio.FileData"}}
NO_RECORDINGS = [
    *(
        [],
        ["a.wav"],
        {},
        {"a": 1},
        True,
        0,
        7,
        math.nan,
        "",
        "no such file.wav",
        "/etc/passwd",
        "http://127.0.0.1:1/a.wav",
    ),
    *(
        {"path": path, **FILE}
        for path in (None, 7, [], "", "no such file.wav", "/etc/passwd", "http://127.0.0.1:1/a.wav")
    ),
]


def lab_parameters(endpoint: str) -> list[str]:
    """The names of the parameters of an endpoint of the lab."""
    return [name for name in signature(getattr(Lab, endpoint)).parameters if name in lab_api.PARAMETERS]


LAB = [(endpoint, name) for endpoint in lab_api.ENDPOINTS for name in lab_parameters(endpoint)]
LAB_RECORDINGS = [(endpoint, name) for endpoint, name in LAB if name in ("recording", "first", "second")]
LAB_TEXTS = [pair for pair in LAB if pair not in LAB_RECORDINGS]


def told(address: str, endpoint: str = "convert", **given: Any) -> str:
    """The error that an endpoint answers with."""
    host = address.removeprefix("http://")
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        body = json.dumps(given)
        connection.request("POST", f"/gradio_api/call/v2/{endpoint}", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, text
    with closing(http.client.HTTPConnection(host, timeout=60)) as connection:
        connection.request("GET", f"/gradio_api/call/{endpoint}/{json.loads(text)['event_id']}")
        lines = connection.getresponse().read().decode().splitlines()
    assert "event: error" in lines, lines
    return str(json.loads(lines[-2 if lines[-1] == "" else -1].removeprefix("data: "))["error"])


@pytest.fixture(scope="module")
def hum(address: str, short_hum: Path) -> dict[str, Any]:
    """A recording that was uploaded, so that nothing but the other value is wrong."""
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="hum.wav"\r\n\r\n'
    body = head + short_hum.read_bytes() + b"\r\n--b--\r\n"
    upload = urllib.request.Request(
        f"{address}/gradio_api/upload", body, {"Content-Type": "multipart/form-data; boundary=b"}
    )
    with urllib.request.urlopen(upload, timeout=60) as answer:
        return {"path": json.load(answer)[0], **FILE}


def is_sentence(text: str) -> bool:
    return len(text.split()) > 3 and "Traceback" not in text and "Error" not in text and "object at" not in text


@pytest.mark.parametrize("parameter", WRONG)
def test_every_wrong_value_of_a_choice_is_answered_with_a_sentence_about_it(
    address: str, hum: dict[str, Any], parameter: str
) -> None:
    answers = {repr(value): told(address, recording=hum, **{parameter: value}) for value in WRONG[parameter]}
    assert {
        value: answer for value, answer in answers.items() if not is_sentence(answer) or answer == texts.FAILED
    } == {}


def test_whatever_is_given_for_a_recording_is_answered_with_a_sentence(address: str) -> None:
    answers = {repr(value): told(address, recording=value) for value in NO_RECORDINGS}
    assert {value: answer for value, answer in answers.items() if not is_sentence(answer)} == {}


@pytest.mark.parametrize(("endpoint", "parameter"), LAB_TEXTS)
def test_every_wrong_value_of_a_choice_of_the_lab_is_answered_with_a_sentence_about_it(
    address: str, hum: dict[str, Any], endpoint: str, parameter: str
) -> None:
    values = [*STRANGE, 0, 7, -1, 2**80, 0.5]
    answers = {repr(value): told(address, endpoint, recording=hum, **{parameter: value}) for value in values}
    assert {
        value: answer for value, answer in answers.items() if not is_sentence(answer) or answer == texts.FAILED
    } == {}


@pytest.mark.parametrize(("endpoint", "parameter"), LAB_RECORDINGS)
def test_whatever_is_given_for_a_recording_of_the_lab_is_answered_with_a_sentence(
    address: str, hum: dict[str, Any], endpoint: str, parameter: str
) -> None:
    others = {name: hum for name in lab_parameters(endpoint) if name in ("first", "second")}
    answers = {repr(value): told(address, endpoint, **others | {parameter: value}) for value in (None, *NO_RECORDINGS)}
    assert {value: answer for value, answer in answers.items() if not is_sentence(answer)} == {}


def test_an_unknown_name_of_a_parameter_is_answered_with_a_sentence(address: str) -> None:
    body = json.dumps({"recording": None, "speed": 2}).encode()
    for endpoint in ("convert", "compare_inversions"):
        order = urllib.request.Request(
            f"{address}/gradio_api/call/v2/{endpoint}", body, {"Content-Type": "application/json"}
        )
        with pytest.raises(urllib.error.HTTPError, match="422") as refused:
            urllib.request.urlopen(order, timeout=20)
        with refused.value as answer:
            assert json.load(answer)["detail"].startswith("Parameter `speed` is not a valid key-word argument; the API")


def test_every_parameter_is_tried() -> None:
    assert set(WRONG) == set(PARAMETERS)
    assert {name for _, name in (*LAB_TEXTS, *LAB_RECORDINGS)} == set(lab_api.PARAMETERS)
