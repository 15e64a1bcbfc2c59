"""The same account exported in English, German and Azerbaijani gives the same events.

The trees are those of real exports (``export-path-lists``: names only); every listed file is there, those that hold
logins with rows of a fictional account, the others empty. The Azerbaijani tree carries the translated names.
"""

# ruff: noqa: RUF001 - localised names

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from forensics.event_store import connect
from forensics.pipeline.analyze import analyze
from forensics.pipeline.request import Request
from tests.pipeline.march import ROOT

LISTS = Path(os.environ.get("FORENSICS_SPECIMENS", ROOT.parent / "shared" / "specimens")) / "export-path-lists"
needs_lists = pytest.mark.skipif(not LISTS.is_dir(), reason=f"the path lists are not here: {LISTS}")

TREES = {"en": "google_takeout_en.txt", "de": "google_takeout_de.txt", "az": "google_takeout_en.txt"}
ACTIVITIES = {
    "en": "Access Log Activity/Activities - A list of Google services accessed by.csv",
    "de": "Zugriffsprotokollaktivitäten/Aktivitäten – eine Liste der Google-Dienste, auf d.csv",
    "az": "Giriş jurnalı fəaliyyəti/Fəaliyyətlər – cihazların daxil olduğu Google xidmət.csv",
}
MY_ACTIVITY = {
    "en": "My Activity/Takeout/MyActivity.json",
    "de": "Meine Aktivitäten/Takeout/MeineAktivitäten.json",
    "az": "Mənim fəaliyyətim/Takeout/MənimFəaliyyətim.json",
}
TITLES = {"en": "Created an archive", "de": "Archiv erstellt", "az": "Arxiv yaradıldı"}
INSTAGRAM = {
    "en": ("Cookie Name", "IP Address", "Language Code", "Time", "User Agent"),
    "de": ("Cookie-Name", "IP-Adresse", "Sprachcode", "Zeit", "Nutzer-Agent"),
    "az": ("Kuki adı", "IP ünvanı", "Dil kodu", "Vaxt", "İstifadəçi agenti"),
}
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0.3987.132 Safari/537.36"
HEADER = (
    "Gaia ID,Activity Timestamp,IP Address,Proxiedhost IP Address,Is Non-routable IP Address,Activity Country,"
    "Activity Region,Activity City,User Agent String,Product Name,Sub-Product Name,Activity Type,Gmail Access Channel"
)


def mojibake(text: str) -> str:
    """Escape UTF-8 bytes as characters, as Meta does."""
    return text.encode().decode("latin-1")


def contents(language: str) -> dict[str, bytes]:
    rows = [
        f'1,2020-03-11 0{hour}:58:07 UTC,203.0.113.{hour + 40},,false,,,,"{AGENT}",Gmail,,{kind},'
        for hour, kind in ((0, "Login"), (1, "Other"), (2, "Login"))
    ]
    export = [
        {
            "header": "Takeout",
            "title": TITLES[language],
            "time": "2020-03-11T01:05:21.442Z",
            "products": ["Takeout"],
            "subtitles": [{"name": "Gmail"}],
        }
    ]
    return {
        ACTIVITIES[language]: "\n".join([HEADER, *rows, ""]).encode(),
        MY_ACTIVITY[language]: json.dumps(export, ensure_ascii=False).encode(),
    }


def login_activity(language: str) -> bytes:
    cookie, address, code, time, agent = (mojibake(key) for key in INSTAGRAM[language])
    items = [
        {
            "title": f"2020-03-11T0{hour}:12:05+00:00",
            "media_map_data": {},
            "string_map_data": {
                cookie: {"href": "", "value": "ds_user=***", "timestamp": 0},
                address: {"href": "", "value": f"198.51.100.{hour + 20}", "timestamp": 0},
                code: {"href": "", "value": language, "timestamp": 0},
                time: {"href": "", "value": "", "timestamp": 1583888025 + hour * 3600 + 300},
                agent: {"href": "", "value": "Instagram 130.0.0.31.121 Android (28/9; 480dpi)", "timestamp": 0},
            },
        }
        for hour in range(3)
    ]
    return json.dumps({"account_history_login_history": items}).encode()


def listed(name: str) -> list[str]:
    return [
        line.strip().removeprefix("./")
        for line in (LISTS / name).read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def translated(path: str) -> str:
    return path.replace("My Activity", "Mənim fəaliyyətim").replace("Location History", "Məkan tarixçəsi")


def takeout(folder: Path, language: str) -> Path:
    made = contents(language)
    names = [translated(name) if language == "az" else name for name in listed(TREES[language])]
    path = folder / "takeout-20200312T094455Z-001.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in [*[name for name in names if name not in made], *made]:
            archive.writestr(f"Takeout/{name}", made.get(name, b""))
    return path


def instagram(folder: Path, language: str) -> Path:
    path = folder / "instagram-the_editor_example-2020-03-12-Ab3dEf9h.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in listed("instagram_2022-09_json.txt"):
            inner = name.removeprefix("instagram/")
            archive.writestr(inner, login_activity(language) if inner.endswith("login_activity.json") else b"")
    return path


COLUMNS = "provider, kind, action, time, zone_basis, address, user_agent, outcome, initiator"


def events(folder: Path, language: str) -> list[tuple[Any, ...]]:
    folder.mkdir()
    paths = (str(takeout(folder, language)), str(instagram(folder, language)))
    outcome = analyze(Request(paths=paths, case=folder / "case"))
    assert outcome.inputs.coverage.rejections == 0
    with connect(outcome.case.path) as connection:
        found = connection.sql(f"select {COLUMNS} from events order by all").to_arrow_table().to_pylist()  # noqa: S608 - ours
    return [tuple(row.values()) for row in found]


@needs_lists
def test_one_account_in_three_languages_gives_the_same_events(tmp_path: Path) -> None:
    found = {language: events(tmp_path / language, language) for language in TREES}
    assert len(found["en"]) == 7
    assert {row[2] for row in found["en"]} >= {"login", "export_requested"}
    assert found["en"] == found["de"] == found["az"]
