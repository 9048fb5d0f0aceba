"""A stand-in for the Hugging Face Hub, on this machine: as much of it as huggingface_hub's client asks for here."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

Files = dict[str, bytes]
REPO = r"/api/(models|spaces)/([^/]+/[^/]+)"


@dataclass
class Repo:
    """A repository: its commits, the newest first, and its hardware."""

    commits: list[tuple[str, Files]] = field(default_factory=lambda: [("0" * 40, {".gitattributes": b""})])
    hardware: str | None = None
    private: bool = False

    def commit(self, operations: list[dict[str, Any]]) -> str:
        files = dict(self.commits[0][1])
        for operation in operations:
            value = operation["value"]
            if operation["key"] == "deletedFile":
                del files[value["path"]]
            elif operation["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
        oid = hashlib.sha1(f"{len(self.commits)}{sorted(files)}".encode()).hexdigest()
        self.commits.insert(0, (oid, files))
        return oid

    def has(self, revision: str) -> bool:
        return revision in ("main", *(oid for oid, _ in self.commits))

    def at(self, revision: str) -> tuple[str, Files]:
        return next(each for each in self.commits if revision in ("main", each[0]))


@dataclass
class Hub:
    """The state of the stand-in, and what it was asked."""

    repos: dict[tuple[str, str], Repo] = field(default_factory=dict)
    token: str = "hf_right"
    refuses: dict[str, int] = field(default_factory=dict)  # a regular expression of "METHOD path" → status
    host: str = ""  # where a Space answers
    stages: list[dict[str, Any]] = field(default_factory=list)  # the next answers about a Space's runtime; then RUNNING
    asked: list[str] = field(default_factory=list)
    address: str = ""

    @property
    def files(self) -> Files:
        """What the only repository has now."""
        (repo,) = self.repos.values()
        return repo.commits[0][1]

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        if path == "/api/whoami-v2":
            return 200, {"name": "anna", "type": "user", "orgs": []}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        found = re.match(rf"{REPO}(?:/(\w+))?(?:/([^/]+))?", path)
        repo = self.repos.get((found[1], found[2])) if found else None
        if found is None or repo is None:
            return 404, {"error": "Repository not found"}
        kind, name, verb, revision = found[1], found[2], found[3], unquote(found[4] or "main")
        return self.about(repo, kind, name, verb, revision, body)

    def create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        kind, name = f"{asked.get('type', 'model')}s", f"{asked['organization']}/{asked['name']}"
        if (kind, name) in self.repos:
            return 409, {"error": "You already created this repo", "url": f"{self.address}/{name}"}
        self.repos[kind, name] = Repo(hardware=asked.get("hardware"), private=asked.get("visibility") == "private")
        return 200, {"url": f"{self.address}/{name}"}

    def about(self, repo: Repo, kind: str, name: str, verb: str, revision: str, body: bytes) -> tuple[int, Any]:
        if verb == "preupload":
            asked = json.loads(body)["files"]
            return 200, {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in asked]}
        if verb == "commit":
            oid = repo.commit([json.loads(line) for line in body.splitlines()])
            return 200, {"commitUrl": f"{self.address}/{name}/commit/{oid}", "commitOid": oid, "success": True}
        if verb == "commits":
            return 200, [
                {"id": oid, "title": "", "message": "", "date": "2026-11-01T00:00:00.000Z", "authors": []}
                for oid, _ in repo.commits
            ]
        if verb == "hardware":
            repo.hardware = json.loads(body)["flavor"]
        if verb in ("hardware", "runtime"):
            usual = {"stage": "RUNNING", "sha": repo.commits[0][0], "hardware": {"requested": repo.hardware}}
            return 200, usual | (self.stages.pop(0) if verb == "runtime" and self.stages else {})
        oid, files = repo.at(revision)
        if verb == "tree":
            return 200, [
                {"type": "file", "path": path, "size": len(content), "oid": "0" * 40} for path, content in files.items()
            ]
        siblings = [{"rfilename": path} for path in files]
        return 200, {"id": name, "sha": oid, "siblings": siblings, "host": self.host, "tags": [], "private": False}


@contextmanager
def served() -> Iterator[Hub]:
    """Serve a stand-in on a free port."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.asked.append(f"{self.command} {path}")
            refused = next((code for what, code in hub.refuses.items() if re.search(what, hub.asked[-1])), None)
            download = re.fullmatch(r"(/spaces)?/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
            if refused or self.headers.get("Authorization") != f"Bearer {hub.token}":
                self.reply(refused or 401, b'{"error": "refused"}')
            elif download:
                self.download("spaces" if download[1] else "models", download[2], *map(unquote, download.groups()[2:]))
            else:
                status, answer = hub.answer(self.command, path, body)
                headers = {"X-Error-Code": "RepoNotFound"} if status == 404 else {}
                self.reply(status, json.dumps(answer).encode(), headers | {"Content-Type": "application/json"})

        do_POST = do_HEAD = do_GET  # noqa: N815 (the names of http.server)

        def download(self, kind: str, name: str, revision: str, path: str) -> None:
            repo = hub.repos.get((kind, name))
            if repo is None or not repo.has(revision):
                return self.reply(404, b"{}", {"X-Error-Code": "RevisionNotFound" if repo else "RepoNotFound"})
            oid, files = repo.at(revision)
            if path not in files:
                return self.reply(404, b"{}", {"X-Error-Code": "EntryNotFound"})
            etag = hashlib.sha256(files[path]).hexdigest()
            return self.reply(200, files[path], {"X-Repo-Commit": oid, "ETag": f'"{etag}"'})

        def reply(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(content))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
