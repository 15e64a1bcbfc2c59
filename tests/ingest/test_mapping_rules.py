# ruff: noqa: RUF001 - texts of providers are in Cyrillic
"""What the rules of the mappings that come with the tool say about texts: nothing that failed or was only asked is done."""

from __future__ import annotations

import json

import pytest

from forensics.ingest.mapping_event import meaning_of
from forensics.ingest.mapping_format import shipped
from tests.ingest.reading import read_bytes

PAGES = ("yandex_id_history", "mailru_sessions", "yahoo_login_history", "dropbox_security_page")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Вход в аккаунт", "login"),
        ("Успешный вход", "login"),
        ("Signed in", "login"),
        ("New sign-in", "login"),
        ("Вход с двухфакторной аутентификацией", "login"),
        ("Неудачная попытка входа", "login_failed"),
        ("Вход с неверным паролем", "login_failed"),
        ("Failed sign-in", "login_failed"),
        ("Не удалось сменить пароль", "activity"),
        ("Запрос на смену пароля", "activity"),
        ("Password reset requested", "activity"),
        ("Login code sent", "activity"),
        ("Sign-in request", "activity"),
        ("Login alerts turned on", "activity"),
        ("2FA code requested", "activity"),
        ("Отозван доступ приложения", "activity"),
        ("App access revoked", "activity"),
        ("Account recovery started", None),
        ("Завершена проверка телефона", None),
        ("Suspicious sign-in", "alert"),
        ("Заблокирован вход", "alert"),
        ("Смена пароля", "password_changed"),
        ("Password changed", "password_changed"),
        ("Удалён резервный адрес почты", "recovery_changed"),
        ("Recovery phone changed", "recovery_changed"),
        ("Включена двухфакторная аутентификация", "two_factor_changed"),
        ("Two-step verification turned off", "two_factor_changed"),
        ("Создан пароль приложения", "app_authorised"),
        ("Выход", "logout"),
        ("Завершён сеанс", "logout"),
    ],
)
def test_pages_copied_by_hand(name: str, text: str, action: str | None) -> None:
    assert meaning_of(shipped()[name].actions, text).action == action


@pytest.mark.parametrize("name", ["proton_security_log", "proton_organisation_events"])
@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Login success", "login"),
        ("Login: 2FA required", "activity"),
        ("Login failure (password)", "login_failed"),
        ("Password change", "password_changed"),
        ("Password reset requested", "activity"),
        ("Password change failed", "activity"),
        ("Re-authentication failure (password)", "activity"),
        ("Two-factor authentication disabled", "two_factor_changed"),
        ("Two-factor authentication required", None),
        ("Recovery email changed", "recovery_changed"),
    ],
)
def test_events_of_proton(name: str, text: str, action: str | None) -> None:
    assert meaning_of(shipped()[name].actions, text).action == action


@pytest.mark.parametrize("name", PAGES)
def test_a_suspicious_sign_in_is_not_called_blocked(name: str) -> None:
    assert meaning_of(shipped()[name].actions, "Suspicious sign-in").outcome is None
    assert str(meaning_of(shipped()[name].actions, "Sign-in blocked").outcome) == "blocked"


def test_a_discord_address_whose_last_part_was_cut_off_names_no_client() -> None:
    """In a published package of 2016-2018 every address ends in .0, logins among them: that is a network of 256."""
    lines = [
        {
            "event_type": "login_successful",
            "event_id": "a",
            "user_id": "1",
            "country_code": "DE",
            "ip": ip,
            "timestamp": at,
        }
        for ip, at in (("203.0.113.0", "2018-03-11T02:49:39.259Z"), ("203.0.113.10", "2018-03-11T02:50:39.259Z"))
    ]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    cut, whole = read_bytes(data, "events-2018-00000-of-00001.json")[1].rows
    assert (cut["address"], cut["address_form"], cut["address_text"]) == (None, "masked", "203.0.113.0")
    assert (whole["address"], whole["address_form"], whole["action"]) == ("203.0.113.10", "v4", "login")
