"""Time stamps and requests byte by byte (RFC 3161, X.690): each part in its place, each number to its limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from forensics.chain_of_custody import timestamp_token
from forensics.chain_of_custody.timestamp_token import Token, nonce_of_request, read_response
from forensics.errors import TamperError
from tests.chain_of_custody.test_cosigning import der

SHA256, SHA384, SHA512 = "608648016503040201", "608648016503040202", "608648016503040203"
SIGNED, STAMP = "2a864886f70d010702", "2a864886f70d0109100104"
VERSION, SERIAL = der(2, b"\x01"), der(2, b"\x07")


def statement(
    *, hash_: str = SHA256, digest: bytes = bytes(32), policy: bytes = b"\x2a\x03", time: bytes = b"20260101000000Z",
    more: bytes = b"",
) -> bytes:  # fmt: skip
    """Return TSTInfo (RFC 3161, section 2.4.2)."""
    imprint = der(0x30, der(0x30, der(6, bytes.fromhex(hash_)), der(5)), der(4, digest))
    return der(0x30, VERSION, der(6, policy), imprint, SERIAL, der(0x18, time), more)


def signed(info: bytes, *, kind: str = STAMP, more: bytes = b"") -> bytes:
    """Return SignedData (RFC 5652, section 5.1) around a statement."""
    content = der(0x30, der(6, bytes.fromhex(kind)), der(0xA0, der(4, info)))
    return der(0x30, der(2, b"\x03"), der(0x31), content, more)


def answer(inner: bytes, *, kind: str = SIGNED, status: bytes = b"\x02\x01\x00", more: bytes = b"") -> bytes:
    return der(0x30, der(0x30, status), der(0x30, der(6, bytes.fromhex(kind)), der(0xA0, inner)), more)


def read(**parts: object) -> Token:
    return read_response(answer(signed(statement(**parts))))  # type: ignore[arg-type] # each is what its name takes


def test_a_token_says_what_stands_in_it() -> None:
    token = read()
    assert token == Token(hash="sha256", imprint=bytes(32), time=datetime(2026, 1, 1, tzinfo=UTC), accuracy=timedelta(),
                          nonce=None, policy="1.2.3")  # fmt: skip
    assert (token.before, token.after) == (token.time, token.time)
    assert read_response(answer(signed(statement()), status=b"\x02\x01\x00" + der(0x30, der(12, b"words")))) == token
    assert read_response(answer(signed(statement(), more=der(0xA0) + der(0x31)))) == token


@pytest.mark.parametrize(
    ("hash_", "size", "name"), [(SHA256, 32, "sha256"), (SHA384, 48, "sha384"), (SHA512, 64, "sha512")]
)
def test_the_three_hashes_have_their_lengths(hash_: str, size: int, name: str) -> None:
    import hashlib

    data = b"stamped"
    token = read(hash_=hash_, digest=hashlib.new(name, data).digest())
    assert (token.hash, token.covers(data), token.covers(b"Stamped")) == (name, True, False)
    for wrong in (size - 1, size + 1):
        with pytest.raises(TamperError, match="wrong length"):
            read(hash_=hash_, digest=bytes(wrong))
    with pytest.raises(TamperError, match="none of SHA-256, SHA-384, SHA-512"):
        read(hash_="2b0e03021a", digest=bytes(20))


@pytest.mark.parametrize(
    ("content", "dotted"),
    [("2a03", "1.2.3"), ("00", "0.0"), ("27", "0.39"), ("28", "1.0"), ("4f", "1.39"), ("50", "2.0"), ("8837", "2.999"),
     ("2a8648", "1.2.840"), ("2b060104018d5f01", "1.3.6.1.4.1.1759.1"), ("2a7f", "1.2.127"), ("2a8100", "1.2.128"), ("", "")],
)  # fmt: skip
def test_the_policy_is_told_in_dots(content: str, dotted: str) -> None:
    assert read(policy=bytes.fromhex(content)).policy == dotted


@pytest.mark.parametrize(
    ("time", "micro"),
    [("20260101000000.1Z", 100_000), ("20260101000000.01Z", 10_000), ("20260101000000.000001Z", 1),
     ("20260101000000.999999Z", 999_999)],
)  # fmt: skip
def test_fractions_of_a_second(time: str, micro: int) -> None:
    assert read(time=time.encode()).time == datetime(2026, 1, 1, microsecond=micro, tzinfo=UTC)


@pytest.mark.parametrize(
    "time",
    ["20260101000000", "2026010100000Z", "202601010000000Z", "20260101000000.Z", "20260101000000.0Z", "20260101000000.10Z",
     "20260101000000.1000001Z", "20260101000000,1Z", "20260230000000Z", "20260101240000Z", "x0260101000000Z", "20260101000000Z "],
)  # fmt: skip
def test_other_times_are_none(time: str) -> None:
    with pytest.raises(TamperError, match="its time is none"):
        read(time=time.encode())


def test_accuracy_is_the_sum_of_its_units_and_below_a_thousand_million() -> None:
    def accurate(*parts: bytes) -> timedelta:
        return read(more=der(0x30, *parts)).accuracy

    assert accurate(der(2, b"\x02")) == timedelta(seconds=2)
    assert accurate(der(0x80, b"\x03")) == timedelta(milliseconds=3)
    assert accurate(der(0x81, b"\x04")) == timedelta(microseconds=4)
    assert accurate(der(2, b"\x01"), der(0x80, b"\x01\x00")) == timedelta(seconds=1, milliseconds=256)
    most = (10**9 - 1).to_bytes(4, "big")
    assert accurate(der(2, most)) == timedelta(seconds=10**9 - 1)
    for wrong in (der(2, (10**9).to_bytes(4, "big")), der(0x82, b"\x01"), der(4, b"\x01")):
        with pytest.raises(TamperError, match="accuracy is out of range"):
            accurate(wrong)
    token = read(more=der(0x30, der(2, b"\x02")))
    assert (token.before - token.time, token.time - token.after) == (timedelta(seconds=2), timedelta(seconds=2))


def test_a_nonce_is_the_integer_after_the_time() -> None:
    assert read(more=der(2, b"\x2a")).nonce == 42
    assert read(more=der(0x30, der(2, b"\x01")) + der(1, b"\xff") + der(2, b"\x80")).nonce == -128
    assert read(more=der(2, b"\x01" + bytes(63))).nonce == 1 << 504
    for wrong in (b"", bytes(65)):
        with pytest.raises(TamperError, match="an integer is out of range"):
            read(more=der(2, wrong))


def test_the_nonce_of_a_request_stands_behind_version_and_imprint() -> None:
    imprint = der(0x30, der(0x30, der(6, bytes.fromhex(SHA256))), der(4, bytes(32)))
    asked = [der(6, b"\x2a\x03"), der(2, b"\x2a"), der(1, b"\xff")]
    assert nonce_of_request(der(0x30, VERSION, imprint, *asked)) == 42
    assert nonce_of_request(der(0x30, VERSION, imprint, asked[1])) == 42
    assert nonce_of_request(der(0x30, VERSION, imprint, asked[0], asked[2])) is None
    assert nonce_of_request(der(0x30, VERSION, imprint)) is None
    for wrong in (der(0x31, VERSION, imprint), der(0x30, VERSION, imprint) + b"\x00", b"\x30"):
        with pytest.raises(TamperError):
            nonce_of_request(wrong)


GOOD = signed(statement())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (der(0x31, der(0x30, b"\x02\x01\x00")), "not one response"),
        (answer(GOOD) + b"\x05\x00", "not one response"),
        (der(0x30), "no status"),
        (der(0x30, der(0x31, b"\x02\x01\x00")), "no status"),
        (der(0x30, der(0x30)), "a part is missing"),
        (der(0x30, der(0x30, der(4, b"\x00"))), "a part is missing or of another kind"),
        (answer(GOOD, status=b"\x02\x01\x03"), "the authority answered: waiting"),
        (answer(GOOD, status=b"\x02\x01\x04"), "the authority answered: revocation warning"),
        (answer(GOOD, status=b"\x02\x01\x05"), "the authority answered: revocation notice"),
        (answer(GOOD, status=b"\x02\x01\xff"), "the authority answered: unknown status"),
        (der(0x30, der(0x30, b"\x02\x01\x00")), "a part is missing"),
        (answer(GOOD, kind=STAMP), "its token is not signed data"),
        (answer(signed(statement(), kind=SIGNED)), "its token is no time stamp"),
        (answer(signed(statement() + b"\x05\x00")), "its content is not one statement"),
        (answer(signed(der(0x31, statement()[3:]))), "its content is not one statement"),
        (answer(signed(der(0x30, VERSION, der(6, b"\x2a")))), "a part is missing"),
        (b"\x30", "it ends early"),
        (b"\x30\x03\x02\x01\x00\x1f\x00"[:5] + b"", "no status"),
        (der(0x30, b"\x1f\x01\x00"), "a tag of many bytes"),
        (der(0x30, b"\xbf\x01\x00"), "a tag of many bytes"),
        (der(0x30, b"\x02"), "it ends early"),
        (der(0x30, b"\x30\x80\x00\x00"), "a length is indefinite or too large"),
        (der(0x30, b"\x30\x84\x00\x00\x00\x00"), "a length is indefinite or too large"),
        (der(0x30, b"\x30\x82\x00"), "a length is indefinite or too large"),
        (der(0x30, b"\x30\x81\x00"), "a part is missing"),
        (der(0x30, b"\x30\x02\x05"), "longer than what holds it"),
    ],
)
def test_what_is_out_of_its_place_is_said(data: bytes, why: str) -> None:
    with pytest.raises(TamperError, match=why):
        read_response(data)


@pytest.mark.parametrize("form", [b"\x03", b"\x81\x03", b"\x82\x00\x03", b"\x83\x00\x00\x03"])
def test_a_length_takes_one_to_four_bytes(form: bytes) -> None:
    token = der(0x30, der(6, bytes.fromhex(SIGNED)), der(0xA0, GOOD))
    assert read_response(der(0x30, b"\x30" + form + b"\x02\x01\x00", token)).policy == "1.2.3"


def test_certificates_are_sorted_as_der_asks_for_sets() -> None:
    first, second = der(0x30, der(2, b"\x01")), der(0x30, der(2, b"\x02"))
    mixed, sorted_ = (answer(signed(statement(), more=der(0xA0, *pair))) for pair in ((second, first), (first, second)))
    assert timestamp_token.in_order(mixed) == sorted_ != mixed
    assert timestamp_token.in_order(sorted_) == sorted_
    assert timestamp_token.in_order(answer(GOOD)) == answer(GOOD)
