# ruff: noqa: RUF001
# Reason: the tables hold words of other alphabets on purpose.
"""Facebook's and Instagram's own words for what happened, and what they mean here.

Matching is exact after folding (case, accents of the Turkic i, ё, underscores, runs of spaces, a final full stop):
a text that is not listed means ``Action.OTHER``, never a guess. English texts follow the published names; the other languages
are the providers' usual wording and are listed where a wrong reading is not possible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from forensics.model import Action, Initiator, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a provider's text means."""

    action: Action
    outcome: Outcome = Outcome.UNKNOWN
    initiator: Initiator = Initiator.UNKNOWN


UNLISTED = Meaning(action=Action.OTHER)


@lru_cache(maxsize=8_192)  # an export repeats few labels and texts many times
def fold(text: str) -> str:
    """Fold a text for comparison: case, dotted and dotless i, ё, underscores, spaces, a final full stop."""
    lowered = text.casefold().replace("\u0307", "").replace("ı", "i").replace("ё", "е").replace("_", " ")
    return " ".join(lowered.split()).rstrip(".").rstrip()


_TABLE: tuple[tuple[Meaning, str], ...] = (
    (
        Meaning(action=Action.LOGIN, outcome=Outcome.SUCCESS, initiator=Initiator.USER),
        """login|log in|logged in|sign in|signed in|new login|login success|login successful
        anmeldung|angemeldet|einloggen|connexion|connecté|inicio de sesión|sesión iniciada|início de sessão|accesso
        вход|вход в систему|вход в аккаунт|выполнен вход|giriş|giriş yapıldı|oturum açma|oturum açıldı
        daxil olma|daxil olundu|hesaba giriş""",
    ),
    (
        Meaning(action=Action.LOGOUT, outcome=Outcome.SUCCESS, initiator=Initiator.USER),
        """logout|log out|logged out|sign out|signed out
        abmeldung|abgemeldet|ausloggen|déconnexion|déconnecté|cierre de sesión|sesión cerrada
        выход|выход из системы|выход из аккаунта|çıkış|çıkış yapıldı|oturum kapatma|çıxış|hesabdan çıxış""",
    ),
    (
        Meaning(action=Action.SESSION),
        """session updated|session update|session created|session started|session
        sitzung aktualisiert|session mise à jour|sesión actualizada
        сеанс обновлен|сессия обновлена|oturum güncellendi|sessiya yeniləndi""",
    ),
    (
        Meaning(action=Action.SESSION_ENDED),
        """web session terminated|mobile session terminated|session terminated|session ended|session expired
        websitzung beendet|mobile sitzung beendet|sitzung beendet|session web terminée|session mobile terminée
        session terminée|sesión web finalizada|sesión móvil finalizada|sesión finalizada
        веб-сеанс завершен|мобильный сеанс завершен|сеанс завершен|web oturumu sonlandırıldı
        mobil oturum sonlandırıldı|oturum sonlandırıldı|veb sessiyası bitdi|mobil sessiya bitdi|sessiya bitdi""",
    ),
    (
        Meaning(action=Action.PASSWORD_CHANGED, outcome=Outcome.SUCCESS),
        """password change|password changed|change password|changed password|password reset|reset password
        passwortänderung|passwort geändert|passwort zurückgesetzt|changement de mot de passe|mot de passe modifié
        mot de passe réinitialisé|cambio de contraseña|contraseña cambiada|contraseña modificada
        смена пароля|изменение пароля|пароль изменен|сброс пароля|şifre değişikliği|şifre değiştirildi
        parola değişikliği|parol dəyişikliyi|parol dəyişdirildi|şifrə dəyişdirildi""",
    ),
    (
        Meaning(action=Action.LOGIN_FAILED, outcome=Outcome.FAILURE),
        """failed login|login failed|login failure|failed login attempt|unsuccessful login|incorrect password
        anmeldung fehlgeschlagen|échec de connexion|inicio de sesión fallido|неудачная попытка входа
        başarısız giriş|uğursuz giriş""",
    ),
    (
        Meaning(action=Action.LOGIN_FAILED, outcome=Outcome.BLOCKED),
        "login blocked|blocked login|login attempt blocked|suspicious login blocked",
    ),
    (
        Meaning(action=Action.OTHER, outcome=Outcome.CHALLENGE),
        "checkpoint|checkpoint displayed|login checkpoint|security checkpoint",
    ),
    (
        Meaning(action=Action.TWO_FACTOR_CHANGED),
        """two-factor authentication enabled|two-factor authentication disabled|two-factor authentication turned on
        two-factor authentication turned off|login approvals enabled|login approvals disabled
        two-factor authentication changed|two factor authentication changed""",
    ),
    (
        Meaning(action=Action.RECOVERY_CHANGED),
        """email added|added email|email removed|removed email|email changed|email change|changed email
        contact email added|contact email removed|phone added|added phone|phone removed|removed phone
        phone number added|phone number removed|phone number changed|mobile number added|mobile number removed
        mobile number changed|contact point added|contact point removed
        e-mail-adresse hinzugefügt|e-mail-adresse entfernt|adresse e-mail ajoutée|adresse e-mail supprimée
        correo electrónico añadido|correo electrónico eliminado""",
    ),
    (
        Meaning(action=Action.DEVICE_ADDED),
        "device added|new device|device recognized|recognized device added|trusted device added",
    ),
    (
        Meaning(action=Action.EXPORT_REQUESTED, outcome=Outcome.SUCCESS),
        """download your information requested|profile information download requested|data download requested
        information download requested|requested download of information""",
    ),
    (
        Meaning(action=Action.EXPORT_READY, outcome=Outcome.SUCCESS),
        "download your information ready|profile information download ready|data download ready",
    ),
    (
        Meaning(action=Action.ACCOUNT_CHANGED),
        """name change|name changed|changed name|username change|username changed|vanity change|vanity changed
        account deactivated|account reactivated|account activated|account deletion requested|account disabled
        account enabled|account privacy changed|privacy changed|profile privacy changed|birthday changed
        security question changed""",
    ),
)


def _folded(table: str) -> frozenset[str]:
    """Fold the texts of a table: ``|`` or a line end between them."""
    return frozenset(fold(text) for line in table.splitlines() for text in line.split("|"))


_MEANINGS = {text: meaning for meaning, table in _TABLE for text in _folded(table)}

_RECOVERY_FIELDS = _folded(
    """email|email address|phone number|mobile number|e-mail|e-mail-adresse|telefonnummer|adresse e-mail
    numéro de téléphone|correo electrónico|número de teléfono|электронный адрес|номер телефона|эл. почта
    e-posta|telefon numarası|telefon nömrəsi|e-poçt"""
)
_TYPE_LABELS = _folded(
    """type|action|event|activity|typ|art|aktion|aktivität|type d’activité|tipo|acción|actividad|тип|действие
    tür|işlem|etkinlik|növ|əməliyyat|fəaliyyət"""
)
_LAST_LOGIN = re.compile(
    r"last log-?in|letzten? (?:anmeldung|login)|dernière connexion|último inicio de sesión|последн\w+ вход\w*"
    r"|son giriş|sonuncu giriş|son daxil olma"
)
_LAST_LOGOUT = re.compile(
    r"last log-?out|letzten? abmeldung|dernière déconnexion|último cierre de sesión|последн\w+ выход\w*"
    r"|son çikiş|son çixiş|sonuncu çixiş"
)


def meaning_of(text: str) -> Meaning:
    """Return what a provider's action text means; ``Action.OTHER`` for every text that is not listed."""
    return _MEANINGS.get(fold(text), UNLISTED)


def is_listed(text: str) -> bool:
    """Whether a text is one of the listed action texts."""
    return fold(text) in _MEANINGS


def is_recovery_field(text: str) -> bool:
    """Whether the name of a changed profile field is an e-mail address or a phone number."""
    return fold(text) in _RECOVERY_FIELDS


def is_type_label(label: str) -> bool:
    """Whether a label announces the action of its record ("Type", "Art", "Тип" and so on)."""
    return fold(label) in _TYPE_LABELS


def is_last_login_label(label: str) -> bool:
    """Whether a label announces the time of the last login."""
    return _LAST_LOGIN.search(fold(label)) is not None


def is_last_logout_label(label: str) -> bool:
    """Whether a label announces the time of the last logout."""
    return _LAST_LOGOUT.search(fold(label)) is not None
