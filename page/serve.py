"""Serve the page: load the checkpoint, build the page, launch it until somebody stops the server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

import gradio as gr
import torch
from starlette.middleware import Middleware

from hum2guitar import Hum2Guitar, UserError
from hum2guitar.analysis import reading
from hum2guitar.choices import options_of
from hum2guitar.stages import Report, no_report
from hum2guitar.synthesis.sound import Generate

from . import api, arrival, events, health, lab_api, lab_tab, lab_texts, language, layout, settings, texts, warm_up
from .callbacks import Callbacks
from .compressed import Compressed
from .folder import own_folder, swept
from .head import head
from .jobs import Jobs
from .lab import Lab
from .listeners import Listeners
from .showing import SOUND, Showing
from .takes import Visits
from .theme import theme

DEFAULT_PORT = 7860
OTHER = "griffin-lim"  # the inversion of the second sound
EVERYWHERE = "0.0.0.0"  # nosec B104 # a Space is served to other machines, and nothing else is
MAX_UPLOAD = "100mb"
MAX_PENDING = 100  # calls of any kind that Gradio has not begun; it begins a conversion at once, and Jobs lets it wait
KEEP_S = 3600  # a visitor's files are deleted at the first check after this age
CHECK_S = 600  # between two checks
# A Space's proxies have private addresses. uvicorn believes what they say about a visitor's address, and not what the
# visitor says in the same header.
PROXIES = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
LendGpu = Callable[[Callable[..., Any]], Callable[..., Any]]


def serve(lend_gpu: LendGpu | None = None) -> None:
    """Load the checkpoint, build the page, and serve it until interrupted.

    The environment says what is served and where: ``HUM2GUITAR_CHECKPOINT`` (a file or a Hub id; the checkpoint that
    ships where it is not set), ``PORT`` (7860 where it is not set) and ``SPACE_ID`` (set on a Hugging Face Space, where
    the page is served to other machines too).

    Parameters
    ----------
    lend_gpu : wraps the function that needs the GPU, where a GPU is lent for one call at a time (ZeroGPU)

    Raises
    ------
    UserError
        For a port or a checkpoint that cannot be used.
    """
    port = read_port(os.environ)
    reading.warm_up()  # a process starts while this one loads
    converter = load(os.environ)
    generate: Generate = converter.generate
    if lend_gpu is not None:
        generate = warm_up.silence(converter.config.n_mels)
        lend(converter, lend_gpu)
    trackers = usable_trackers(gpu_is_lent=lend_gpu is not None and converter.device.type != "cpu")
    terminated = Event()
    signal.signal(signal.SIGTERM, lambda *_: terminated.set())  # it ends the server as Ctrl-C does
    public = "SPACE_ID" in os.environ
    if public:
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PROXIES)
    jobs = Jobs(warm=False)
    with own_folder() as folder:
        page = build(converter, trackers, jobs)
        with (
            swept(folder, KEEP_S, CHECK_S),
            launched(page, jobs, port, server_name=EVERYWHERE if public else "127.0.0.1"),
            suppress(KeyboardInterrupt),
        ):
            warm_up.start(jobs, lambda: warm_up.warm_up(converter, OTHER, generate, folder))
            while not terminated.wait(1):  # without a time, Windows would not notice Ctrl-C
                pass


@contextmanager
def launched(page: gr.Blocks, jobs: Jobs, port: int, **options: Any) -> Iterator[None]:
    """Serve a page on a port while the body runs, with options of ``Blocks.launch``.

    Raises UserError if the port cannot be used. In the end no job goes on, and nobody is waited for.
    """
    # api_open: nobody listens for a result that does not come through the queue
    try:
        page.queue(api_open=False, max_size=MAX_PENDING).launch(
            server_port=port,
            prevent_thread_lock=True,
            max_file_size=MAX_UPLOAD,
            ssr_mode=False,
            run_history=False,
            i18n=language.translate(page),
            theme=theme(),
            css_paths=layout.HERE / "style.css",
            head=head(),
            footer_links=["api", "gradio", "settings"],
            app_kwargs={
                "routes": [health.route(jobs, layout.FIRST_EXAMPLE)],
                "exception_handlers": {TypeError: api.answer_wrong_names},
                "middleware": [Middleware(Compressed, compresslevel=6), Middleware(Listeners, jobs=jobs)],
            },
            **options,
        )
    except OSError as error:  # Gradio's message names a variable of its own
        raise UserError(f"port {port} is not free, or not allowed; name another one in PORT") from error
    try:
        yield
    finally:
        jobs.stop()
        page.close(verbose=False)


def build(converter: Hum2Guitar, trackers: tuple[str, ...], jobs: Jobs) -> gr.Blocks:
    """Build the page and its endpoints, not yet launched."""
    arrived = arrival.load(layout.ASSETS)
    with lab_api.Page(title=texts.TITLE, analytics_enabled=False) as page:
        lab = Lab(converter, trackers, jobs)
        with gr.Tabs() as tabs:
            with gr.Tab(lab_texts.HUM_TAB, id="hum-tab"):
                widgets = layout.draw(converter.config.guitars, trackers, arrived.value)
            with gr.Tab(lab_texts.LAB_TAB, id="lab-tab"):
                compared = lab_tab.draw(converter.config, trackers)
        showing = Showing(converter, OTHER, jobs, Visits(str(layout.FIRST_EXAMPLE)))
        kept = settings.remember(page, {**widgets.choices, SOUND: widgets.sound})
        events.connect(page, widgets, Callbacks(converter, OTHER, jobs), showing, arrived, kept)
        lab_tab.connect(tabs, compared, lab)
        lab_api.add(lab)
    return page


def load(environment: Mapping[str, str]) -> Hum2Guitar:
    """Load the checkpoint that ``HUM2GUITAR_CHECKPOINT`` names, on the GPU where there is one.

    An empty value counts as not set. Raises CheckpointError for a checkpoint that cannot be used.
    """
    source = environment.get("HUM2GUITAR_CHECKPOINT", "").strip() or None
    return Hum2Guitar.from_pretrained(source, device="cuda" if torch.cuda.is_available() else "cpu")


def lend(converter: Hum2Guitar, lend_gpu: LendGpu) -> None:
    """Let a converter generate its mels with a GPU that is lent for each call, and reports nothing meanwhile."""
    lent = lend_gpu(converter.generate)

    def generate(*given: Any, report: Report = no_report, **options: Any) -> Any:
        return lent(*given, **options)

    converter.generate = generate  # type: ignore[method-assign]


def read_port(environment: Mapping[str, str]) -> int:
    """Read the port in ``PORT``; an empty value counts as not set. Raises UserError for anything but a port."""
    given = environment.get("PORT", "").strip() or str(DEFAULT_PORT)
    if not (given.isascii() and given.isdecimal() and 1 <= int(given) <= 65535):
        raise UserError(f"PORT={given} is not a port; give a whole number from 1 to 65535, as in PORT={DEFAULT_PORT}")
    return int(given)


def usable_trackers(gpu_is_lent: bool = False) -> tuple[str, ...]:
    """Name the F0 trackers to offer. A GPU that is lent is lent to the generator alone; CREPE cannot use it."""
    return tuple(name for name in options_of("tracker") if not (gpu_is_lent and name.startswith("crepe")))
