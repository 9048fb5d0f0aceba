"""The page: record or upload a hum, hear it as a guitar, see how that came about. Layout and callbacks, no DSP.

    python app.py            http://127.0.0.1:7860, or the port in PORT

HUM2GUITAR_CHECKPOINT names another checkpoint (a file or a Hub id). The same function serves the page and the API
endpoint ``/convert``.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

try:  # first, for on ZeroGPU it prepares torch; elsewhere it does nothing or is not there
    import spaces
except ImportError:
    spaces = None

import gradio as gr
import torch
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from hum2guitar import Choices, Hum2Guitar, UserError
from hum2guitar.analysis import audio
from hum2guitar.analysis.trackers import TRACKERS
from hum2guitar.arrangement.register import MAX_CAPO
from hum2guitar.export import details, figure
from hum2guitar.synthesis.guitars import ANY, kinds
from hum2guitar.synthesis.inversion import most_natural

ASSETS = Path(__file__).parent / "assets"
EXAMPLES = {
    "Ode to Joy, low voice": ASSETS / "ode-to-joy-low-voice.flac",
    "Greensleeves, high voice": ASSETS / "greensleeves-high-voice.flac",
    "Frère Jacques, whistled": ASSETS / "frere-jacques-whistled.flac",
}
MAX_UPLOAD = "100mb"
KEEP_S = 3600  # how long a visitor's files may lie on the server
AT_ONCE = 2  # conversions at a time; each keeps about one core busy
ON_SPACE = "SPACE_ID" in os.environ
NO_SECOND = "none"

STAGES = {
    "reading": "Reading the recording",
    "f0": "Listening for the pitch",
    "arrange": "Choosing the octave",
    "label": "Drawing the harmonics",
    "generator": "Playing the guitar",
    "inversion": "Turning the picture into sound",
    "done": "Drawing the picture",
}
TUNING_NAMES = {"As hummed": "off", "To semitones": "nearest", "To the key that is heard": "key"}
BESIDE_NAMES = {  # of what measured better than Griffin-Lim: README, "Measured"
    "vocoder": "The same, by the neural vocoder",
    "pghi": "The same, by phase-gradient heap integration",
}
ARTICULATION_NAMES = {"Plucked: every note rings like a string": "plucked", "Follow: swells as the hum does": "follow"}
TRACKER_NAMES = {
    "swift": "SwiftF0 (fast, sure)",
    "crepe": "CREPE tiny",
    "crepe-full": "CREPE full (slow: several times the recording's length)",
    "pyin": "pYIN",
    "cepstrum": "Cepstrum (the original method)",
}
TRANSPOSITION_NAMES: dict[str, str | int] = {
    "Automatic: a guitar's octave": "auto",
    "Two octaves down": -24,
    "One octave down": -12,
    "As hummed": 0,
    "One octave up": 12,
    "Two octaves up": 24,
}

INTRODUCTION = """
# Hum2Guitar
Hum, sing or whistle a melody. It comes back played on an acoustic guitar, at your pitch and in your time.
"""
MICROPHONE_HINT = """
"No microphone found", or Record does nothing? Allow the microphone for this page in the browser's address bar and
reload. Browsers offer it only on https pages and on localhost; a file can always be uploaded.
"""
PRIVACY = """
A recording is used for its own conversion only: it and what is made of it are temporary files, deleted from the server
within two hours. Nothing is sent anywhere else.
"""
NOTHING_HEARD = "What was heard will be said here."
PICTURE_TEXT = (
    "Four pictures on one time axis: F0 with its confidence and notes; the mel spectrogram of what was hummed; the "
    "semantic harmonics with their onsets; the mel spectrogram of the guitar"
)
CSS = """
.gradio-container { max-width: 1180px !important; margin: auto; }
.small p { font-size: 0.85em; opacity: 0.75; }
#stage { min-height: 2.8em; }
@media (max-width: 640px) {  /* legible on a phone: the picture keeps its size and scrolls along the time axis */
  #picture .image-container { contain: inline-size; overflow-x: auto; }
  #picture .image-container > button, #picture .image-frame { width: 760px; }
}
"""

log = logging.getLogger("hum2guitar")
running: set[tuple[str, Event]] = set()  # (session, its flag to stop): adding and discarding are atomic


@cache
def converter() -> Hum2Guitar:
    """The one converter, loaded at the start, that all visitors share; it holds no state between calls."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    loaded = Hum2Guitar.from_pretrained(os.environ.get("HUM2GUITAR_CHECKPOINT"), device=device)
    if spaces is not None:  # of a conversion only this needs the GPU; the visitor's quota is checked against 15 s
        loaded.generate = spaces.GPU(duration=15)(loaded.generate)  # type: ignore[method-assign]
    return loaded


def convert(
    recording: str | None,
    guitar: str,
    articulation: str,
    tracker: str,
    transposition: str | int,
    iterations: float,
    seed: float | None,
    second_guitar: str,
    second_share: float,
    capo: float | None,
    tuning: str,
    tuning_strength: float,
    body: float,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),  # noqa: B008 (how Gradio recognises it)
) -> tuple[Any, Any, Any, Any]:
    """Turn a hum into an acoustic guitar.

    Parameters
    ----------
    recording : an audio file (wav, flac, ogg, mp3, m4a, webm, mp4), 0.5 s to 10 min
    guitar : "any", a kind ("steel") or one of the checkpoint's guitars; articulation : "plucked" or "follow"
    tracker : of F0
    transposition : "auto" or semitones; iterations : of Griffin-Lim; seed : of the phase's random start
    second_guitar : mixed with the first, or "none"; second_share : 0 to 1, how much of it
    capo : 0 (none) or the fret it sits at, all sounds so many semitones higher
    tuning : "off", "nearest" (semitone) or "key"; tuning_strength : 0 to 1; body : 0 (none) to 1, of a body and a room

    Returns the guitar (a wav file), the picture (a png file), what was heard: notes, seconds per stage,
    transposition_semitones (the capo's included), capo, tuning, guitar, summary, warnings, sample_rate; and the guitar
    once more (a wav file), its sound not by Griffin-Lim but by the inversion that measured best.
    """
    with showing_errors(), stoppable(request.session_hash or "") as stopped:
        if recording is None:
            raise UserError(
                "there is no recording yet; record a hum, upload a file or pick an example "
                "(what was just recorded needs a moment to arrive)"
            )

        def report(share: float, stage: str) -> None:
            if stopped.is_set():
                raise Stopped
            progress(0.95 * share, desc=STAGES[stage])

        waveform, sample_rate = audio.load(recording)
        choices = Choices(
            guitar=mix(guitar, second_guitar, second_share),
            articulation=articulation,
            tracker=tracker,
            transpose=transposition,
            capo=int(capo or 0),
            tune=tuning,
            tune_strength=tuning_strength,
            body=body,
            iterations=int(iterations),
            seed=int(seed or 0),
        )
        conversion = converter().convert(waveform, sample_rate, choices, progress=report)
        natural = Choices(
            inversion=most_natural(converter().config), guitar=choices.guitar, body=body, seed=choices.seed
        )
        again = converter().render(conversion.played, natural)
        with tempfile.TemporaryDirectory() as folder:
            sound, picture, other = (Path(folder, name) for name in ("guitar.wav", "picture.png", "beside.wav"))
            audio.save(sound, conversion.waveform, conversion.sample_rate)
            audio.save(other, again.waveform, again.sample_rate)
            figure.save(picture, conversion)
            # into the folder that Gradio serves from and empties by delete_cache
            served = [save_file_to_cache(file, get_upload_folder()) for file in (sound, picture, other)]
        return served[0], served[1], details.describe(conversion), served[2]
    return gr.skip(), gr.skip(), gr.skip(), gr.skip()  # stopped: what the page shows stays


def stop(request: gr.Request) -> None:
    """Make the session's conversions end at their next report."""
    for session, flag in tuple(running):
        if session == request.session_hash:
            flag.set()


class Stopped(Exception):  # noqa: N818 (not an error)
    """The visitor pressed Stop."""


@contextmanager
def stoppable(session: str) -> Iterator[Event]:
    """Hold a flag that ``stop`` raises; leave quietly where the body raises Stopped for it."""
    flag = Event()
    running.add((session, flag))
    try:
        yield flag
    except Stopped:
        pass
    finally:
        running.discard((session, flag))


@contextmanager
def showing_errors() -> Iterator[None]:
    """UserError → the same sentence on the page; anything else → the log, and a sentence that gives nothing away."""
    try:
        yield
    except UserError as error:
        raise gr.Error(sentence(str(error)), print_exception=False) from error
    except Exception as error:
        log.exception("a conversion failed")
        raise gr.Error(
            "Something went wrong on the server; try again, or try another recording.",
            print_exception=False,
        ) from error


def sentence(text: str) -> str:
    """Begin with a capital, end with a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def mix(guitar: str, second: str, share: float) -> str:
    """What two dropdowns and a slider say, in the words of ``guitars.parse``."""
    return guitar if second == NO_SECOND else f"{guitar}:{1 - share:.3f},{second}:{share:.3f}"


def heard_line(details: dict[str, Any] | None) -> str:
    """One line of what was heard, and the warnings under it."""
    if details is None:
        return NOTHING_HEARD
    seconds = sum(details["seconds"].values())
    lines = [f"**Heard:** {details['summary']} ({seconds:.1f} s)."]
    return "\n\n".join(lines + [f"⚠️ {sentence(warning)}" for warning in details["warnings"]])


def guitar_choices(guitars: tuple[str, ...]) -> list[tuple[str, str]]:
    """(what is shown, value) — the kinds, then each guitar: "nylon_tonejs" reads "Nylon: tonejs"."""
    several = [kind for kind, members in kinds(guitars).items() if members != (kind,)]
    return [(name.replace("_", ": ", 1).capitalize(), name) for name in (ANY, *several, *guitars)]


def tracker_choices() -> list[tuple[str, str]]:
    """(what is shown, value). ZeroGPU lends its GPU to the generator alone, where CREPE cannot run beside it."""
    beside_gpu = spaces is not None and converter().device.type != "cpu"
    usable = [name for name in TRACKERS if not (beside_gpu and name.startswith("crepe"))]
    return [(TRACKER_NAMES.get(name, name), name) for name in usable]


def build() -> gr.Blocks:
    """The page and its one endpoint."""
    with gr.Blocks(title="Hum2Guitar", analytics_enabled=False, delete_cache=(KEEP_S, KEEP_S)) as page:
        gr.Markdown(INTRODUCTION)
        with gr.Row(equal_height=False):
            with gr.Column():
                recording = gr.Audio(
                    sources=["microphone", "upload"], type="filepath", label="Your hum", buttons=[], elem_id="hum"
                )
                # the recorder takes what the browser calls audio/*, which a phone's video and a .webm are not
                video = gr.UploadButton(
                    "Upload the sound of a video (mp4, webm)", file_types=[".mp4", ".webm"], size="sm"
                )
                gr.Markdown(MICROPHONE_HINT, elem_classes="small")
                with gr.Row():
                    button = gr.Button("Convert", variant="primary", scale=3, min_width=120)
                    stopper = gr.Button("Stop", scale=1, min_width=80)
                # progress shows here, where it covers no earlier result
                stage = gr.HTML(elem_id="stage", padding=False)
                examples = gr.Examples(
                    [[str(path)] for path in EXAMPLES.values()],
                    inputs=[recording],
                    example_labels=list(EXAMPLES),
                    label="No microphone? Try one of these",
                    cache_examples=False,
                )
            with gr.Column():
                sound = gr.Audio(
                    type="filepath",
                    label="The guitar, by Griffin-Lim",
                    interactive=False,
                    buttons=["download"],
                    elem_id="guitar",
                )
                heard = gr.Markdown(NOTHING_HEARD)
                other = gr.Audio(
                    type="filepath",
                    label=BESIDE_NAMES[most_natural(converter().config)],
                    interactive=False,
                    buttons=["download"],
                    elem_id="beside",
                )
                with gr.Accordion("More choices", open=False):
                    named = guitar_choices(converter().config.guitars)
                    with gr.Row():
                        guitar = gr.Dropdown(named, value=ANY, label="Guitar", min_width=150)
                        second_guitar = gr.Dropdown(
                            [("Nothing", NO_SECOND), *named], value=NO_SECOND, label="Mixed with", min_width=150
                        )
                    second_share = gr.Slider(0, 1, value=0.5, step=0.05, label="How much of the second", visible=False)
                    articulation = gr.Radio(list(ARTICULATION_NAMES.items()), value="plucked", label="Articulation")
                    with gr.Row():
                        transposition = gr.Dropdown(
                            list(TRANSPOSITION_NAMES.items()),
                            value="auto",
                            label="Transposition",
                            info="Choose, or type a number of semitones",
                            allow_custom_value=True,
                            scale=2,
                            min_width=200,
                        )
                        capo = gr.Number(
                            0,
                            label="Capo at fret",
                            info="Raises all by as many semitones",
                            precision=0,
                            minimum=0,
                            maximum=MAX_CAPO,
                            min_width=140,
                        )
                    tuning = gr.Radio(
                        list(TUNING_NAMES.items()), value="off", label="Tuning", info="Vibrato and slides stay"
                    )
                    tuning_strength = gr.Slider(0, 1, value=1, step=0.05, label="How far to tune", visible=False)
                    body = gr.Slider(
                        0, 1, value=0, step=0.05, label="Body and room", info="Another guitar body around it; 0: none"
                    )
                    tracker = gr.Dropdown(tracker_choices(), value="swift", label="Pitch tracker")
                    with gr.Row():
                        iterations = gr.Slider(
                            0, 200, value=32, step=1, label="Griffin-Lim iterations", scale=2, min_width=200
                        )
                        seed = gr.Number(0, label="Seed", precision=0, minimum=0, min_width=100)
        gr.Markdown("## From hum to guitar")
        picture = gr.Image(
            type="filepath",
            show_label=False,
            alt_text=PICTURE_TEXT,
            buttons=["fullscreen", "download"],
            interactive=False,
            elem_id="picture",
        )
        with gr.Accordion("Notes and timings", open=False):
            details = gr.JSON(label="Details", show_label=False)
        gr.Markdown(PRIVACY, elem_classes="small")

        video.upload(lambda file: file, video, recording, show_progress="hidden", api_visibility="private")
        # an example converts at one click; the two triggers share the queue's places, and one is the API's endpoint
        inputs = [recording, guitar, articulation, tracker, transposition, iterations, seed]
        inputs += [second_guitar, second_share, capo, tuning, tuning_strength, body]
        runs = []
        for trigger, visibility in ((button.click, "public"), (examples.load_input_event.success, "private")):
            run = trigger(
                convert,
                inputs=inputs,
                outputs=[sound, picture, details, other],
                show_progress_on=[stage],
                concurrency_limit=AT_ONCE,
                concurrency_id="convert",
                api_name="convert",
                api_visibility=visibility,
            )
            run.success(heard_line, details, heard, show_progress="hidden", api_visibility="private")
            runs.append(run)
        # a slider shows where there is something to slide
        for choice, nothing, slider in ((second_guitar, NO_SECOND, second_share), (tuning, "off", tuning_strength)):
            choice.change(
                lambda chosen, nothing=nothing: gr.update(visible=chosen != nothing),
                choice,
                slider,
                show_progress="hidden",
                queue=False,
                api_visibility="private",
            )
        stopper.click(stop, queue=False, cancels=runs, api_visibility="private")
    return page


def main() -> None:
    """Serve until interrupted."""
    try:
        converter()
    except UserError as error:
        sys.exit(f"hum2guitar: {error}")
    port = int(os.environ.get("PORT", "7860"))
    try:
        build().queue(max_size=20).launch(
            server_name="0.0.0.0" if ON_SPACE else "127.0.0.1",
            server_port=port,
            max_file_size=MAX_UPLOAD,
            ssr_mode=False,
            run_history=False,
            theme=gr.themes.Default(primary_hue="teal", font=["system-ui", "sans-serif"], font_mono=["monospace"]),
            css=CSS,
            footer_links=["api", "gradio", "settings"],
        )
    except OSError as error:
        sys.exit(f"hum2guitar: port {port} cannot be served ({error}); name another one in PORT")


if __name__ == "__main__":
    main()
