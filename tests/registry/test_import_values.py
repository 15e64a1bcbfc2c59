"""Values are brought to one spelling or refused; nothing but defanged spellings is repaired."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.pipeline.importing import special
from forensics.registry import import_values as values
from forensics.registry.defanged import refang
from forensics.registry.import_values import guess, spelled
from forensics.registry.indicator import KINDS, canonical_indicator


def allowed(_: str) -> str:
    return ""


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("address", "192[.]0[.]2[.]1", ("address", "192.0.2.1")),
        ("address", "2001:DB8::0001", ("address", "2001:db8::1")),
        ("address", "::ffff:192.0.2.1", ("address", "192.0.2.1")),
        ("address", "192.0.2.0/24", ("prefix", "192.0.2.0/24")),
        ("address", "192.0.2.1/32", ("address", "192.0.2.1")),
        ("prefix", "2001:db8::/32", ("prefix", "2001:db8::/32")),
        ("range", "192.0.2.1-192.0.2.6", ("range", "192.0.2.1-192.0.2.6")),
        ("domain", "Login(dot)Example.", None),
        ("domain", "Mail[.]Login(dot)Example.", ("domain", "mail.login.example")),
        ("url", "hXXps://Files[.]example/A?b=C", ("url", "https://files.example/A?b=C")),
        ("email", "A.Person[@]Mail.EXAMPLE", ("email", "A.Person@mail.example")),
        ("asn", "64496", ("asn", "AS64496")),
        ("sha256", "A" * 64, ("sha256", "a" * 64)),
    ],
)
def test_one_spelling(kind: str, value: str, found: tuple[str, str] | None) -> None:
    assert spelled(kind, value, allowed) == (found or ("domain", "login.example"))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("address", "010.2.3.4", values.ZEROS),
        ("address", "192.0.2.08/32", values.ZEROS),
        ("address", "192.0.2.256", values.NO_ADDRESS),
        ("address", "3221225985", values.NO_ADDRESS),
        ("address", "login.example", values.NAME_FOR_ADDRESS),
        ("address", "fe80::1%eth0", values.ZONE),
        ("prefix", "192.0.2.1/24", values.HOST_BITS),
        ("prefix", "192.0.2.0/33", values.NO_PREFIX),
        ("prefix", "192.0.2.0/024", values.NO_PREFIX),
        ("prefix", "0.0.0.0/0", values.TOO_WIDE),
        ("prefix", "192.0.2.0/255.255.255.0", values.NO_PREFIX),
        ("range", "192.0.2.9-192.0.2.1", values.NO_RANGE),
        ("range", "0.0.0.1-255.0.0.1", values.TOO_WIDE),
        ("domain", "192.0.2.1", values.ADDRESS_FOR_NAME),
        ("domain", "*.login.example", values.WILDCARD),
        ("domain", "localhost", values.NO_DOT),
        ("domain", "l\u00f6gin.example", values.NOT_ASCII),
        ("domain", "a\u00adb.example", values.CONTROL),
        ("domain", "a\u202eb.example", values.CONTROL),
        ("domain", "a\x1b[2Jb.example", values.CONTROL),
        ("domain", "-bad-.example", values.NO_NAME),
        ("url", "login.example/path", values.NO_URL),
        ("url", "http://[bad", values.NO_URL),
        ("url", "http://x.example:99999999/", values.NO_URL),
        ("email", "two@at@mail.example", values.NO_MAIL),
        ("md5", "abc", values.NO_DIGEST),
        ("asn", "AS99999999999", values.NO_ASN),
        ("mail_helo", "a b", values.NOT_OF_KIND),
        ("address", "", values.EMPTY),
        ("address", "9" * 5000, values.TOO_LONG),
    ],
)
def test_refused_with_a_reason_that_can_be_counted(kind: str, value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as told:
        spelled(kind, value, allowed)
    assert str(told.value) == reason


@pytest.mark.parametrize(
    "value", ["10.1.2.3", "192.0.2.7", "100.64.0.1", "240.1.1.1", "2001:db8::1", "192.168.0.0/16", "::1"]
)
def test_special_purpose_blocks_are_refused_by_name(value: str) -> None:
    with pytest.raises(ValueError, match=r"^special-purpose address: .*RFC"):
        spelled("address", value, special)


@pytest.mark.parametrize("value", ["8.8.8.8", "85.132.78.164", "2606:4700::1"])
def test_ordinary_space_is_not(value: str) -> None:
    assert spelled("address", value, special) == ("address", value)


@given(st.ip_addresses())
def test_the_quick_way_of_telling_special_addresses_is_the_table(address: ipaddress.IPv4Address) -> None:
    from forensics.enrichment.special_purpose import special_purpose

    assert bool(special(str(address))) == (special_purpose(address) is not None)


@given(st.sampled_from(KINDS), st.text(max_size=60))
def test_any_text_is_canonical_or_refused(kind: str, text: str) -> None:
    try:
        found, value = spelled(kind, text, allowed)
    except ValueError:
        return
    assert canonical_indicator(found, value) == value
    assert value.isprintable()


@given(st.ip_addresses(), st.sampled_from(["[.]", "(.)", "[dot]", "{.}"]))
def test_defanged_addresses_come_back(address: ipaddress.IPv4Address, dot: str) -> None:
    written = str(address).replace(".", dot)
    assert refang(written) == str(address)
    assert guess(written) == "address"


@pytest.mark.parametrize(
    "row", ["192.0.2.7;ip;https://lab.example/r-1", "192.0.2.7,08:30:11,a/b", "name,10:20:30", "2001:db8::7\tx"]
)
def test_a_row_of_a_table_has_no_kind_although_it_begins_like_one(row: str) -> None:
    assert not guess(row)
