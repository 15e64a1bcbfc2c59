# ruff: noqa: RUF001
# Reason: the texts of other alphabets are the point of these tests.
"""Properties of the getters that Facebook and Instagram share."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest import fields, meta_labels, meta_values
from forensics.ingest.format import Row
from forensics.ingest.meta_actions import fold, meaning_of
from forensics.model import Action, AddressForm
from tests.ingest.reading import evidence_of

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


def row(record: dict[str, Any]) -> Row:
    return Row(evidence=evidence_of(b"{}", "x.json"), place="/0", fields=record, shared={"account": ""})


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_every_text_that_meta_escapes_comes_back_and_keeps_its_spelling(text: str) -> None:
    written = text.encode().decode("latin-1")
    read = meta_values.reading(row({"a": [{written: written}]}))
    assert read.found == {"a": [{text: text}]}
    if written != text:
        assert json.loads(f'"{read.as_found[text]}"') == written


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXT, TEXT, max_size=5))
def test_repair_never_loses_a_value(record: dict[str, str]) -> None:
    found = meta_values.reading(row({"r": record})).found["r"]
    assert len(found) == len(record)
    assert sorted(found.values()) == sorted(fields.repair_mojibake(value) for value in record.values())


def test_a_repaired_label_does_not_hide_another_value() -> None:
    twice = {"Crédit".encode().decode("latin-1"): "1", "Crédit": "2"}
    assert sorted(meta_values.reading(row(twice)).found.values()) == ["1", "2"]


@pytest.mark.parametrize(
    ("cookie", "device"),
    [
        ("4VrW" + "*" * 20, "datr:4VrW"),
        ("-T9h" + "*" * 20, "datr:-T9h"),
        ("4VrWAbCdEfGhIjKlMnOpQrSt", "datr:4VrW"),
        ("4Vr", ""),
        ("****" + "x" * 8, ""),
        ("a cookie text", ""),
    ],
)
def test_a_masked_and_an_open_cookie_are_the_same_device(cookie: str, device: str) -> None:
    assert meta_values.datr(cookie) == device


@pytest.mark.parametrize(
    ("name", "provider", "account"),
    [
        ("facebook-editor.example/x.json", "facebook", "editor.example"),
        ("facebook-editorexample-2023-10-02-Xy9Zw8Vu/x.json", "facebook", "editorexample"),
        ("folder/facebook-editorexample-02_10_2023-Xy9Zw8Vu/x.json", "facebook", "editorexample"),
        ("instagram-the_editor_example-2025-03-01-Ab3dEf9h/x.json", "instagram", "the_editor_example"),
        ("the_editor_example_20210520/x.json", "instagram", "the_editor_example"),
        ("the_editor_example_20210520/x.json", "facebook", ""),
        ("x.json", "facebook", ""),
        ("facebook-editor.example-2026-05-14-Xy9Zw8Vu-1/x.json", "facebook", "editor.example"),
        ("facebook-editor.example-2026-05-14-Xy9Zw8Vu (1)/x.json", "facebook", "editor.example"),
        ("instagram-the_editor_example-2025-03-01-Ab3dEf9h-2/x.json", "instagram", "the_editor_example"),
        ("the_editor_example_20210520_part_2/x.json", "instagram", "the_editor_example"),
        ("facebook-html/x.html", "facebook", ""),
        ("facebook-20260514/x.html", "facebook", ""),
        ("facebook-login.html", "facebook", ""),
    ],
)
def test_the_root_folder_names_the_account(name: str, provider: str, account: str) -> None:
    assert meta_values.account_hint(evidence_of(b"{}", name), provider) == account


def test_the_archive_names_the_account() -> None:
    for above in ("", "received/", "facebook-html/"):
        evidence = evidence_of(b"{}", "x.json", container=f"{above}facebook-editorexample-2023-10-02-Xy9Zw8Vu.zip")
        assert meta_values.account_hint(evidence, "facebook") == "editorexample"


@settings(max_examples=60, deadline=None)
@given(st.ip_addresses(v=4).map(str))
def test_a_shortened_address_keeps_its_text(address: str) -> None:
    seen = fields.shortened(fields.address(address))
    assert seen.text == address
    assert (seen.address is None) == address.endswith(".0")
    assert (seen.form is AddressForm.MASKED) == address.endswith(".0")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["Login", "Çıxış", "Смена пароля", "web_session_terminated"]),
    st.sampled_from([str.upper, str.lower, str.title]),
)
def test_action_texts_are_case_insensitive(text: str, change: Any) -> None:
    assert meaning_of(change(text)) == meaning_of(text) != meaning_of("no such text")


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_folding_is_stable_and_unlisted_texts_are_other(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert meaning_of(f"{text} x y z").action is Action.OTHER


def test_label_entries_keep_titles_mappings_and_no_nothing() -> None:
    inner = [{"label": "Name", "value": "Editor"}]
    values = [{"title": "Owner", "dict": inner}, {"label": "City", "dict": {"name": "Baku"}}, {"vec": [None, "x"]}]
    found = meta_labels.entries({"label_values": values})
    assert [(e.label, e.value) for e in found] == [("Owner / Name", "Editor"), ("City / name", "Baku"), ("", "x")]
