# ruff: noqa: RUF001 - labels in the account's language
"""JSON and HTML of one Facebook account are the same events in every language; two accounts side by side share nothing."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forensics.case import CaseFacts, CaseFolder
from forensics.event_store import connect
from forensics.pipeline import same_facts
from forensics.pipeline.analyze import analyze
from forensics.pipeline.reading import read_all, take_in
from forensics.pipeline.request import Request

FOLDER = "security_and_login_information"
ZONE = "logged_information/location/timezone.html"
STAMP = 1773190785
BAKU, BERLIN = "Asia/Baku", "Europe/Berlin"
WORDS = {
    "en": ("Mar", "IP address", ("Login", "Session updated", "Password change", "Web session terminated")),
    "de": ("Mär", "IP-Adresse", ("Anmeldung", "Sitzung aktualisiert", "Passwortänderung", "Websitzung beendet")),
    "az": ("mar", "IP ünvanı", ("Daxil olma", "Sessiya yeniləndi", "Parol dəyişikliyi", "Veb sessiyası bitdi")),
    "ru": ("мар", "IP-адрес", ("Вход", "Сеанс обновлен", "Смена пароля", "Веб-сеанс завершен")),
}


def shown(stamp: int, month: str, zone: str) -> str:
    """Return a time as Facebook's pages write it."""
    wall = datetime.fromtimestamp(stamp, UTC).astimezone(ZoneInfo(zone))
    half = "am" if wall.hour < 12 else "pm"
    return f"{month} {wall.day:02}, {wall.year} {wall.hour % 12 or 12}:{wall:%M:%S} {half}"


def page(*sections: tuple[str, str, str, str]) -> str:
    records = "".join(
        f'<section class="_a6-g"><h2>{title}</h2><table><tr><td class="_a6_q">{label}</td><td class="_a6_r">{value}</td></tr>'
        f'</table><footer class="_a6-o"><div class="_a72d">{stamp}</div></footer></section>'
        for title, label, value, stamp in sections
    )
    return f"<html><head><style>._a6-g{{}}</style></head><body>{records}</body></html>"


def export(folder: Path, account: str, language: str, zone: str, *, packed: bool = True) -> None:
    """Write the JSON, the pages and the zone of one account as three parts, each with its own name."""
    month, label, actions = WORDS[language]
    rows = [(text, f"203.0.113.{40 + n}", STAMP + len(account) + 60 * n) for n, text in enumerate(actions)]
    listed = [
        {"action": text.encode().decode("latin-1"), "ip_address": seen, "timestamp": at} for text, seen, at in rows
    ]
    pages = page(*((text, label, seen, shown(at, month, zone)) for text, seen, at in rows))
    name = f"facebook-{account}-2026-05-14"
    for part, member, text in (
        ("a1b2c3d4", f"{FOLDER}/account_activity.json", json.dumps({"account_activity_v2": listed})),
        ("9f8e7d6c-1", f"{FOLDER}/account_activity.html", pages),
        ("0a1b2c3d-2", ZONE, page(("", "x", zone, ""))),
    ):
        if packed:
            with zipfile.ZipFile(folder / f"{name}-{part}.zip", "w") as file:
                file.writestr(zipfile.ZipInfo(member), text)
        else:
            target = folder / f"{name}-{part}" / member
            target.parent.mkdir(parents=True)
            target.write_text(text, encoding="utf-8")


def rows_of(tmp_path: Path, evidence: Path) -> list[tuple[str, str, str]]:
    """Read a folder; return account, action and rule of the link of every event."""
    case = CaseFolder.create(tmp_path / "case", CaseFacts(id="a"))
    read_all(case, take_in(case, [str(evidence)]))
    same_facts.link(case.path)
    with connect(case.path) as connection:
        return connection.sql(
            "select account, action, coalesce(rule, '') from events left join same_as using (event_id)"
        ).fetchall()


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("language", list(WORDS))
def test_json_and_html_are_the_same_events(tmp_path: Path, language: str, *, packed: bool) -> None:
    evidence = tmp_path / "received"
    evidence.mkdir()
    export(evidence, "editor.example", language, BAKU, packed=packed)
    found = [row for row in rows_of(tmp_path, evidence) if row[1] != "other"]
    assert {row[0] for row in found} == {"editor.example"}
    assert sorted(row[2] for row in found) == [""] * 4 + ["same instant"] * 4
    assert sorted({row[1] for row in found}) == ["login", "password_changed", "session", "session_ended"]


@pytest.mark.parametrize("zones", [(BAKU, BERLIN), (BAKU, BAKU)])
@pytest.mark.parametrize("packed", [True, False])
def test_two_accounts_side_by_side_share_nothing(tmp_path: Path, zones: tuple[str, str], *, packed: bool) -> None:
    """Also where both exports hold the very same zone file."""
    evidence = tmp_path / "received"
    evidence.mkdir()
    for account, zone in zip(("editor.example", "reporter.example"), zones, strict=True):
        export(evidence, account, "en", zone, packed=packed)
    found = [row for row in rows_of(tmp_path, evidence) if row[1] == "login"]
    assert sorted((row[0], row[2]) for row in found) == [
        (account, rule) for account in ("editor.example", "reporter.example") for rule in ("", "same instant")
    ]


def test_pages_without_a_zone_are_dated_by_their_twin_in_a_finding(tmp_path: Path) -> None:
    """Nothing in the pages or beside them names the zone; the JSON of the same account reveals it, and it is said."""
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    export(evidence, "editor", "en", BAKU)
    for archive in evidence.iterdir():
        with zipfile.ZipFile(archive) as opened:
            zoned = any(name.endswith(ZONE) for name in opened.namelist())
        if zoned:
            archive.unlink()
    outcome = analyze(Request(paths=(str(evidence),), case=tmp_path / "analysed"))
    (found,) = [item for item in outcome.judged.findings if item.kind == "clock_conflict"]
    assert "UTC+04:00" in found.statement
    assert (found.facts["add_minutes"], found.facts["rows"]) == (-240, 4)
