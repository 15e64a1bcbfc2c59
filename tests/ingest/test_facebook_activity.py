# ruff: noqa: RUF001
# Reason: the texts of other alphabets are the point of these tests.
"""Facebook groups and notifications: what is read from texts, and what must not be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.notification_texts import notice
from tests.ingest.reading import claimants, read_bytes


def read(document: Any) -> tuple[list[dict[str, Any]], dict[str, int]]:
    coverage, sink = read_bytes(json.dumps(document).encode(), "renamed.bin")
    assert coverage.format == "facebook_activity"
    return sink.rows, dict(coverage.unused)


def notification(text: str) -> dict[str, Any]:
    return {"timestamp": 1_583_893_862, "unread": False, "href": "https://www.facebook.com/example", "text": text}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('The Editor deleted the group "Women of the town".', "Women of the town"),
        ('The group "Women of the town" was deleted.', "Women of the town"),
        ("Your group Women of the town has been permanently deleted", "Women of the town"),
        ("The group Not a crime was deleted", "Not a crime"),
        ('The group "Why not" was deleted', "Why not"),
        ("Redaktor “8 Mart yürüşü” qrupunu sildi.", "8 Mart yürüşü"),
        ("“8 Mart yürüşü” qrupu silinib", "8 Mart yürüşü"),
        ("Редактор удалил(а) группу «8 марта».", "8 марта"),
        ("Die Editorin hat die Gruppe „8. März“ gelöscht.", "8. März"),
        ("La rédactrice a supprimé le groupe « 8 mars ».", "8 mars"),
        ("La editora eliminó el grupo «8 de marzo».", "8 de marzo"),
        ('Editör, "8 Mart" adlı grubunu sildi.', "8 Mart"),
    ],
)
def test_a_deleted_group_is_inferred_from_a_notification_and_says_so(text: str, name: str) -> None:
    rows, _ = read({"notifications_v2": [notification(text.encode().decode("latin-1"))]})
    detail = json.loads(rows[0]["detail"])
    assert (rows[0]["action"], rows[0]["action_text"], detail["group"]) == ("group_deleted", text, name)
    assert detail["ground"].startswith("inferred from a notification")


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("You requested a download of your profile information.", "export_requested"),
        ("Your Facebook information file is ready to download.", "export_ready"),
        ("A copy of your Facebook data is now available to download.", "export_ready"),
        ("Your password was changed.", "password_changed"),
        ("We noticed a new login from a device or location you don't usually use.", "alert"),
        ("A phone number was added to your account.", "recovery_changed"),
        ("Two-factor authentication was turned off.", "two_factor_changed"),
        ("Two-factor authentication is turned off. Turn it on to protect your account.", "alert"),
        (
            "Your password was changed on Monday, March 9 at 4:58 AM. If it wasn't you, secure your account.",
            "password_changed",
        ),
        ("Your group post was deleted", "content_deleted"),
        ("123456 is your Facebook confirmation code", "code_sent"),
        ("Parolunuz dəyişdirildi.", "password_changed"),
        ("Ваш пароль был изменён.", "password_changed"),
        ("Hesabınıza yeni giriş: Windows, Chrome", "alert"),
        ("Deine Facebook-Informationen stehen zum Download bereit.", "export_ready"),
        ("Vous avez demandé une copie de vos informations Facebook.", "export_requested"),
        ("Has solicitado una copia de tu información.", "export_requested"),
        ("Şifren değiştirildi.", "password_changed"),
    ],
)
def test_texts_about_access_and_exports(text: str, action: str) -> None:
    found = notice(text)
    assert found is not None
    assert found.action == action


@pytest.mark.parametrize(
    "text",
    [
        'A colleague commented on your post: "the group X was deleted."',
        'A colleague mentioned you: "A colleague deleted the group"',
        'A colleague shared: "Your password was changed."',
        "A colleague likes your photo.",
        "Tu contraseña es débil.",
        "The group March has a new post.",
        "Your event photo archive is beautiful.",
        "Your password was changed 3 years ago. Consider a new one.",
        "Your request to download your information has expired.",
        "You can now download your reels.",
        "You asked for a copy of your receipt.",
        "Your phone number was added to your friend's contacts",
        "Группа Новости будет удалена",
        "Группа Новости не удалена",
        "Файл с информацией скоро будет готов к скачиванию",
        "Ваш пароль был изменен 2 года назад",
        "Du hast diesen Download nicht angefordert",
        "Deine Informationen stehen noch nicht zum Download bereit",
        "Tu descarga aún no está lista",
        "Tu contraseña se cambió hace 2 años",
        "Votre mot de passe a été modifié il y a 3 ans",
        "",
        "x" * 5_000,
    ],
)
def test_other_texts_and_quoted_words_of_others_mean_nothing(text: str) -> None:
    assert notice(text) is None


def test_other_notifications_are_counted_as_not_used() -> None:
    rows, unused = read({"notifications": [notification("A colleague likes your photo."), notification("Hello")]})
    assert (rows, unused) == ([], {"notification about other things": 2})


def test_an_address_in_an_alert_is_read() -> None:
    rows, _ = read({"notifications": [notification("New login from Chrome on Windows (203.0.113.45).")]})
    assert (rows[0]["address"], rows[0]["initiator"]) == ("203.0.113.45", "provider")


def test_group_membership_of_both_eras_and_a_bare_record() -> None:
    old = {"timestamp": 1, "title": "joined", "attachments": [{"data": [{"name": "March"}]}]}
    new = {"timestamp": 1, "title": "joined", "data": [{"name": "March"}]}
    for document in (
        {"groups_joined": [old]},
        {"groups_joined_v2": [new]},
        {"groups_admined_v2": {"name": "March", "timestamp": 1}},
    ):
        rows, _ = read(document)
        assert (rows[0]["action"], json.loads(rows[0]["detail"])["group"]) == ("activity", "March")


@pytest.mark.parametrize(
    "document",
    [{"notifications": [{"text": "x", "timestamp": 1}]}, {"notifications": []}, {"groups_joined": [{"x": 1}]}],
)
def test_lists_of_other_programs_are_not_claimed(document: dict[str, Any]) -> None:
    assert claimants(json.dumps(document).encode(), "notifications.json") == ()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_decided_without_failing(text: str) -> None:
    found = notice(text)
    assert found is None or found.language


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.characters(exclude_characters='"“”„«»:', exclude_categories=("C", "Z")), min_size=1, max_size=60
    )
)
def test_a_quoted_group_name_comes_back_as_written(name: str) -> None:
    found = notice(f'The group "{name}" was deleted.')
    assert found is not None
    assert found.name == name or name[0] in "'‘" or name[-1] in "'’"


def test_an_empty_or_nameless_record_makes_no_event() -> None:
    assert read({"groups_joined_v2": {}})[0] == []
    _, sink = read_bytes(json.dumps({"groups_joined_v2": ["x"], "groups_admined_v2": []}).encode(), "renamed.bin")
    assert (sink.rows, len(sink.rejections)) == ([], 1)


def test_a_list_that_begins_behind_the_head_is_read() -> None:
    groups = [{"timestamp": 1_583_893_862, "name": "8 Mart"}]
    rows, _ = read({"notifications_v2": [notification("The group was deleted.")] * 900, "groups_admined_v2": groups})
    assert json.loads(rows[-1]["detail"])["group"] == "8 Mart"
