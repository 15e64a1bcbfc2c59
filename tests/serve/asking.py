"""Asking the server: the application itself without a network, and a real one on loopback started by the command."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from forensics.model import Record
from forensics.registry import opening
from forensics.registry.files import Registry
from forensics.serve.access import Client, Tokens
from forensics.serve.app import build
from forensics.serve.audit import Audit
from forensics.serve.guard import Rules
from forensics.serve.holdings import Holdings
from forensics.serve.limits import Limits
from forensics.serve.offered import Ledger
from tests.pipeline.march import ROOT

HOST = "registry.example"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Inside:
    """The application, driven by hand: nothing in it waits for anything but its own messages."""

    def __init__(
        self,
        registries: Sequence[Registry],
        folder: Path,
        *,
        tlp: str = "CLEAR",
        pap: str = "RED",
        per_minute: int = 10**6,
    ) -> None:
        """Serve some registries; ``held`` and ``state`` may be changed, ``elapsed`` is the clock of the limits."""
        self.held = list(registries)
        self.state = 0
        self.audit = folder / "audit.jsonl"
        self.tokens = Tokens(folder / "tokens.toml")
        self.elapsed = 0.0
        holdings = Holdings(
            lambda: self.held,
            lambda: self.state,
            lambda queries, _: [None] * len(queries),
            Ledger(folder / "l", lambda: NOW),
        )
        rules = Rules(
            hosts=frozenset({HOST}),
            anonymous=Client(name="nobody", tlp=tlp),
            tokens=self.tokens,
            limits=Limits(per_minute, lambda: self.elapsed),
            audit=Audit(self.audit, pap, b"k" * 32, lambda: NOW),
        )
        self.app = build(holdings, rules)

    def ask(self, method: str, path: str, body: bytes = b"", /, **headers: str) -> Reply:
        """Send one request; ``_`` in the name of a header is a dash."""
        path, _, query = path.partition("?")
        sent = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": query.encode(), "scheme": "http", "client": ("192.0.2.1", 1), "server": ("192.0.2.2", 80),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }  # fmt: skip
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        running: Any = self.app(scope, receive, send)
        try:
            running.send(None)
        except StopIteration:
            pass
        else:
            message = "the application waits for something"
            raise AssertionError(message)
        found = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        return Reply(messages[0]["status"], found, b"".join(one.get("body", b"") for one in messages[1:]))

    def look_up(self, *queries: str, token: str = "", **more: Any) -> Reply:
        """Ask the API."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = json.dumps({"queries": queries, **more}).encode()
        return self.ask("POST", "/api/v1/lookup", body, content_type="application/json", **headers)

    def form(self, fields: Mapping[str, str], **headers: str) -> Reply:
        """Send the form."""
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", "/", urlencode(fields).encode(), content_type=kind, **headers)


@dataclass(frozen=True)
class Outside:
    """A server on loopback."""

    url: str
    home: Path
    process: subprocess.Popen[str]

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """Send one request, following nothing."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection(self.url.partition("://")[2], timeout=20)
        try:
            connection.request("GET" if body is None else "POST", path, body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()


def command(home: Path, *arguments: str) -> list[str]:
    """Return the command of the program; ``home`` is for the environment of ``run``."""
    del home
    return [sys.executable, "-m", "forensics", *arguments]


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a user whose folder is ``home``."""
    return {**os.environ, "FORENSICS_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    return subprocess.run(
        command(home, *arguments),
        capture_output=True,
        text=True,
        check=False,
        env=environment(home),
        cwd=home,
        timeout=60,
    )


@contextmanager
def served(home: Path, *options: str) -> Iterator[Outside]:
    """Yield a server that the command line started on a free port; it has to end cleanly."""
    process = subprocess.Popen(
        command(home, "registry", "serve", "--port", "0", *options),
        stderr=subprocess.PIPE, text=True, env=environment(home), cwd=home,
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    try:
        while not (found := re.search(r"Serving on (\S+)", said)):
            line = process.stderr.readline()
            assert line, said
            said += line
        yield Outside(found[1], home, process)
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=30)[1]
        assert process.returncode == 130, rest
        assert "failed" not in rest, rest


def store(path: Path, *records: Record) -> str:
    """Make a store of some records and return its name."""
    made = opening.open_store(str(path))
    made.append(records)
    made.close()
    return str(path)
