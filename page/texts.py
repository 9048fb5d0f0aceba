"""Every text that a visitor sees. A translation is this file in another language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TITLE = "Hum2Guitar"
INTRODUCTION = """
# Hum2Guitar
Hum, sing or whistle a melody. It comes back played on an acoustic guitar, at your pitch and in your time.
"""
RECORDING = "Your hum"
VIDEO = "Upload the sound of a video (mp4, webm)"
MICROPHONE_HINT = """
Does the page say "No microphone found", or does Record do nothing? Allow the microphone for this page in the browser's
address bar and reload the page. Browsers offer a microphone only on https pages and on localhost. You can always upload
a file.
"""
CONVERT = "Convert"
STOP = "Stop"
EXAMPLES_HEADING = "No microphone? Try one of these"
EXAMPLES = {  # file in assets/ → title
    "ode-to-joy-low-voice.flac": "Ode to Joy, low voice",
    "greensleeves-high-voice.flac": "Greensleeves, high voice",
    "frere-jacques-whistled.flac": "Frère Jacques, whistled",
}
PRIVACY = """
Your recording is used for your own conversion only. It and the results are temporary files; the server deletes them
within two hours. Nothing is sent to any other server.
"""

GUITAR = "The guitar, by Griffin-Lim"
OTHER = {  # inversion → label of the second sound
    "vocoder": "The same, by the neural vocoder",
    "pghi": "The same, by phase-gradient heap integration",
}
HEARD = "**Heard:** {summary} ({seconds:.1f} s)."
NOTHING_HEARD = "A summary of what was heard will appear here."
WARNING = "⚠️ {warning}"
PICTURE_HEADING = "## From hum to guitar"
PICTURE = (
    "Four pictures on one time axis: F0 with its confidence and notes; the mel spectrogram of what was hummed; the "
    "semantic harmonics with their onsets; the mel spectrogram of the guitar"
)
DETAILS_HEADING = "Notes and timings"
CHOICES_HEADING = "More choices"

NO_RECORDING = (
    "there is no recording yet; record a hum, upload a file or pick an example "
    "(a new recording takes a moment to arrive)"
)
TOO_MANY = "too many conversions wait already; try again in a minute"
TOO_LONG = (
    "this recording took longer than {minutes} minutes; record a shorter one, or choose the pitch tracker SwiftF0 and "
    "fewer iterations"
)
FAILED = "Something went wrong on the server; try again, or try another recording."

WAITING = "Waiting: {before} before you"
NEXT = "Waiting: you are next"
STAGES = {  # stage of a conversion → what the page says meanwhile
    "reading": "Reading the recording",
    "f0": "Listening for the pitch",
    "arrange": "Choosing the octave",
    "label": "Drawing the harmonics",
    "generator": "Playing the guitar",
    "inversion": "Turning the picture into sound",
    "other": "Turning it into sound another way",
    "done": "Drawing the picture",
}

# For programs: the API page and gradio_client. The names of the parameters and outputs are not translated.
API = (
    "Turn a hum into an acoustic guitar. All parameters but the recording may be left out. The notes are as played; "
    "transposition_semitones includes the capo."
)
PARAMETERS = {  # where the help of the field of Choices is not what holds here
    "recording": "an audio file (wav, flac, ogg, mp3, m4a, webm, mp4), 0.5 s to 10 min",
    "guitar": "any, a kind such as steel, or one of the checkpoint's guitars",
    "iterations": "0 to 200: iterations of Griffin-Lim",
    "second_guitar": "mixed with the first, or none",
    "second_share": "0 to 1: how much of the second guitar",
}
OUTPUTS = {
    "guitar": "the guitar, a wav file",
    "picture": "the steps from hum to guitar, a png file",
    "details": "summary, warnings, transposition_semitones, capo, tuning, guitar, sample_rate, seconds by stage, notes",
    "other": "the guitar once more by another inversion, a wav file",
}


def waiting(before: int) -> str:
    """What the page says to a visitor who waits, with the number of conversions that come before."""
    return WAITING.format(before=before) if before else NEXT


@dataclass(frozen=True)
class Choice:
    """The texts of one choice: its label, a hint below the label, and what is shown for each of its values."""

    label: str
    hint: str | None = None
    options: dict[Any, str] = field(default_factory=dict)

    def shown(self, value: Any) -> str:
        """What is shown for a value; the value itself where there is no text."""
        return self.options.get(value, str(value))


CHOICES = {  # field of Choices, or part of one (second_guitar, second_share) → its texts
    "guitar": Choice("Guitar", options={"any": "Any", "nylon": "Nylon", "steel": "Steel"}),
    "second_guitar": Choice("Mixed with", options={"none": "Nothing"}),
    "second_share": Choice("How much of the second"),
    "articulation": Choice(
        "Articulation",
        options={"plucked": "Plucked: every note rings like a string", "follow": "Follow: swells as the hum does"},
    ),
    "transpose": Choice(
        "Transposition",
        "Choose, or type a number of semitones",
        {
            "auto": "Automatic: a guitar's octave",
            -24: "Two octaves down",
            -12: "One octave down",
            0: "As hummed",
            12: "One octave up",
            24: "Two octaves up",
        },
    ),
    "capo": Choice("Capo at fret", "Raises every note by that many semitones"),
    "tune": Choice(
        "Tuning",
        "Vibrato and slides stay",
        {"off": "As hummed", "nearest": "To semitones", "key": "To the key that is heard"},
    ),
    "tune_strength": Choice("How far to tune"),
    "body": Choice("Body and room", "Adds the body of another guitar and a room; 0: none"),
    "tracker": Choice(
        "Pitch tracker",
        options={
            "swift": "SwiftF0 (fast and reliable)",
            "crepe": "CREPE tiny",
            "crepe-full": "CREPE full (slow: several times the length of the recording)",
            "pyin": "pYIN",
            "cepstrum": "Cepstrum (the original method)",
        },
    ),
    "iterations": Choice("Griffin-Lim iterations"),
    "seed": Choice("Seed"),
}
