"""Signing with a key on a PKCS#11 token (smart card, security module), Ed25519 or P-256: the extra ``pkcs11``.

A key is named by a URI of RFC 7512: ``pkcs11:token=NAME;object=LABEL?module-path=FILE``. The PIN is never part of it.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from forensics.chain_of_custody import ssh_keys, sshsig
from forensics.chain_of_custody.ssh_keys import PersonKey
from forensics.errors import KeyMaterialError

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEME = "pkcs11:"
MODULE = "FORENSICS_PKCS11_MODULE"
_HALF = 32
_HINT = "Write pkcs11:token=NAME;object=LABEL?module-path=FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSigner:
    """A key on a token; every signature opens a session and closes it."""

    key: PersonKey
    uri: str
    pin: str = field(repr=False, compare=False)

    def sign(self, message: bytes, namespace: str) -> bytes:
        """Return the SSH signature that the token makes."""
        data = sshsig.to_sign(message, namespace)
        with session(self.uri, self.pin) as (pkcs11, opened, label):
            private = opened.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
            if self.key.kind == ssh_keys.ED25519:
                inner = bytes(private.sign(data, mechanism=pkcs11.Mechanism.EDDSA))
            else:
                raw = bytes(private.sign(hashlib.sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA))
                r, s = (int.from_bytes(half, "big") for half in (raw[:_HALF], raw[_HALF:]))
                inner = ssh_keys.text(ssh_keys.number(r), ssh_keys.number(s))
        return sshsig.assemble(self.key, namespace, ssh_keys.text(self.key.kind.encode(), inner))


def open_token(uri: str, pin: str) -> TokenSigner:
    """Find the key that a URI names; ``KeyMaterialError`` says what is missing."""
    with session(uri, pin) as (pkcs11, opened, label):
        public = opened.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=label)
        edwards = public.key_type == pkcs11.KeyType.EC_EDWARDS
        point = bytes(public[pkcs11.Attribute.EC_POINT])
    point = point[2:] if len(point) in {34, 67} else point  # DER OCTET STRING around it (PKCS #11, section 6.3)
    try:
        key = PersonKey(kind=ssh_keys.ED25519 if edwards else ssh_keys.P256, point=point)
    except ValueError as error:
        what = "the key on the token is neither Ed25519 nor P-256"
        raise KeyMaterialError(what, where=label, hint="Make one of these on the token") from error
    return TokenSigner(key=key, uri=uri, pin=pin)


@contextmanager
def session(uri: str, pin: str) -> Iterator[tuple[Any, Any, str]]:
    """Open a session on the token that a URI names: the library, the session, the label of the key."""
    wanted, module = _parts(uri)
    try:
        import pkcs11
    except ImportError as error:
        what = "tokens need the package python-pkcs11, which is not installed"
        raise KeyMaterialError(what, where=SCHEME, hint="Install the extra: pip install 'forensics[pkcs11]'") from error
    names = pkcs11.exceptions
    told: dict[type[Exception], str] = {
        names.PinIncorrect: "wrong PIN",
        names.PinLenRange: "wrong PIN",
        names.PinLocked: "the PIN is locked after too many wrong ones",
        names.NoSuchToken: "no such token",
        names.MultipleTokensReturned: "several tokens have this name",
        names.AttributeTypeInvalid: "the key on the token is neither Ed25519 nor P-256",
        names.NoSuchKey: "no such key on the token",
        names.MultipleObjectsReturned: "several keys have this label",
    }
    try:
        token = pkcs11.lib(module).get_token(token_label=wanted["token"])
        with token.open(user_pin=pin) as opened:
            yield pkcs11, opened, wanted["object"]
    except (pkcs11.PKCS11Error, RuntimeError) as error:  # a module that cannot be loaded is a RuntimeError
        what = told.get(type(error), f"the token cannot be used ({type(error).__name__}: {error})")
        raise KeyMaterialError(what, where=shown(uri), hint="Check token, label, module and PIN") from error


def shown(uri: str) -> str:
    """Return what is told of a URI: nothing behind the question mark, where people put PINs."""
    return uri.partition("?")[0][:80]


def _parts(uri: str) -> tuple[dict[str, str], str]:
    """Return token and object of a URI, and the path of the module."""
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    wanted = {name: unquote(value) for name, _, value in (part.partition("=") for part in path.split(";"))}
    options = {name: unquote(value) for name, _, value in (part.partition("=") for part in query.split("&"))}
    if set(wanted) != {"token", "object"} or not set(options) <= {"module-path", ""}:
        what = "not the URI of a key on a token"
        raise KeyMaterialError(what, where=shown(uri), hint=_HINT)
    module = options.get("module-path") or os.environ.get(MODULE, "")
    if not module:
        what = "no PKCS#11 module is named"
        raise KeyMaterialError(what, where=shown(uri), hint=f"{_HINT}, or set {MODULE}")
    return wanted, module
