"""Signing through a running ssh-agent (OpenSSH, PROTOCOL.agent): the private key stays there, or on a token behind it.

The agent is reached by the Unix socket that ``SSH_AUTH_SOCK`` names, on this computer only. Two messages are spoken:
which keys do you hold, and sign this.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody import ssh_keys, sshsig
from forensics.chain_of_custody.signers import PATIENCE
from forensics.errors import KeyMaterialError, TamperError

if TYPE_CHECKING:
    from forensics.chain_of_custody.ssh_keys import PersonKey

_ASK_KEYS, _KEYS, _ASK_SIGNATURE, _SIGNATURE = 11, 12, 13, 14
_LIMIT = 1 << 18
WHERE = "ssh-agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSigner:
    """A key that the agent holds, by its comment."""

    key: PersonKey
    comment: str
    path: str

    def sign(self, message: bytes, namespace: str) -> bytes:
        """Return the SSH signature that the agent makes; it may ask its user first."""
        request = ssh_keys.text(self.key.blob, sshsig.to_sign(message, namespace)) + bytes(4)
        answer = _ask(self.path, bytes([_ASK_SIGNATURE]) + request)
        if answer[:1] != bytes([_SIGNATURE]):
            what = "the agent refused to sign"
            raise KeyMaterialError(what, where=WHERE, hint="Confirm when it asks, or load the key again: ssh-add")
        try:
            (signature,) = ssh_keys.texts(answer[1:], 1)
        except TamperError as error:
            raise _garbled(error.what) from error
        return sshsig.assemble(self.key, namespace, signature)


def open_agent(wanted: str) -> AgentSigner:
    """Return the key with this fingerprint (``SHA256:…``) or comment; the only usable one if ``wanted`` is empty."""
    path = os.environ.get("SSH_AUTH_SOCK", "")
    if not path:
        what = "no agent is running (SSH_AUTH_SOCK is not set)"
        raise KeyMaterialError(what, where=WHERE, hint="Start one: eval $(ssh-agent); ssh-add KEY")
    held = _held(path)
    fitting = [one for one in held if wanted in {"", one.key.fingerprint, one.comment}]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"{one.key.fingerprint} ({one.comment[:60]!a})" for one in held[:5]) or "none"
    what = f"{len(fitting)} of the agent's Ed25519 and P-256 keys are meant by {wanted[:80]!a}; it holds: {names}"
    raise KeyMaterialError(what, where=WHERE, hint="Name one: --sign agent:SHA256:…; or load it: ssh-add KEY")


def _held(path: str) -> list[AgentSigner]:
    """Return the usable keys of the agent; RSA keys, certificates and security keys are passed over."""
    answer = _ask(path, bytes([_ASK_KEYS]))
    if answer[:1] != bytes([_KEYS]):
        raise _garbled("it does not list its keys")
    found: list[AgentSigner] = []
    count, rest = int.from_bytes(answer[1:5], "big"), answer[5:]
    try:
        for _ in range(count):
            blob, rest = ssh_keys.first(rest)
            comment, rest = ssh_keys.first(rest)
            try:
                key = ssh_keys.parse_blob(blob)
            except TamperError:
                continue
            found.append(AgentSigner(key=key, comment=comment.decode("utf-8", "replace"), path=path))
    except TamperError as error:
        raise _garbled(error.what) from error
    return found


def _ask(path: str, message: bytes) -> bytes:
    """Send one message and return the answer, both without their length."""
    try:
        with socket.socket(socket.AF_UNIX) as agent:
            agent.settimeout(PATIENCE)
            agent.connect(path)
            agent.sendall(ssh_keys.text(message))
            size = int.from_bytes(_exactly(agent, 4), "big")
            if size > _LIMIT:
                raise _garbled("its answer is too long")
            return _exactly(agent, size)
    except OSError as error:
        what = f"the agent does not answer: {error.strerror or error}"
        raise KeyMaterialError(what, where=WHERE, hint="Start one: eval $(ssh-agent); ssh-add KEY") from error


def _exactly(agent: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = agent.recv(size - len(data))
        if not part:
            raise _garbled("its answer is cut short")
        data += part
    return data


def _garbled(what: str) -> KeyMaterialError:
    return KeyMaterialError(f"the agent is not understood: {what}", where=WHERE, hint="Check SSH_AUTH_SOCK")
