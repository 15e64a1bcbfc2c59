"""Where people keep keys: files of two kinds, a running agent, a token. ``ssh-keygen`` and ``openssl`` check what they sign."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from forensics.chain_of_custody import keyfile, pkcs11_token, signers, ssh_agent, ssh_keys, sshsig
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
        ("absent", "1234", "no such key"),
        ("p384", "1234", "neither Ed25519 nor P-256"),
        ("rsa", "1234", "neither Ed25519 nor P-256"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(token: str, label: str, pin: str, said: str) -> None:
    with pytest.raises(KeyMaterialError, match=said):
        pkcs11_token.open_token(token.format(label), pin)


@token_only
def test_another_token_or_module_is_said(token: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(KeyMaterialError, match="no such token"):
        pkcs11_token.open_token(token.format("p256").replace("lab", "other"), "1234")
    plain = "pkcs11:token=lab;object=p256"
    monkeypatch.setenv(pkcs11_token.MODULE, str(MODULE))
    assert pkcs11_token.open_token(plain, "1234").key.kind == ssh_keys.P256
    with pytest.raises(KeyMaterialError, match="cannot be used"):
        pkcs11_token.open_token(f"{plain}?module-path={tmp_path}/none.so", "1234")


@pytest.mark.parametrize("uri", ["pkcs11:", "pkcs11:token=a", "pkcs11:token=a;object=b;id=1?module-path=x",
                                 "pkcs11:token=a;object=b?pin-value=1", "pkcs11:token=a;object=b"])  # fmt: skip
def test_other_uris_are_refused(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(pkcs11_token.MODULE, raising=False)
    with pytest.raises(KeyMaterialError, match=r"not the URI|no PKCS#11 module"):
        pkcs11_token.open_token(uri, "1234")


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(KeyMaterialError, match="python-pkcs11, which is not installed"):
        pkcs11_token.open_token("pkcs11:token=a;object=b?module-path=x", "1234")
