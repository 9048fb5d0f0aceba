"""A page with random weights, served from this process: many visitors, and those who leave."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from untrained import TINY, random_generator

from hum2guitar import Hum2Guitar
from hum2guitar.choices import Choices
from hum2guitar.stages import Progress
from hum2guitar.synthesis.checkpoint import Checkpoint
from page import serve, texts
from page.folder import own_folder, sweep
from page.jobs import Jobs

pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")  # how Gradio calls pandas
UPLOADS = 200


class Slow(Hum2Guitar):
    """Listens ``seed`` hundredths of a second longer than it has to, and without a word while it is held."""

    held = False

    def analyse(self, *recording: Any, progress: Progress, **options: Any) -> Any:
        choices = next(value for value in recording if isinstance(value, Choices))
        for _ in range(choices.seed):
            progress(0.0, "f0")
            time.sleep(0.01)
        while self.held:
            time.sleep(0.01)
        return super().analyse(*recording, progress=progress, **options)


class Server:
    """A page that is served, and a program that calls it as any program can."""

    def __init__(self, folder: Path, jobs: Jobs, converter: Slow, port: int) -> None:
        self.folder, self.jobs, self.converter, self.port = folder, jobs, converter, port

    def open(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        return connection

    def ask(self, *request: Any) -> tuple[int, str]:
        """The status and the text of an answer."""
        with closing(self.open(*request)) as connection:
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def upload(self, recording: Path) -> str:
        head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="hum.wav"\r\n\r\n'
        body = head + recording.read_bytes() + b"\r\n--b--\r\n"
        return json.loads(self.ask("POST", "/gradio_api/upload", body, "multipart/form-data; boundary=b")[1])[0]

    def order(self, path: str, hundredths: int = 0) -> str:
        """Order a conversion; gives the path of its result."""
        recording = {"path": path, "meta": {"_type": "gradio.FileData"}}
        body = json.dumps({"recording": recording, "seed": hundredths, "iterations": 1, "tracker": "cepstrum"}).encode()
        status, answer = self.ask("POST", "/gradio_api/call/v2/convert", body, "application/json")
        assert status == 200, answer
        return f"/gradio_api/call/convert/{json.loads(answer)['event_id']}"

    def health(self) -> tuple[int, dict[str, Any]]:
        status, answer = self.ask("GET", "/healthz")
        return status, json.loads(answer)


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    jobs = Jobs()
    converter = Slow(Checkpoint(random_generator(TINY), TINY, {}))

    async def start(stack: ExitStack) -> None:
        page = serve.build(converter, serve.usable_trackers(), jobs)
        stack.enter_context(serve.launched(page, jobs, port, quiet=True))

    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("served")))
        folder = stack.enter_context(own_folder())
        asyncio.run(start(stack))  # where no event loop runs, Gradio makes one and never closes it
        yield Server(folder, jobs, converter, port)


@pytest.fixture
def server(small_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server without any job, and with little patience."""
    monkeypatch.setattr(small_server.jobs, "first_s", 0.0)
    _soon(lambda: not small_server.jobs.waiting + small_server.jobs.running)
    for name, value in {"first_s": 30.0, "again_s": 0.2, "check_s": 0.05}.items():
        monkeypatch.setattr(small_server.jobs, name, value)
    return small_server


def _soon(true: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)


def test_a_program_that_orders_first_and_asks_for_the_result_later_is_served(server: Server, short_hum: Path) -> None:
    result = server.order(server.upload(short_hum))
    time.sleep(0.3)
    status, answer = server.ask("GET", result)
    assert status == 200
    assert "event: complete" in answer
    assert "guitar.wav" in answer


def test_fifteen_orders_that_nobody_listens_to_do_not_delay_the_next_visitor(
    server: Server, short_hum: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.jobs, "first_s", 600.0)
    path = server.upload(short_hum)
    for _ in range(15):
        server.order(path)
    assert "event: complete" in server.ask("GET", server.order(path))[1]
    assert server.health()[1] == {"ready": True, "running": 0, "waiting": 15}


def test_a_conversion_ends_soon_after_its_visitor_has_left(server: Server, short_hum: Path) -> None:
    result = server.order(server.upload(short_hum), hundredths=2000)
    with closing(server.open("GET", result)) as connection:
        _soon(lambda: len(server.jobs.running) == 1)
        time.sleep(0.5)  # longer than a visitor may be away
        assert len(server.jobs.running) == 1
        assert server.health() == (200, {"ready": True, "running": 1, "waiting": 0})
        connection.sock.shutdown(socket.SHUT_RDWR)
    _soon(lambda: not server.jobs.running)


def test_stop_ends_the_conversion_that_it_names_and_no_other(server: Server, short_hum: Path) -> None:
    path = server.upload(short_hum)
    mine, other = server.order(path, hundredths=2000), server.order(path, hundredths=50)
    functions = json.loads(server.ask("GET", "/config")[1])["dependencies"]
    function = next(each["id"] for each in functions if each["api_name"] == "convert")
    with closing(server.open("GET", mine)), closing(server.open("GET", other)) as connection:
        _soon(lambda: len(server.jobs.running) == 2)
        event = mine.rpartition("/")[2]
        body = json.dumps({"session_hash": event, "fn_index": function, "event_id": event}).encode()
        assert server.ask("POST", "/gradio_api/cancel", body, "application/json")[0] == 200
        assert "event: complete" in connection.getresponse().read().decode()
        _soon(lambda: not server.jobs.running)


def test_where_too_many_wait_the_next_visitor_gets_a_sentence(
    server: Server, short_hum: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.jobs, "max_waiting", 0)
    answer = server.ask("GET", server.order(server.upload(short_hum)))[1]
    assert "event: error" in answer
    assert texts.TOO_MANY[1:] in answer


def test_the_server_is_not_ready_where_every_turn_is_held_by_a_job_that_took_too_long(
    server: Server, short_hum: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.jobs, "at_once", 1)
    monkeypatch.setattr(server.jobs, "limit_s", 0.2)
    server.converter.held = True
    assert "took longer than" in server.ask("GET", server.order(server.upload(short_hum)))[1]
    status, answer = server.health()
    assert (status, answer["ready"]) == (503, False)
    server.converter.held = False
    _soon(lambda: server.health()[0] == 200)


def test_a_function_cannot_be_called_outside_the_queue(server: Server) -> None:
    status, _ = server.ask("POST", "/gradio_api/run/convert", b'{"data": [null]}', "application/json")
    assert status == 404


def test_uploads_that_stop_midway_are_gone_after_a_sweep(server: Server) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="hum.wav"\r\n\r\nhalf of a hum'
    request = (
        b"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: 9999\r\n\r\n"
    )
    kept = frozenset(server.folder.rglob("*"))
    with ExitStack() as connections:
        for _ in range(UPLOADS):
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(request + head)
        _soon(lambda: len(set(server.folder.rglob("*")) - kept) == UPLOADS)
    sweep(server.folder, 0, kept)
    assert set(server.folder.rglob("*")) == kept
