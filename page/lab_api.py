"""The endpoints of the lab for programs: their names, parameters and outputs. Nothing of them is seen on the page."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hum2guitar import Choices
from hum2guitar.choices import options_of
from hum2guitar.synthesis.guitars import ANY

from . import api
from .errors import sentence
from .lab import Lab

RECORDING = "an audio file (wav, flac, ogg, mp3, m4a, webm, mp4), 0.5 s to 2 min"
TRACKER = f"an F0 tracker: {', '.join(options_of('tracker'))}"
# Programs rely on these names and their order. The names of the parameters and outputs are not translated.
ENDPOINTS = {
    "compare_guitar": "Compare a guitar recording with its resynthesis from semantic harmonics, at its own pitch.",
    "compare_inversions": "Compare a recording with its own mel spectrogram through each inversion.",
    "compare_trackers": "Compare the F0 of a recording by two trackers.",
    "compare_sounds": "Compare any two sounds, aligned in time by cross-correlation and matched in level.",
}
PARAMETERS = {
    "recording": RECORDING,
    "first": RECORDING,
    "second": f"the sound that is compared with the first: {RECORDING}",
    "guitar": "any, a kind such as steel, one of the checkpoint's guitars, or a mix such as steel:0.7,nylon:0.3",
    "inversion": f"how mel becomes sound: {', '.join(options_of('inversion'))}",
    "tracker": TRACKER,
    "first_tracker": TRACKER,
    "second_tracker": f"another tracker than the first: {', '.join(options_of('tracker'))}",
}
OUTPUTS = {
    "sounds": "a wav file for each sound, named by it; all are equally loud and of one length",
    "panels": "an npz file of arrays: mels and differences in dB, or F0 in Hz and cents, on one time axis",
    "numbers": "the figures by name",
}


class Page(api.Page):
    """The page with a sentence of help for each parameter and output of the lab too."""

    def check(self, parameter: str | None, value: Any) -> None:
        """As ``api.Page.check``, and for the parameters of the lab."""
        if parameter in ("first", "second"):
            api.check_recording(value)
        elif parameter in ("inversion", "first_tracker", "second_tracker"):
            api.check_kind(parameter, value)
        super().check(parameter, value)

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **options: Any) -> Any:
        """As ``api.Page.preprocess_data``; what is None has its default, as in ``/convert``."""
        if block_fn.api_name in ENDPOINTS:
            defaults = [component.value for component in block_fn.inputs]
            inputs = [default if value is None else value for value, default in zip(inputs, defaults, strict=False)]
        return await super().preprocess_data(block_fn, inputs, *args, **options)

    def get_api_info(self, *args: Any, **options: Any) -> Any:
        """What the API page and ``Client.view_api`` show; the parameters are those of ``gr.Blocks.get_api_info``."""
        info = super().get_api_info(*args, **options)
        for name in ENDPOINTS:
            endpoint = info["named_endpoints"].get(f"/{name}", {"parameters": [], "returns": []})
            for parameter in endpoint["parameters"]:
                parameter["label"] = parameter["parameter_name"]
                parameter["python_type"]["description"] = sentence(PARAMETERS[parameter["parameter_name"]])
            for output in endpoint["returns"]:
                output["python_type"]["description"] = sentence(OUTPUTS[output["label"]])
        return info


def add(lab: Lab) -> None:
    """Add the endpoints to the Blocks that are open."""
    defaults = Choices()
    guitar = {
        "recording": _recording(),
        "guitar": _text(ANY),
        "inversion": _text(defaults.inversion),
        "tracker": _text(defaults.tracker),
    }
    _endpoint(lab.compare_guitar, guitar)
    _endpoint(lab.compare_inversions, {"recording": _recording()})
    trackers = {"recording": _recording(), "first_tracker": _text("swift"), "second_tracker": _text("pyin")}
    _endpoint(lab.compare_trackers, trackers)
    _endpoint(lab.compare_sounds, {"first": _recording(), "second": _recording()})


def _endpoint(function: Any, inputs: dict[str, Any]) -> None:
    """Add one endpoint, which has the name of its function. Gradio sets no limit: ``Jobs`` does."""
    outputs = [
        gr.File(file_count="multiple", label="sounds", visible=False),
        gr.File(label="panels", visible=False),
        gr.JSON(label="numbers", visible=False),
    ]
    gr.Button(visible=False).click(
        function,
        inputs_kwargs=inputs,
        outputs=outputs,
        concurrency_limit=None,
        api_name=function.__name__,
        api_description=ENDPOINTS[function.__name__],
    )


def _recording() -> gr.Audio:
    return gr.Audio(type="filepath", visible=False)


def _text(default: str) -> gr.Textbox:
    """A text, not a list of options: where a name is wrong, the answer names those that there are."""
    return gr.Textbox(default, visible=False)
