"""A hub on this machine: as much of the Hugging Face hub's protocol as its client speaks."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
LIST = re.compile(r"/api/models/([^/]+/[^/]+)/(revision|tree)/([^/]+)")


class Hub:
    """Files by repository and name, all of the revisions `main` and COMMIT.

    Attributes:
        url: what HF_ENDPOINT is to name.
        files: bytes by repository and name.
        cut: after so many bytes the next answer with a file breaks off.
        asked: method, path and Range of every request.
    """

    def __init__(self, url: str):
        self.url = url
        self.files: dict[str, dict[str, bytes]] = {}
        self.cut: int | None = None
        self.asked: list[tuple[str, str, str]] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        if found := FILE.fullmatch(path):
            self._file(*found.groups(), with_body)
        elif found := LIST.fullmatch(path):
            self._list(*found.groups())
        else:
            self._refuse("EntryNotFound")

    def _missing(self, repo: str, revision: str) -> bool:
        if repo in self.hub.files and revision in ("main", COMMIT):
            return False
        self._refuse("RevisionNotFound" if repo in self.hub.files else "RepoNotFound")
        return True

    def _file(self, repo: str, revision: str, name: str, with_body: bool) -> None:
        if self._missing(repo, revision):
            return
        content = self.hub.files[repo].get(name)
        if content is None:
            self._refuse("EntryNotFound")
            return
        wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{_etag(name, content)}"')
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if not with_body:
            return
        cut, self.hub.cut = self.hub.cut, None
        self.wfile.write(content[start:] if cut is None else content[start : start + cut])
        self.close_connection = cut is not None

    def _list(self, repo: str, what: str, revision: str) -> None:
        if self._missing(repo, revision):
            return
        files = self.hub.files[repo]
        if what == "tree":
            listed = [
                {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
                for name, content in files.items()
            ]
            self._json(listed)
        else:
            siblings = [{"rfilename": name} for name in files]
            self._json({"id": repo, "sha": COMMIT, "siblings": siblings})

    def _json(self, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _refuse(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _etag(name: str, content: bytes) -> str:
    """Return the checksum that the hub names: git's of a text, SHA-256 of a large file."""
    if name.endswith(".json"):
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return hashlib.sha256(content).hexdigest()


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Serve a hub without files until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    hub = Hub(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("Handler", (_Handler,), {"hub": hub})
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


CALL = """
import sys
from vectorfind.errors import InputError
from vectorfind.hub import download, hub_reference
try:
    download(hub_reference(sys.argv[1]), sys.argv[2])
except InputError as error:
    sys.exit(str(error))
"""


def environment_for(hub: Hub, folder: Path, **more: str) -> dict[str, str]:
    """Return what a process needs to ask this hub and keep its own cache in a folder."""
    own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(folder / "cache"), "no_proxy": "127.0.0.1"}
    return {**os.environ, **own, **more}


def fetched(hub: Hub, folder: Path, what: str, **more: str) -> tuple[int, str, Path]:
    """Download in a process of its own; return its status, its words and the file's place."""
    output = folder / "got" / "generator.pth"
    words = [sys.executable, "-c", CALL, what, str(output)]
    env = environment_for(hub, folder, **more)
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, output
