# ruff: noqa: RUF001, E501
# Reason: the tables hold words of other alphabets on purpose, one pattern a line.
"""What Facebook's notifications say about access, exports and deletions: one declared table per language.

A notification quotes names and words of other people, so every pattern is anchored and leaves no room for quoted
text: ``who`` holds no quotation mark and no colon. A text that fits none says nothing about access or deletion for us.
So does one that denies, announces or reminds (``_UNDONE``: "not ready yet", "will be deleted", "changed 3 years ago").
All wording, English too, follows the provider's usual texts; only the file shape was seen in exports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forensics.model import Action, Outcome

_WHO = r"(?P<who>[^\"“”„«»:]{1,100}?)"
_NAME = r"[\"“”„«'‘]?(?P<name>[^\"“”„«»]{1,300}?)[\"“”„»'’]?"
_DATA = r"(?:[^\"“”„«»:]|(?<=\d):(?=\d)){0,80}"
_OURS = r"(?=.{0,80}\b(?:information|data|profile|account|archive|Facebook)\b)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a notification says: the action, its outcome, and the name it speaks of (group, page)."""

    action: Action
    outcome: Outcome
    language: str
    who: str = ""
    name: str = ""


_TABLES: dict[str, tuple[tuple[Action, str], ...]] = {
    "en": (
        (Action.GROUP_DELETED, rf"{_WHO} (?:has )?(?:permanently )?deleted (?:the|your) group:? {_NAME}"),
        (Action.GROUP_DELETED, rf"(?:The |Your )?group {_NAME} (?:was|has been) (?:permanently )?deleted(?: by {_WHO})?"),
        (Action.CONTENT_DELETED, rf"(?:The |Your )?(?:page|event|account) {_NAME} (?:was|has been) (?:permanently )?deleted"),
        (Action.EXPORT_REQUESTED, rf"You (?:have )?(?:recently )?(?:requested|asked for) (?:a )?(?:download|copy) of your {_OURS}{_DATA}"),
        (Action.EXPORT_REQUESTED, rf"(?:We(?:'ve| have)? received )?your request (?:to|for) download{_OURS}{_DATA}"),
        (Action.EXPORT_REQUESTED, rf"(?:A|Your) download of your {_OURS}{_DATA} (?:was|has been) requested"),
        (Action.EXPORT_READY, rf"Your {_OURS}{_DATA}(?:download|information file)\b{_DATA} (?:is|are) (?:now )?(?:ready|available){_DATA}"),
        (Action.EXPORT_READY, rf"(?:The|A|Your) copy of your {_OURS}{_DATA} (?:is|are) (?:now )?(?:ready|available){_DATA}"),
        (Action.EXPORT_READY, rf"You can now download (?:a copy of )?your {_OURS}{_DATA}"),
        (Action.PASSWORD_CHANGED, rf"(?:Your|The) (?:Facebook )?password (?:was|has been) (?:changed|reset){_DATA}"),
        (Action.PASSWORD_CHANGED, rf"You (?:recently )?(?:changed|reset) your (?:Facebook )?password{_DATA}"),
        (Action.SESSION_ENDED, rf"You(?:'ve| have|'re| are| were)? (?:been )?logged out{_DATA}"),
        (Action.TWO_FACTOR_CHANGED, rf"Two-factor authentication (?:was|has been|is now) (?:turned )?(?:on|off|enabled|disabled)\b{_DATA}"),
        (Action.ALERT, r"Two-factor authentication is (?:turned )?(?:on|off|enabled|disabled)\b.{0,200}"),
        (Action.RECOVERY_CHANGED, rf"(?:An?|The|Your)? ?(?:new )?(?:email|phone|mobile){_DATA} (?:was|has been) (?:added to|removed from) your (?:Facebook |Meta )?(?:account|profile)\b{_DATA}"),
        (Action.CODE_SENT, r"(?:\d{5,8} is your|Your) [^\"“”:]{0,30}(?:login|confirmation|security|recovery) code.{0,80}"),
        (Action.ALERT, r"(?:We noticed |There was )?(?:an? )?(?:new|unrecogni[sz]ed|unusual|suspicious) log[- ]?in\b.{0,200}"),
        (Action.ALERT, r"(?:Did you (?:just |recently )?log in|Was this you|Your account was (?:recently )?(?:logged into|accessed)).{0,200}"),
        (Action.ALERT, r"(?:Someone|We think someone)[^\"“”:]{0,60}\blog(?:ged)? in.{0,200}"),
    ),
    "az": (
        (Action.GROUP_DELETED, rf"{_WHO} {_NAME} qrupunu sildi"),
        (Action.GROUP_DELETED, rf"{_NAME} qrupu silin(?:di|ib|mişdir)"),
        (Action.EXPORT_REQUESTED, rf"(?:Siz )?{_DATA}(?:məlumat|surət|nüsxə){_DATA}(?:tələb|sorğu) et(?:diniz|misiniz)"),
        (Action.EXPORT_READY, rf"{_DATA}(?:məlumat|fayl|surət|nüsxə){_DATA}(?:endir|yüklə){_DATA}hazırdır"),
        (Action.PASSWORD_CHANGED, r"(?:Parolunuz|Şifrəniz) dəyiş(?:dirildi|dirilib|di|ib)"),
        (Action.ALERT, r"(?:Hesabınıza )?yeni (?:giriş|cihazdan (?:giriş|daxil)).{0,200}"),
    ),
    "ru": (
        (Action.GROUP_DELETED, rf"{_WHO} удалил(?:а|и|\(а\))? группу {_NAME}"),
        (Action.GROUP_DELETED, rf"Группа {_NAME} (?:была )?удалена"),
        (Action.EXPORT_REQUESTED, rf"Вы запросили (?:скачивание|копию|загрузку) {_DATA}"),
        (Action.EXPORT_READY, rf"{_DATA}(?:файл|копия|архив|информаци)\w*{_DATA} готов[аы]? к (?:скачиванию|загрузке)"),
        (Action.PASSWORD_CHANGED, rf"(?:Ваш пароль (?:был )?(?:изменен|изменён|сброшен)|Вы изменили (?:свой )?пароль){_DATA}"),
        (Action.ALERT, r"(?:(?:Мы заметили|Обнаружен) )?(?:новый|необычный|подозрительный) вход.{0,200}"),
    ),
    "de": (
        (Action.GROUP_DELETED, rf"{_WHO} hat die Gruppe {_NAME} gelöscht"),
        (Action.GROUP_DELETED, rf"(?:Die |Deine )?Gruppe {_NAME} wurde (?:dauerhaft )?gelöscht"),
        (Action.EXPORT_REQUESTED, rf"Du hast {_DATA}(?:Kopie|Download){_DATA} angefordert"),
        (Action.EXPORT_READY, rf"(?:Deine|Die|Eine) {_DATA}(?:Informationen|Daten|Datei|Kopie){_DATA} (?:steht|stehen|ist|sind) {_DATA}(?:Download|Herunterladen) bereit"),
        (Action.PASSWORD_CHANGED, rf"Dein (?:Facebook-)?Passwort wurde (?:geändert|zurückgesetzt){_DATA}"),
        (Action.ALERT, r"(?:Wir haben eine )?(?:neue|ungewöhnliche|unbekannte|verdächtige) Anmeldung.{0,200}"),
    ),
    "fr": (
        (Action.GROUP_DELETED, rf"{_WHO} a supprimé le groupe {_NAME}"),
        (Action.GROUP_DELETED, rf"(?:Le |Votre )?groupe {_NAME} a été supprimé"),
        (Action.EXPORT_REQUESTED, rf"Vous avez demandé (?:le téléchargement|une copie) de vos {_DATA}"),
        (Action.EXPORT_READY, rf"(?:Vos|Votre|La) {_DATA}(?:informations|données|fichier|copie){_DATA} (?:est|sont) (?:maintenant )?prête?s? (?:à|pour) {_DATA}téléchargé?\w*"),
        (Action.PASSWORD_CHANGED, rf"Votre mot de passe (?:Facebook )?a été (?:modifié|changé|réinitialisé){_DATA}"),
        (Action.ALERT, r"(?:Nous avons (?:remarqué|détecté) une )?(?:nouvelle connexion|connexion (?:inhabituelle|suspecte|non reconnue)).{0,200}"),
    ),
    "es": (
        (Action.GROUP_DELETED, rf"{_WHO} eliminó el grupo {_NAME}"),
        (Action.GROUP_DELETED, rf"(?:El |Tu )?grupo {_NAME} (?:se eliminó|ha sido eliminado|fue eliminado)"),
        (Action.EXPORT_REQUESTED, rf"(?:Solicitaste|Has solicitado) (?:la descarga|una copia) de tu {_DATA}"),
        (Action.EXPORT_READY, rf"(?:Tu|La|El) {_DATA}(?:información|archivo|copia){_DATA} está (?:lista|listo|disponible) para {_DATA}descarg\w*"),
        (Action.EXPORT_READY, rf"Tu descarga {_DATA}está (?:lista|disponible)"),
        (Action.PASSWORD_CHANGED, rf"Se (?:cambió|ha cambiado) tu contraseña{_DATA}"),
        (Action.PASSWORD_CHANGED, rf"Tu contraseña (?:se cambió|ha sido cambiada|fue cambiada){_DATA}"),
        (Action.ALERT, r"(?:Detectamos un )?(?:nuevo inicio de sesión|inicio de sesión (?:inusual|sospechoso|no reconocido)).{0,200}"),
    ),
    "tr": (
        (Action.GROUP_DELETED, rf"{_WHO},? {_NAME} (?:adlı )?grubunu sildi"),
        (Action.GROUP_DELETED, rf"{_NAME} (?:adlı )?grubu silindi"),
        (Action.EXPORT_REQUESTED, rf"{_DATA}bilgi{_DATA}(?:indirme|kopya){_DATA}(?:talep et|iste)(?:tin|diniz|din|tiniz)"),
        (Action.EXPORT_READY, rf"{_DATA}(?:bilgi|dosya|kopya){_DATA}indir{_DATA}hazır"),
        (Action.PASSWORD_CHANGED, r"(?:Facebook )?(?:Şifren|Şifreniz|Parolan|Parolanız) (?:değiştirildi|sıfırlandı)"),
        (Action.ALERT, r"(?:Hesabına |Hesabınıza )?(?:yeni|olağandışı|şüpheli|tanınmayan) (?:bir )?giriş.{0,200}"),
    ),
}  # fmt: skip
_UNDONE = {
    language: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for language, words in {
        "en": r"not|never|cannot|\w+n['’]t|no longer|expired|cancel\w*|declined|denied|rejected|failed|(?:day|week|month|year)s? ago",
        "az": r"deyil|yox|olacaq|(?:gün|həftə|ay|il) (?:əvvəl|öncə)",
        "ru": r"не|буд[еу]т|скоро|истек\w*|отмен[её]н\w*|(?:дн\w+|недел\w+|месяц\w*|год\w*|лет) назад",
        "de": r"nicht|kein\w*|noch|bald|demnächst|abgelaufen|storniert|vor \w+ (?:Tag|Woche|Monat|Jahr)\w*",
        "fr": r"pas|bientôt|expirée?s?|annulée?s?|il y a \w+ (?:jour|semaine|mois|an)s?",
        "es": r"no|aún|pronto|caducad[oa]|cancelad[oa]|hace \w+ (?:día|semana|mes|año)(?:e?s)?",
        "tr": r"değil|yok|olacak|yakında|(?:gün|hafta|ay|yıl) önce",
    }.items()
}
"""Words in the first sentence by which nothing happened now, or yet."""
_SENTENCE = re.compile(r"(?<=[.!?]) ")
_PART_OF_GROUP = re.compile(
    r"(?:post|comment|photo|cover|chat|story|rule|invit|event|request|message|member|page|video|album|poll|file)\w*\b",
    re.IGNORECASE,
)
_QUOTES = "\"“”„«»'‘’"
_RULES = tuple(
    (language, action, re.compile(pattern, re.IGNORECASE))
    for language, table in _TABLES.items()
    for action, pattern in table
)
_DONE = {Action.ALERT: Outcome.UNKNOWN, Action.CODE_SENT: Outcome.UNKNOWN}
MAX_TEXT = 1_000
"""Characters of a notification that are looked at; longer ones are quotations of posts."""


def notice(text: str) -> Notice | None:
    """Return what a notification says about access, exports or deletions; ``None`` when it says nothing of them."""
    plain = " ".join(text.split()).rstrip(".!").rstrip()
    if len(plain) > MAX_TEXT:
        return None
    for language, action, pattern in _RULES:
        match = pattern.fullmatch(plain)
        if match:
            return _read(match, language, action)
    return None


def _read(match: re.Match[str], language: str, action: Action) -> Notice | None:
    named = match.groupdict()
    said = _without_names(match)
    if action not in _DONE and _UNDONE[language].search(_SENTENCE.split(said, maxsplit=1)[0]):
        return None
    name = (named.get("name") or "").strip()
    if action is Action.GROUP_DELETED and _PART_OF_GROUP.match(name) and not _is_quoted(match):
        action = Action.CONTENT_DELETED  # "your group post was deleted"
    return Notice(
        action=action,
        outcome=_DONE.get(action, Outcome.SUCCESS),
        language=language,
        who=(named.get("who") or "").strip(),
        name=name,
    )


def _without_names(match: re.Match[str]) -> str:
    """Take quoted names out; without quotation marks the last word of a name may be one of the sentence."""
    said = match.string
    if "name" in match.re.groupindex and match["name"]:
        kept = "" if _is_quoted(match) else match["name"].rpartition(" ")[2]
        said = said[: match.start("name")] + kept + said[match.end("name") :]
    return said


def _is_quoted(match: re.Match[str]) -> bool:
    start = match.start("name")
    return start > 0 and match.string[start - 1] in _QUOTES
