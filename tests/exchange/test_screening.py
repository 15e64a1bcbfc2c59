"""What leaves is read as an adversary would: canaries in every disguise are found, their kind told, their text never."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.exchange.screening import MAX_NOTE, Canary, Views, leaked, plain, refused_note

CANARIES = [
    Canary(kind="an account", text="editor@mail.example"),
    Canary(kind="an account", text="the_editor_example"),
    Canary(kind="a device", text="Qx7k"),
    Canary(kind="a person", text="Leyla", notes_only=True),
]
ALLOWED = {"203.0.113.45"}


@pytest.mark.parametrize(
    "note",
    [
        "Please look for both.",
        "Look for 203.0.113.45 and tell us.",
        "Bu ünvanı yoxlayın, çox sağ olun.",  # noqa: RUF001 - Azerbaijani
        "Ночью в городе, прошу проверить.",
        "Seen about 40 times in 2020-03.",
    ],
)
def test_harmless_notes_leave(note: str) -> None:
    assert refused_note(note, CANARIES, ALLOWED) == ""


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("ask edit\u200bor@mail.example", "hidden"),
        ("ask \u202eelpmaxe.liam@rotide", "hidden"),
        ("line\nbreak", "hidden"),
        ("ask \u0435d\u0456t\u043er about it", "scripts"),
        ("write to somebody@elsewhere.example", "e-mail"),
        ("write to somebody\uff20elsewhere\uff0eexample", "e-mail"),
        ("somebody (at) elsewhere (dot) example", "e-mail"),
        ("see elsewhere.example", "host"),
        ("see takeout-2020.zip", "host"),
        ("in /home/user/case", "host"),
        ("it was 192.0.2.14", "address"),
        ("it was 192.0.2.14:443", "address"),
        ("it was \u0661\u0669\u0662.0.2.14", "address"),
        ("it was 192 dot 0 dot 2 dot 14", "e-mail"),
        ("it was 2001:DB8:0::1", "address"),
        ("call +994 50 123 45 67", "long number"),
        ("on 2020-03-11", "long number"),
        ("hash d41d8cd98f00b204", "coded run"),
        ("The Editor Example knows", "account"),
        ("t.h.e e-d-i-t-o-r example", "account"),
        ("elpmaxe_rotide_eht", "account"),
        ("device qX7K", "device"),
        ("ask LEYLA", "person"),
        ("ask Léyla", "person"),
        ("x" * (MAX_NOTE + 1), "characters"),
    ],
)
def test_notes_that_point_at_somebody_stay(note: str, kind: str) -> None:
    why = refused_note(note, CANARIES, ALLOWED)
    assert kind in why
    assert "editor" not in why.lower()
    assert "192" not in why


_DISGUISES: list[Callable[[str], str]] = [
    str,
    str.upper,
    lambda text: text[::-1],
    quote,
    lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    lambda text: "".join(f"&#{ord(c)};" for c in text),
    lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    lambda text: text.encode().hex(),
    lambda text: text.encode().hex(" "),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(b"x" + text.encode()).decode(),
    lambda text: base64.b64encode(b"xy" + text.encode() + b"z").decode().rstrip("="),
    lambda text: text.replace("e", "\u0435").replace("o", "\u043e"),
    "\u200d".join,
]


@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=6, max_size=24),
    st.sampled_from(_DISGUISES),
)
def test_a_canary_is_found_in_every_disguise(canary: str, disguise: Callable[[str], str]) -> None:
    blank = json.dumps({"comment": "for review", "id": "x"})
    actual = json.dumps({"comment": f"for review {disguise(canary)}", "id": "x"})
    assert leaked(actual, blank, [Canary(kind="an account", text=canary)], ALLOWED) in {
        "an account",
        "an address that is not among those released",
    } or canary in plain(blank)


@given(st.ip_addresses())
def test_no_address_but_the_released_ones_is_in_a_bundle(address: object) -> None:
    text = str(address)
    assert leaked(f'{{"comment": "see {text}."}}', "", [], {text}) == ""
    assert "address" in leaked(f'{{"comment": "see {text}."}}', "", [], set())


def test_a_random_id_that_reads_as_an_address_is_no_leak_and_hides_none() -> None:
    """Two colons in hex: one id of several thousand has them, and nothing could be shared with it."""
    blank = '{"id": "r-3a3a00112233", "comment": ""}'
    assert leaked(blank.replace('""', '"for review"'), blank, [], set()) == ""
    assert "address" in leaked(blank.replace('""', '"see ::"'), blank, [], set())
    assert "address" in leaked(blank.replace('""', '"see 2001:db8::7"'), blank, [], set())


def test_words_that_every_bundle_has_are_no_leak() -> None:
    canary = [Canary(kind="an account", text="comment")]
    assert leaked('{"comment": "x"}', '{"comment": ""}', canary, set()) == ""
    assert leaked('{"comment": "comment"}', '{"comment": ""}', canary, set()) == "an account"


@given(st.text(max_size=200))
def test_every_text_can_be_read(text: str) -> None:
    views = Views(text)
    assert list(views.addresses()) is not None
    assert views.words() is not None
    assert isinstance(refused_note(text, CANARIES, ALLOWED), str)
