"""The real server on loopback, started by the command line and read by curl, taxii2-client and schemathesis."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import sys
import urllib.error
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from jsonschema import Draft202012Validator

from forensics.registry.record import TLP
from forensics.serve.sight import key_of
from tests.pipeline.march import ROOT
from tests.registry.written import record
from tests.serve import asking
from tests.serve.asking import Outside, run, served, store

ANYWHERE = "0.0.0.0"  # noqa: S104 - what has to be refused
SECRET = "203.0.113.99"
HOSTILE = "<script>alert(1)</script>\u00ad https://evil.example/x"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with a store: five addresses of each marking, and a token for each."""
    folder = tmp_path_factory.mktemp("home")
    records = [
        record(
            id=f"r-{tlp.lower().replace('+', '-')}-{number}", tlp=tlp, network=f"203.0.113.{10 * rank + number}",
            valid_from=date(2019, 1, 1), role=f"marked {tlp}",
        )
        for rank, tlp in enumerate(TLP) for number in range(5)
    ]  # fmt: skip
    store(
        folder / "registry.sqlite", *records, record(id="r-hostile", network="198.51.100.7", note=HOSTILE, role=HOSTILE)
    )
    for tlp in TLP:
        made = run(folder, "registry", "token", "new", name_of(tlp), "--tlp", tlp, "--json")
        assert made.returncode == 0, made.stderr
        (folder / f"{name_of(tlp)}.token").write_text(json.loads(made.stdout)["token"])
    return folder


def name_of(tlp: str) -> str:
    """Return the name of the client of a marking."""
    return f"client-{tlp.lower().replace('+', '-')}"


def token(home: Path, tlp: str) -> str:
    """Return the secret of the client of a marking."""
    return (home / f"{name_of(tlp)}.token").read_text()


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Outside]:
    with served(home, "--audit", "audit.jsonl", "--tlp", "CLEAR", "--rate", "1000000") as running:
        yield running


def curl(*arguments: str) -> str:
    """Run curl and return what it printed."""
    assert shutil.which("curl"), "needs curl (Debian: curl)"
    done = subprocess.run(["curl", "-sS", "--max-time", "20", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_looks_up(server: Outside, home: Path) -> None:
    body = json.dumps({"queries": ["203.0.113.10", "203.0.113.20", "no such"], "at": "2019-02-01"})
    order = ["--json", body, f"{server.url}/api/v1/lookup"]
    plain = json.loads(curl(*order))
    assert plain["tlp"] == "CLEAR"
    assert [len(answer["matches"]) for answer in plain["answers"]] == [0, 0]
    found = json.loads(curl("-H", f"Authorization: Bearer {token(home, 'GREEN')}", *order))
    assert [len(answer["matches"]) for answer in found["answers"]] == [1, 0]
    assert found["answers"][0]["matches"][0]["record"]["role"] == "marked GREEN"
    assert [item["position"] for item in found["not_understood"]] == [2]
    schema = json.loads((ROOT / "docs/schemas/registry_lookup.json").read_text())
    for answer in found["answers"]:
        Draft202012Validator(schema).validate(answer)
    Draft202012Validator(json.loads((ROOT / "docs/schemas/registry_served.json").read_text())).validate(found)


def test_curl_reads_a_record_and_the_collections(server: Outside, home: Path) -> None:
    login = ["-u", f"any:{token(home, 'RED')}"]
    found = json.loads(curl(*login, f"{server.url}/api/v1/records/{key_of('r-red-1')}"))
    assert [version["role"] for version in found["versions"]] == ["marked RED"]
    held = json.loads(curl(*login, f"{server.url}/api/v1/collections"))["collections"]
    assert [(one["tlp"], one["records"]) for one in held] == [("CLEAR", 6 + 13), *((tlp, 5) for tlp in TLP[1:])]
    assert len(json.loads(curl(f"{server.url}/api/v1/collections"))["collections"]) == 1
    assert json.loads(curl(f"{server.url}/api/v1/health"))["status"] == "ok"


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("/api/v1/lookup", b"{", "application/json", 400),
        ("/api/v1/lookup", b"\xff", "application/json", 400),
        ("/api/v1/lookup", b"[" * 100_000, "application/json", 422),
        ("/api/v1/lookup", b'{"queries": []}', "application/json", 422),
        ("/api/v1/lookup", b'{"queries": ["203.0.113.1"], "more": 1}', "application/json", 422),
        ("/api/v1/lookup", b'{"queries": ["203.0.113.1"], "at": "2019-02-30"}', "application/json", 422),
        ("/api/v1/lookup", b"{}", "text/plain", 415),
        ("/api/v1/lookup?query=203.0.113.1", b"{}", "application/json", 400),
        ("/api/v1/health", b"{}", "application/json", 405),
        ("/api/v1/nothing", b"{}", "application/json", 404),
        ("/", b"queries=" + b"203.0.113.1%0A" * 1001, "application/x-www-form-urlencoded", 413),
        ("/", b"at=tomorrow", "application/x-www-form-urlencoded", 422),
        ("/", b"other=1", "application/x-www-form-urlencoded", 400),
        ("/", b"queries=%FF", "application/x-www-form-urlencoded", 400),
        ("/", b"&".join([b"queries=1"] * 20), "application/x-www-form-urlencoded", 400),
        ("/", b"queries=" + b"a" * 3000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_bad_input_is_told_and_bounded(server: Outside, path: str, body: bytes, kind: str, status: int) -> None:
    reply = server.ask(path, body, Content_Type=kind)
    assert reply.status == status, reply.body[:300]
    if path.startswith("/api"):
        assert reply.headers["content-type"] == "application/problem+json"
        assert (reply.json()["status"], bool(reply.json()["detail"])) == (status, True)
    else:
        assert reply.headers["content-type"] == "text/html; charset=utf-8"


def test_the_page_escapes_what_records_say(server: Outside) -> None:
    reply = server.ask("/", b"queries=198.51.100.7%0A%3Cb%3E", Content_Type="application/x-www-form-urlencoded")
    text = reply.body.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+00AD⟩ hxxps://evil[.]example/x" in text
    assert "<script" not in text
    assert "not understood" in text


def test_a_taxii_client_reads_everything_it_may(server: Outside, home: Path) -> None:
    objects = {tlp: taxii(server, token(home, tlp)) for tlp in TLP}
    for rank, tlp in enumerate(TLP):
        assert list(objects[tlp]) == [f"TLP:{one}" for one in TLP[: rank + 1]]
        for title, held in objects[tlp].items():
            names = {item["name"] for item in held if item["type"] == "infrastructure"}
            indicators = [item for item in held if item["type"] == "indicator"]
            assert len(names) >= 5
            assert held == objects["RED"][title], "a collection is the same for all who may read it"
            assert indicators
            assert {item["valid_from"] for item in indicators} == {"2019-01-01T00:00:00.000Z"}


def taxii(server: Outside, secret: str) -> dict[str, list[dict[str, Any]]]:
    """Read every collection by pages of seven, and once more from the first half on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the client is of 2021
        from taxii2client.common import TokenAuth
        from taxii2client.v21 import Server, as_pages

    found: dict[str, list[dict[str, Any]]] = {}
    (root,) = Server(f"{server.url}/taxii2/", auth=TokenAuth(secret)).api_roots
    for collection in root.collections:
        assert (collection.can_read, collection.can_write) == (True, False)
        pages = list(as_pages(collection.get_objects, per_request=7))
        assert all(len(page["objects"]) <= 7 for page in pages)
        held = [item for page in pages for item in page["objects"]]
        manifest = [item for page in as_pages(collection.get_manifest, per_request=9) for item in page["objects"]]
        assert [item["id"] for item in manifest] == [item["id"] for item in held]
        middle = manifest[len(manifest) // 2]["date_added"]
        later = [
            item
            for page in as_pages(collection.get_objects, per_request=50, added_after=middle)
            for item in page["objects"]
        ]
        assert later == held[len(manifest) // 2 + 1 :]
        wanted = held[-1]["id"]
        assert collection.get_object(wanted)["objects"] == [held[-1]]
        assert collection.object_versions(wanted)["versions"] == [manifest[-1]["version"]]
        only = collection.get_objects(type=["indicator", "note"], limit=1000)
        assert {item["type"] for item in only["objects"]} <= {"indicator", "note"}
        assert collection.get_objects(id=wanted)["objects"] == [held[-1]]
        found[collection.title] = held
    return found


def test_our_own_collector_takes_what_the_foreign_client_sees(server: Outside, home: Path, tmp_path: Path) -> None:
    """``registry collect`` beside taxii2-client, on the same collection of a real server."""
    held = taxii(server, token(home, "RED"))
    secret = tmp_path / "secret"
    secret.write_text(f"Bearer {token(home, 'RED')}")
    root = json.loads(
        curl("-H", f"Authorization: Bearer {token(home, 'RED')}", f"{server.url}/taxii2/registry/collections/")
    )
    for collection in root["collections"]:
        out = tmp_path / f"{collection['id']}.json"
        url = f"{server.url}/taxii2/registry/collections/{collection['id']}/"
        done = run(home, "registry", "collect", url, "--out", str(out), "--authorization", str(secret), "--yes")
        assert done.returncode == 0, done.stderr
        objects = [item for page in json.loads(out.read_bytes()) for item in page["objects"]]
        assert objects == held[collection["title"]]


def test_openapi_describes_the_server(server: Outside, tmp_path: Path) -> None:
    """Schemathesis sends what the description allows and forbids; every answer has to be as described."""
    order = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "-n", "20", "--no-color",
             "--generation-deterministic", "--output-truncate", "true"]  # fmt: skip
    environment = {key: value for key, value in asking.environment(tmp_path).items() if key != "PYTHONWARNINGS"}
    done = subprocess.run(
        order, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "4 selected / 4 total" in done.stdout
    assert "failure" not in done.stdout


def test_the_audit_log_of_the_real_server_is_silent(server: Outside, home: Path) -> None:
    body = json.dumps({"queries": [SECRET]}).encode()
    assert server.ask("/api/v1/lookup", body, Content_Type="application/json").status == 200
    log = (home / "audit.jsonl").read_text()
    assert SECRET not in log
    line = json.loads(log.splitlines()[-1])
    Draft202012Validator(json.loads((ROOT / "docs/schemas/registry_audit.json").read_text())).validate(line)
    assert (line["client"], line["route"], line["entries"]) == ("this machine", "/api/v1/lookup", 1)
    everywhere = [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert everywhere == []


def test_the_real_server_refuses_a_foreign_name(server: Outside) -> None:
    port = server.url.rpartition(":")[2]
    code = ["-o", "/dev/null", "-w", "%{http_code}"]
    assert curl(*code, "-H", f"Host: evil.example:{port}", f"{server.url}/") == "421"
    assert curl(*code, "-H", f"Host: localhost:{port}", f"{server.url}/") == "200"


def test_a_record_that_is_retracted_while_serving_is_told(tmp_path: Path) -> None:
    store(tmp_path / "registry.sqlite", record(id="r-9", network=SECRET))
    body = json.dumps({"queries": [SECRET]}).encode()
    with served(tmp_path) as running:
        first = running.ask("/api/v1/lookup", body, Content_Type="application/json").json()
        assert run(tmp_path, "registry", "retract", "r-9", "--reason", "A digit was wrong").returncode == 0
        second = running.ask("/api/v1/lookup", body, Content_Type="application/json").json()
    states = [found["answers"][0]["matches"][0]["record"]["state"] for found in (first, second)]
    assert states == ["indicator", "retracted"]


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--host", ANYWHERE, "--host-name", "r.example"], 6, "there is no token"),
        (["--behind-proxy"], 6, "there is no token"),
        (["--host", "registry.example"], 2, "not an address to listen on"),
        (["--tlp", "WHITE"], 2, "no such marking"),
        (["--pap", "WHITE"], 2, "no such marking"),
        (["--tls-cert", "x.pem"], 2, "needs its key"),
        (["--public-url", "registry"], 2, "not an address"),
        (["--host-name", "a/b"], 2, "not a host name"),
        (["--registry", "nowhere"], 3, "nowhere"),
    ],
)
def test_it_does_not_start_unprotected(tmp_path: Path, options: list[str], status: int, said: str) -> None:
    done = run(tmp_path, "registry", "serve", "--port", "0", *options)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr


def test_others_need_a_token_and_tls(home: Path, tmp_path: Path) -> None:
    bare = run(home, "registry", "serve", "--host", ANYWHERE, "--host-name", "r.example", "--port", "0")
    assert (bare.returncode, "without TLS" in bare.stderr) == (6, True), bare.stderr
    nameless = run(home, "registry", "serve", "--host", ANYWHERE, "--port", "0", "--behind-proxy")
    assert (nameless.returncode, "its name" in nameless.stderr) == (6, True), nameless.stderr
    with served(home, "--behind-proxy", "--tlp", "RED") as running:
        assert running.ask("/").status == 401, "a proxy's clients all come from loopback"
        found = running.ask("/", Authorization=f"Bearer {token(home, 'GREEN')}")
        assert (found.status, found.headers["strict-transport-security"]) == (200, "max-age=31536000")
    certificate(tmp_path)
    trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    with served(home, "--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")) as running:
        assert running.url.startswith("https://127.0.0.1:")
        with urlopen(f"{running.url}/api/v1/health", context=trust) as answer:  # noqa: S310
            assert answer.status == 200
        with pytest.raises(urllib.error.URLError):
            urlopen(f"{running.url}/api/v1/health")  # noqa: S310 - nobody vouches for this certificate


def certificate(folder: Path) -> None:
    """Make a certificate for loopback."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=loopback.example", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"),
         "-out", str(folder / "cert.pem")],
        check=True, capture_output=True,
    )  # fmt: skip


def test_tokens_by_the_command_line(tmp_path: Path) -> None:
    made = run(tmp_path, "registry", "token", "new", "lab", "--tlp", "AMBER+STRICT", "--json")
    said = json.loads(made.stdout)
    Draft202012Validator(json.loads((ROOT / "docs/schemas/registry_token.json").read_text())).validate(said)
    listed = run(tmp_path, "registry", "token", "list", "--json")
    assert [(row["name"], row["tlp"]) for row in json.loads(listed.stdout)] == [("lab", "AMBER+STRICT")]
    assert said["token"] not in listed.stdout
    assert run(tmp_path, "registry", "token", "new", "lab").returncode == 2
    assert run(tmp_path, "registry", "token", "revoke", "lab").returncode == 0
    assert run(tmp_path, "registry", "token", "revoke", "lab").returncode == 2
