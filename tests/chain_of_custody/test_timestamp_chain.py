"""A real time stamp of ``openssl ts``: what it has to be over, whom it answers, and who signed it."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import timestamp_chain, timestamp_token
from forensics.errors import TamperError
from tests.chain_of_custody import local_tsa

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from tests.chain_of_custody.local_tsa import Authority

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
STAMPED = b"a checkpoint\n"


@pytest.fixture(name="tsa", scope="module")
def _tsa(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return local_tsa.make(tmp_path_factory.mktemp("tsa") / "one", between=True)


@pytest.fixture(name="response", scope="module")
def _response(tsa: Authority) -> bytes:
    return tsa.stamp(STAMPED)


@pytest.fixture(name="roots")
def _roots(tsa: Authority) -> list[Certificate]:
    return timestamp_chain.read_roots(tsa.root.read_bytes(), "root.pem")


def test_a_good_response_is_over_its_bytes_and_answers_its_request(
    tsa: Authority, response: bytes, roots: list[Certificate]
) -> None:
    asked = timestamp_token.nonce_of_request((tsa.folder / "q").read_bytes())
    assert asked is not None
    token = timestamp_chain.check_response(response, STAMPED, roots, asked)
    assert (token.hash, token.nonce, token.policy) == ("sha256", asked, "1.3.6.1.4.1.99999.1")
    assert token.accuracy == timedelta(seconds=1, milliseconds=500)
    assert timestamp_chain.check_response(response, STAMPED, roots) == token
    with pytest.raises(TamperError, match="its nonce differs"):
        timestamp_chain.check_response(response, STAMPED, roots, asked + 1)
    with pytest.raises(TamperError, match="over other bytes"):
        timestamp_chain.check_response(response, STAMPED + b"\n", roots)


def test_a_reply_to_a_query_is_over_its_digest_and_answers_it(
    tsa: Authority, response: bytes, roots: list[Certificate]
) -> None:
    query, digest = (tsa.folder / "q").read_bytes(), hashlib.sha256(STAMPED).digest()
    assert timestamp_chain.check_reply(query, digest, response, roots).imprint == digest
    with pytest.raises(TamperError, match="another digest than the one that was sent"):
        timestamp_chain.check_reply(query, bytes(32), response, roots)


def test_without_the_root_nothing_holds(response: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = local_tsa.make(tmp_path_factory.mktemp("tsa") / "two")
    strangers = timestamp_chain.read_roots(other.root.read_bytes(), "root.pem")
    for wrong in ([], strangers):
        with pytest.raises(TamperError, match="does not hold under the given root"):
            timestamp_chain.check_response(response, STAMPED, wrong)


@pytest.mark.parametrize("change", ["time", "imprint"])
def test_two_readers_that_disagree_are_not_believed(response: bytes, roots: list[Certificate], change: str) -> None:
    """Ours reads the time, the library checks the signature: both have to have read the same."""
    token = timestamp_token.read_response(response)
    decoded = timestamp_chain._decoded(response)
    timestamp_chain._check_signature(decoded, token, roots)
    if change == "time":
        other = replace(token, time=token.time + timedelta(seconds=1))
        with pytest.raises(TamperError, match="is read in two ways"):
            timestamp_chain._check_signature(decoded, other, roots)
    else:
        other = replace(token, imprint=bytes(32))
        with pytest.raises(TamperError, match="does not hold"):
            timestamp_chain._check_signature(decoded, other, roots)


def test_certificates_are_put_in_order_and_nothing_else_is_touched(response: bytes, roots: list[Certificate]) -> None:
    ordered = timestamp_token.in_order(response)
    assert sorted(ordered) == sorted(response)
    assert timestamp_token.in_order(ordered) == ordered
    assert timestamp_token.read_response(ordered) == timestamp_token.read_response(response)
    timestamp_chain.check_response(ordered, STAMPED, roots)
