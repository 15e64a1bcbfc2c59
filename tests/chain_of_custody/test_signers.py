"""Where people keep keys: files of two kinds, a running agent, a token. ``ssh-keygen`` and ``openssl`` check what they sign."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from forensics.chain_of_custody import keyfile, pkcs11_token, signers, ssh_agent, ssh_keys, sshsig
from forensics.chain_of_custody.keys import from_seed
from forensics.errors import KeyMaterialError
from tests.chain_of_custody.conftest import MODULE, token_only
from tests.chain_of_custody.sealed_case import EDITOR

if TYPE_CHECKING:
    from forensics.chain_of_custody.people import Signer

agent_only = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="needs OpenSSH (Debian: openssh-client)")
MESSAGE = b'{"action":"note"}\n'


def run(*command: str | Path, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(part) for part in command], input=data, capture_output=True, check=True, env={**os.environ, **environment}
    )


def good_for_ssh_keygen(signer: Signer, tmp_path: Path) -> None:
    blob = signer.sign(MESSAGE, sshsig.ACT)
    assert sshsig.open_signature(blob, MESSAGE, sshsig.ACT) == signer.key
    (tmp_path / "allowed").write_text(f"j.doe {signer.key.line}\n")
    (tmp_path / "sig").write_text(sshsig.armour(blob))
    who = ("-f", tmp_path / "allowed", "-I", "j.doe")
    verify = ("ssh-keygen", "-Y", "verify", *who, "-n", sshsig.ACT, "-s", tmp_path / "sig")
    assert b"Good" in run(*verify, data=MESSAGE).stdout
    with pytest.raises(subprocess.CalledProcessError):
        run(*verify, data=MESSAGE + b"x")


def ssh_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    run(
        "ssh-keygen",
        "-q",
        "-t",
        kind,
        *(("-b", "256") if kind == "ecdsa" else ()),
        "-N",
        passphrase,
        "-C",
        path.name,
        "-f",
        path,
    )
    return path


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
@pytest.mark.parametrize("passphrase", ["", "open ə sesame"])
def test_openssh_key_files(tmp_path: Path, kind: str, passphrase: str) -> None:
    path = ssh_key(tmp_path / "key", kind, passphrase)
    assert signers.is_locked(path) == bool(passphrase)
    signer = signers.open_file(path, passphrase or "not needed")
    good_for_ssh_keygen(signer, tmp_path)
    assert signer.key.line == " ".join(path.with_suffix(".pub").read_text().split()[:2])
    assert signer.key.fingerprint in run("ssh-keygen", "-l", "-f", path).stdout.decode()
    assert "sesame" not in repr(signer)
    if passphrase:
        with pytest.raises(KeyMaterialError, match="no passphrase"):
            signers.open_file(path)
        with pytest.raises(KeyMaterialError, match="wrong passphrase"):
            signers.open_file(path, "wrong").sign(MESSAGE, sshsig.ACT)


def test_a_passphrase_reaches_openssh_through_a_program_of_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer, real = signers.open_file(ssh_key(tmp_path / "key", passphrase="se cret"), "se cret"), subprocess.run

    def watched(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        ask = Path(options["env"]["SSH_ASKPASS"])
        assert (ask.stat().st_mode & 0o777, ask.parent.stat().st_mode & 0o777) == (0o700, 0o700)
        assert ask.read_text().startswith("#!/bin/sh\n")
        assert "se cret" not in ask.read_text() + " ".join(command)
        assert set(options["env"]) == {"SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "FORENSICS_SAID"}
        assert options["timeout"] == 120
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    blob = signer.sign(MESSAGE, sshsig.ACT)
    assert sshsig.open_signature(blob, MESSAGE, sshsig.ACT) == signer.key


def test_an_encrypted_openssh_key_needs_openssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = signers.open_file(ssh_key(tmp_path / "key", passphrase="secret"), "secret")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KeyMaterialError, match="ssh-keygen, which is not installed"):
        signer.sign(MESSAGE, sshsig.ACT)


@pytest.mark.parametrize("passphrase", [None, "secret"])
def test_our_own_key_files_sign_for_a_person_too(tmp_path: Path, passphrase: str | None) -> None:
    path = tmp_path / "key.pem"
    if passphrase:
        keyfile.save_key(EDITOR, path, passphrase)
    else:
        keyfile.save_unprotected_key(EDITOR, path)
    assert signers.is_locked(path) == bool(passphrase)
    signer = signers.open_file(path, passphrase)
    assert signer.key == signers.of_identity(EDITOR).key
    good_for_ssh_keygen(signer, tmp_path)
    assert signer.sign(MESSAGE, sshsig.ACT) == signers.of_identity(EDITOR).sign(MESSAGE, sshsig.ACT)
    (tmp_path / "other.pem").write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n")
    with pytest.raises(KeyMaterialError, match="wrong passphrase, or not a PKCS"):
        signers.open_file(tmp_path / "other.pem", "x")


def test_p256_keys_of_other_tools_and_what_openssl_says(tmp_path: Path) -> None:
    """The signature proper, cut out of the SSH form, is what ``openssl dgst`` verifies over the same bytes."""
    path = tmp_path / "p256.pem"
    run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    run("openssl", "pkey", "-in", path, "-pubout", "-out", tmp_path / "pub.pem")
    signer = signers.open_file(path)
    good_for_ssh_keygen(signer, tmp_path)
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    signature = ssh_keys.texts(signer.sign(MESSAGE, sshsig.ACT)[10:], 5)[4]
    r, s = (int.from_bytes(part, "big") for part in ssh_keys.texts(ssh_keys.texts(signature, 2)[1], 2))
    (tmp_path / "der").write_bytes(encode_dss_signature(r, s))
    checked = run("openssl", "dgst", "-sha256", "-verify", tmp_path / "pub.pem", "-signature", tmp_path / "der",
                  data=sshsig.to_sign(MESSAGE, sshsig.ACT))  # fmt: skip
    assert b"Verified OK" in checked.stdout


def test_ed25519_signatures_are_what_openssl_pkeyutl_verifies(tmp_path: Path) -> None:
    signer = signers.of_identity(EDITOR)
    signature = ssh_keys.texts(signer.sign(MESSAGE, sshsig.ACT)[10:], 5)[4]
    (tmp_path / "raw").write_bytes(ssh_keys.texts(signature, 2)[1])
    (tmp_path / "pub.pem").write_text(EDITOR.verifier.pem)
    (tmp_path / "data").write_bytes(sshsig.to_sign(MESSAGE, sshsig.ACT))
    done = run("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "pub.pem", "-rawin", "-in",
               tmp_path / "data", "-sigfile", tmp_path / "raw")  # fmt: skip
    assert b"Signature Verified Successfully" in done.stdout


def test_keys_of_other_kinds_are_refused(tmp_path: Path) -> None:
    made: list[rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
    ]
    for number, key in enumerate(made):
        path = tmp_path / f"{number}.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with pytest.raises(KeyMaterialError, match="neither Ed25519 nor P-256"):
            signers.open_file(path)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        with pytest.raises(KeyMaterialError, match="not an Ed25519 or P-256 key"):
            signers.open_file(path)
    with pytest.raises(KeyMaterialError, match="cannot be read"):
        signers.open_file(tmp_path / "absent")


@pytest.mark.parametrize("cut", [60, 120, 250])
def test_damaged_openssh_files_are_refused(tmp_path: Path, cut: int) -> None:
    path = ssh_key(tmp_path / "key")
    lines = path.read_bytes().split(b"\n")
    body = b"".join(lines[1:-2])[:cut]
    path.write_bytes(b"\n".join([lines[0], body[: len(body) // 4 * 4], *lines[-2:]]))
    with pytest.raises(KeyMaterialError):
        signers.open_file(path)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Run a real agent; the folder of its socket."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    yield tmp_path
    process.terminate()
    process.wait()
    process.stdout.close()


@agent_only
@pytest.mark.enable_socket
def test_an_agent_signs_with_the_key_that_is_meant(agent: Path) -> None:
    with pytest.raises(KeyMaterialError, match="it holds: none"):
        ssh_agent.open_agent("")
    one, two = ssh_key(agent / "one"), ssh_key(agent / "two", "ecdsa")
    rsa_key = agent / "rsa"
    run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa_key)
    run("ssh-add", "-q", one)
    run("ssh-add", "-q", rsa_key)  # passed over
    good_for_ssh_keygen(ssh_agent.open_agent(""), agent)
    run("ssh-add", "-q", two)
    for wanted, key in (("one", one), ("two", two), (signers.open_file(two).key.fingerprint, two)):
        signer = ssh_agent.open_agent(wanted)
        assert signer.key == signers.open_file(key).key
        good_for_ssh_keygen(signer, agent)
    for wanted, count in (("", 2), ("three", 0)):
        with pytest.raises(KeyMaterialError, match=f"{count} of the agent's"):
            ssh_agent.open_agent(wanted)
    gone = ssh_agent.open_agent("one")
    run("ssh-add", "-q", "-D")
    with pytest.raises(KeyMaterialError, match="refused to sign"):
        gone.sign(MESSAGE, sshsig.ACT)


@contextmanager
def answering(folder: Path, *answers: bytes) -> Iterator[Path]:
    """Serve prepared answers on a Unix socket, one a connection."""
    path = folder / "bad"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


KEYS_OF_ONE = b"\x0c\0\0\0\1" + ssh_keys.text(signers.of_identity(EDITOR).key.blob, b"me")


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((b"\0\0\0\1\5",), "does not list"),
        ((b"\0\0\0\x09\x0c\0\0\0\1\0\0\0\5",), "cut short"),
        ((b"\0\0\0\5",), "cut short"),
        ((b"\xff\xff\xff\xff",), "too long"),
        ((ssh_keys.text(KEYS_OF_ONE), ssh_keys.text(b"\x0e\0\0\0\2x")), "cut short"),
    ],
)
def test_an_agent_that_talks_nonsense_is_not_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: tuple[bytes, ...], said: str
) -> None:
    with answering(tmp_path, *answers) as path:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        with pytest.raises(KeyMaterialError, match=f"not understood: .*{said}"):
            ssh_agent.open_agent("").sign(MESSAGE, sshsig.ACT)


@pytest.mark.enable_socket
def test_without_an_agent_it_is_said_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(KeyMaterialError, match="SSH_AUTH_SOCK is not set"):
        ssh_agent.open_agent("")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "nobody"))
    with pytest.raises(KeyMaterialError, match="does not answer"):
        ssh_agent.open_agent("")


@token_only
def test_a_token_signs(token: str, tmp_path: Path) -> None:
    for label, kind in (("p256", ssh_keys.P256), ("ed", ssh_keys.ED25519)):
        signer = pkcs11_token.open_token(token.format(label), "1234")
        assert signer.key.kind == kind
        assert "1234" not in repr(signer)
        good_for_ssh_keygen(signer, tmp_path)


@token_only
@pytest.mark.parametrize(
    ("label", "pin", "said"),
    [
        ("p256", "9999", "wrong PIN"),
        ("p256", "1" * 300, "wrong PIN"),
        ("absent", "1234", "no such key on the token"),
        ("p384", "1234", "the key on the token is neither Ed25519 nor P-256"),
        ("rsa", "1234", "the key on the token is neither Ed25519 nor P-256"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(token: str, label: str, pin: str, said: str) -> None:
    with pytest.raises(KeyMaterialError) as caught:
        pkcs11_token.open_token(token.format(label), pin)
    assert caught.value.what == said


@token_only
def test_another_token_or_module_is_said(token: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(KeyMaterialError, match="no such token"):
        pkcs11_token.open_token(token.format("p256").replace("lab", "other"), "1234")
    plain = "pkcs11:token=lab;object=p256"
    monkeypatch.setenv("FORENSICS_PKCS11_MODULE", str(MODULE))
    assert pkcs11_token.open_token(plain, "1234").key.kind == ssh_keys.P256
    for path in ("none.so", "a=b.so", "none.so&"):
        with pytest.raises(KeyMaterialError, match="cannot be used"):
            pkcs11_token.open_token(f"{plain}?module-path={tmp_path}/{path}", "1234")


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("pkcs11:", "not the URI of a key on a token"),
        ("pkcs11:token=a", "not the URI of a key on a token"),
        ("pkcs11:token=a;object=b;id=1?module-path=x", "not the URI of a key on a token"),
        ("pkcs11:token=a;object=b?pin-value=1", "not the URI of a key on a token"),
        ("pkcs11:token=a;object=b?module-path=x&pin-value=1", "not the URI of a key on a token"),
        ("pkcs11:token=a;object=b", "no PKCS#11 module is named"),
        ("pkcs11:token=a;object=b=c?", "no PKCS#11 module is named"),
        (f"pkcs11:token=a;object={'b' * 99}", "no PKCS#11 module is named"),
        (f"pkcs11:{'t' * 99}?pin-value=1", "not the URI of a key on a token"),
    ],
)
def test_other_uris_are_refused_and_no_pin_is_told(uri: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(pkcs11_token.MODULE, raising=False)
    with pytest.raises(KeyMaterialError) as caught:
        pkcs11_token.open_token(uri, "1234")
    assert caught.value.what == said
    assert caught.value.where == uri.split("?", maxsplit=1)[0][:80]


@token_only
def test_what_stands_behind_the_question_mark_is_never_told(token: str) -> None:
    with pytest.raises(KeyMaterialError, match="no such key on the token") as caught:
        pkcs11_token.open_token(token.format("a=b"), "1234")
    assert caught.value.where == "pkcs11:token=lab;object=a=b"


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(KeyMaterialError, match="python-pkcs11, which is not installed"):
        pkcs11_token.open_token("pkcs11:token=a;object=b?module-path=x", "1234")


KEYS_HELD = [from_seed(bytes([number]) * 32, "x") for number in range(6)]


@contextmanager
def talking(folder: Path, *answers: tuple[bytes, ...]) -> Iterator[tuple[Path, list[bytes]]]:
    """Serve prepared answers, each in pieces; the socket, and what was asked."""
    path, asked = folder / "agent", list[bytes]()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        server.settimeout(20)

        def serve() -> None:
            with suppress(OSError):
                for pieces in answers:
                    connection, _ = server.accept()
                    with connection:
                        asked.append(connection.recv(1 << 16))
                        for piece in pieces:
                            connection.sendall(piece)
                            time.sleep(0.05)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield path, asked
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def listed(*comments: bytes) -> bytes:
    """Return the answer of an agent that holds these keys."""
    held = [signers.of_identity(one).key.blob for one in KEYS_HELD]
    pairs = [ssh_keys.text(blob, comment) for blob, comment in zip(held, comments, strict=False)]
    return ssh_keys.text(b"\x0c" + len(pairs).to_bytes(4, "big") + b"".join(pairs))


@pytest.mark.enable_socket
def test_the_agent_is_asked_in_its_own_words_and_heard_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = signers.of_identity(KEYS_HELD[0]).key
    inner = ssh_keys.text(b"ssh-ed25519", KEYS_HELD[0].private.sign(sshsig.to_sign(MESSAGE, sshsig.ACT)))
    signature = ssh_keys.text(b"\x0e" + ssh_keys.text(inner))
    keys = listed(b"me \xff")
    with talking(tmp_path, (keys[:9], keys[9:]), (signature[:3], signature[3:20], signature[20:] + b"more")) as (
        path,
        asked,
    ):
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        signer = ssh_agent.open_agent("")
        assert signer.comment == "me \ufffd"
        assert sshsig.open_signature(signer.sign(MESSAGE, sshsig.ACT), MESSAGE, sshsig.ACT) == key
    request = b"\x0d" + ssh_keys.text(key.blob, sshsig.to_sign(MESSAGE, sshsig.ACT)) + bytes(4)
    assert asked == [b"\0\0\0\1\x0b", ssh_keys.text(request)]


@pytest.mark.enable_socket
def test_what_the_agent_holds_is_told_shortly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = [signers.of_identity(one).key.fingerprint for one in KEYS_HELD]
    with talking(tmp_path, (listed(b"a", b"b" * 61, b"c", b"d", b"e", b"f"),)) as (path, _):
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        with pytest.raises(KeyMaterialError) as caught:
            ssh_agent.open_agent("")
    names = [f"{one} ({comment!a})" for one, comment in zip(prints, ["a", "b" * 60, "c", "d", "e"], strict=False)]
    assert caught.value.what == (
        f"6 of the agent's Ed25519 and P-256 keys are meant by ''; it holds: {', '.join(names)}"
    )
    assert (caught.value.where, caught.value.hint) == (
        "ssh-agent",
        "Name one: --sign agent:SHA256:…; or load it: ssh-add KEY",
    )


@pytest.mark.enable_socket
@pytest.mark.parametrize(("size", "said"), [(262_144, "its answer is cut short"), (262_145, "its answer is too long")])
def test_an_answer_has_262144_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, said: str) -> None:
    with talking(tmp_path, (size.to_bytes(4, "big") + b"x",)) as (path, _):
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        with pytest.raises(KeyMaterialError) as caught:
            ssh_agent.open_agent("")
    assert caught.value.what == f"the agent is not understood: {said}"
    assert (caught.value.where, caught.value.hint) == ("ssh-agent", "Check SSH_AUTH_SOCK")


def test_an_openssh_file_with_other_letters_is_refused(tmp_path: Path) -> None:
    path = ssh_key(tmp_path / "key")
    path.write_bytes(path.read_bytes().replace(b"\nb3B", b"\n\xff3B"))
    with pytest.raises(KeyMaterialError, match="not an Ed25519 or P-256 key of OpenSSH: the signature is not base64"):
        signers.open_file(path)
