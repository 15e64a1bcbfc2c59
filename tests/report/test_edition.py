"""Editions: canaries in every field are hidden from the public, contacts from the court, nothing from the custodian."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import PolicyError
from forensics.model import Finding, Role
from forensics.report import findings_text, render_html
from forensics.report.edition import KEY_BYTES, Edition, Redactor, redact
from forensics.report.view import CaseView
from forensics.sentence import paragraph, say, say_n
from tests.report import views

KEY = bytes(range(KEY_BYTES))


def redactor(edition: Edition = Edition.PUBLIC, allowed: tuple[str, ...] = (), **secrets: set[str]) -> Redactor:
    return Redactor(KEY, edition, secrets, allowed)


def told(statement: str) -> CaseView:
    finding = Finding(
        id="F-1", kind="deletion", statement=statement, strength=None, basis=(), alternatives=(), challenge=""
    )
    return CaseView(case_id="c", findings=(finding,))


def test_the_same_text_has_the_same_mark_and_the_key_gives_it_back() -> None:
    one, two = redactor(account={"editor"}), redactor(account={"editor"})
    assert one.text("from editor to EDITOR") == two.text("from editor to EDITOR")
    mark = one.mark("account", "editor")
    assert one.hidden[mark] == ("account", "editor")
    assert Redactor(bytes(32), Edition.PUBLIC, {}, ()).mark("account", "editor") != mark


def test_words_that_only_contain_a_secret_stay() -> None:
    held = redactor(account={"192.0.2.1", "ann"})
    assert held.text("192.0.2.14 annual ann.") == f"192.0.2.14 annual {held.mark('account', 'ann')}."


def test_a_sentence_keeps_its_words_and_loses_its_quotations() -> None:
    held = redactor(allowed=("google", "203.0.113.45"), account={"account"})
    said = say(
        "the account {a} at {b} on {c} from {d}", a="account", b="google", c="2020-03-11 00:43:10", d="203.0.113.45"
    )
    assert (
        held.text(said)
        == f"the account {held.mark('account', 'account')} at google on 2020-03-11 00:43:10 from 203.0.113.45"
    )
    group = paragraph([say_n("{n} group: {name}", "{n} groups: {name}", 3, name="Canary Club"), "Canary"])
    assert "Club" not in held.text(group)
    assert held.text(group).startswith("3 groups: [text ")


def test_a_court_reads_accounts_and_no_contacts_of_others() -> None:
    held = redactor(Edition.COURT, account={"editor@mail.example"})
    shown = held.text("editor@mail.example wrote to friend@other.example and +994 50 000 00 00")
    assert shown.startswith("editor@mail.example wrote to [mail ")
    assert "friend" not in shown
    assert "+994" not in shown
    assert redactor(Edition.CUSTODIAN, account={"x"}).text("x friend@other.example") == "x friend@other.example"


def test_nothing_of_the_owner_is_in_a_public_page_or_text() -> None:
    view = views.rich()
    shown, held = redact(view, Edition.PUBLIC, KEY, {"note": {"canary-note"}})
    page = held.check(render_html(shown)).decode() + "\n".join(findings_text(shown))
    secrets = {item.address for item in view.addresses if item.role is not Role.UNEXPLAINED}
    secrets |= {row.exhibit.name for row in view.exhibits} | {lane.account for lane in view.lanes}
    secrets |= {view.title, view.examiner, view.mandate, view.reference}
    assert [text for text in secrets if len(text) > 3 and text in page] == []
    assert held.counts
    whole, none = redact(view, Edition.CUSTODIAN, KEY, {})
    assert whole is view
    assert not none.hidden


def test_a_contact_that_a_court_could_still_read_is_refused() -> None:
    held = redactor(Edition.COURT)
    held.text("friend@other.example")
    with pytest.raises(PolicyError, match="mail: 1"):
        held.check(b"<p>friend@other.example</p>")


def test_a_page_in_which_something_is_left_is_refused() -> None:
    held = redactor(account={"canary-account"})
    with pytest.raises(PolicyError, match="account: 1"):
        held.check(b"<p>Canary-Account</p>")
    assert held.check(b"<p>x</p>") == b"<p>x</p>"


@given(st.text(min_size=1, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_quotation_of_any_kind_passes_by_default(secret: str, before: str, after: str) -> None:
    statement = say("{before} said {secret} and {after}", before=before, secret=f"canary{secret}", after=after)
    shown, _ = redact(told(statement), Edition.PUBLIC, KEY, {})
    assert "canary" not in shown.findings[0].statement


@given(st.sampled_from(["account", "client", "device"]), st.text(min_size=1, max_size=20))
def test_redacting_twice_changes_nothing_more(kind: str, secret: str) -> None:
    view = replace(told("plain canary text"), title=secret)
    once, held = redact(view, Edition.PUBLIC, KEY, {kind: {"canary"}})
    assert once.findings[0].statement == f"plain {held.mark(kind, 'canary')} text"
