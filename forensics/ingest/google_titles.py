"""What a My Activity record is about: product names and title words in several languages.

Titles are sentences in the language of the account and no source documents them, so a title alone never decides that a
record belongs to the export tool or to the account's security settings: the product (its ``header``, ``products``,
folder or link) does. Within such a product, words of the title are a hint; the reader is told which language matched.
The lists hold stems, matched in case-folded text; a rule about account settings needs a subject word *and* a change
word of the same language. Localised product names and titles are from memory: no export that shows them was at hand.
"""
# ruff: noqa: RUF001 - words of other languages use their own letters

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from forensics.model import Action

_TAKEOUT = frozenset(
    {
        "takeout", "google takeout", "datenexport", "google datenexport", "google data export", "архиватор",
        "google архиватор", "google paket servisi", "google データ エクスポート", "google 匯出", "google 导出",
    }
)  # fmt: skip
_ACCOUNT = frozenset(
    {
        "google account", "account", "accounts", "security", "google-konto", "konto", "google konto", "konto google",
        "compte google", "cuenta de google", "cuenta google", "conta do google", "conta google", "account google",
        "google-account", "аккаунт google", "обліковий запис google", "google hesabı", "google hesabınız", "hesab",
        "google アカウント", "google 帐号", "google 帳戶", "حساب google",
    }
)  # fmt: skip
_TAKEOUT_HOST = "takeout.google.com"
_ACCOUNT_HOSTS = frozenset({"myaccount.google.com", "accounts.google.com"})
_BROWSER = frozenset({"chrome", "google chrome"})
_HOST = re.compile(r"https?://([^/?#:@]+)(?:[:/?#]|$)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class _Language:
    """Stems of one language as regular expressions over case-folded text; "" never matches."""

    code: str
    seen: str
    stopped: str
    ready: str
    downloaded: str
    requested: str
    changed: str
    password: str
    recovery: str
    second: str

    @cached_property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        """The stems compiled."""
        return {name: re.compile(value or r"(?!)") for name, value in vars(self).items() if name != "code"}


_LANGUAGES = (
    _Language(
        code="en",
        seen=r"\bvisited\b|\bviewed\b|\bsearched\b|\bused\b|\bopened\b",
        stopped=r"\bcancel|\bfailed\b|\bexpired\b|\battempt|\btried\b|couldn.t|"
        r"\bdeclin|\bskipp|\bdismiss|\brefus|\breject|\bblocked\b|\bnot changed\b",
        ready=r"\bready\b|\bcompleted\b|\bfinished\b|\bavailable\b",
        downloaded=r"\bdownload",
        requested=r"\bcreat|\brequest|\bschedul|\bexport",
        changed=r"\bchang|\bupdated?\b|\badded\b|\bremoved\b|\bturned o(?:n|ff)\b|\benabled\b|\bdisabled\b|\bset up\b"
        r"|\breset\b|\bcreated\b|\bdeleted\b|\bgenerated\b|\brenamed\b",
        password=r"\bpassword\b|\bpasscode\b",  # noqa: S106 - a word to look for, no secret
        recovery=r"\brecovery\b",
        second=r"\b2-step\b|\btwo-step\b|\btwo-factor\b|\b2fa\b|\b2sv\b|\bauthenticator\b|\bbackup codes?\b"
        r"|\bsecurity keys?\b|\bpasskeys?\b",
    ),
    _Language(
        code="de",
        seen=r"\bbesucht\b|\baufgerufen\b|\bangesehen\b|\bverwendet\b|\bgesucht\b|\bgeöffnet\b",
        stopped=r"abgebrochen|fehlgeschlagen|abgelaufen|\bversuch|blockiert",
        ready=r"\bbereit\b|abgeschlossen|\bfertig|verfügbar",
        downloaded=r"heruntergeladen|\bdownload",
        requested=r"\berstell|angeforder|\bgeplant|\bexport",
        changed=r"geändert|aktualisiert|hinzugefügt|entfernt|aktiviert|zurückgesetzt|eingerichtet|gelöscht",
        password=r"passwort",  # noqa: S106 - a word to look for, no secret
        recovery=r"wiederherstellung",
        second=r"bestätigung in zwei schritten|zwei-faktor|sicherheitsschlüssel|back-?up-?codes?|authenticator|passkey",
    ),
    _Language(
        code="fr",
        seen=r"\bconsulté|\bvisité|\bouvert\b|\butilisé|\brecherché",
        stopped=r"\bannul|\béchou|\béchec|\bexpiré|\btentative|\bbloqu",
        ready=r"\bprête?s?\b|\bdisponible|\bterminée?",
        downloaded=r"télécharg",
        requested=r"\bcréé|\bdemand|\bprogrammé|\bexport",
        changed=r"\bmodifi|\bchangé|\bajouté|\bsupprimé|activé|\bréinitialisé|\bmise? à jour",
        password=r"mot de passe",  # noqa: S106 - a word to look for, no secret
        recovery=r"récupération|(?:e-mail|téléphone|numéro) de secours",
        second=r"en deux étapes|deux facteurs|clés? de sécurité|codes? de secours|authenticator",
    ),
    _Language(
        code="es",
        seen=r"\bvisit|\bvist[oa]\b|\babri|\busó\b|\busaste\b|\bbusc",
        stopped=r"\bcancel|\bfall|\bcaduc|\bintent|\bbloque",
        ready=r"\blist[oa]s?\b|\bcompletad|\bdisponible|\bterminad",
        downloaded=r"\bdescarg",
        requested=r"\bcread|\bcreó|\bcreaste|\bsolicit|\bprogram|\bexport",
        changed=r"\bcambi|\bactualiz|\bañadi|\bagreg|\belimin|activ[aóo]|\brestablec|\bmodific",
        password=r"contraseña",  # noqa: S106 - a word to look for, no secret
        recovery=r"recuperación",
        second=r"en dos pasos|dos factores|llaves? de seguridad|códigos? de (?:respaldo|seguridad)|authenticator",
    ),
    _Language(
        code="pt",
        seen=r"\bvisit|\bvisualiz|\bacess|\babri|\busou\b|\bpesquis",
        stopped=r"\bcancel|\bfalh|\bexpir|\btentativ|\bbloque",
        ready=r"\bpront[oa]s?\b|\bconcluíd|\bdisponíve",
        downloaded=r"\bbaix|\bdownload|transferid",
        requested=r"\bcriou|\bcriad|\bsolicit|\bagend|\bexport",
        changed=r"\balter|\batualiz|\badicion|\bremov|ativ(?:ou|ad)|\bredefin|\bmudou|\bmudad",
        password=r"\bsenha|palavra-passe",  # noqa: S106 - a word to look for, no secret
        recovery=r"recuperação",
        second=r"em duas etapas|dois (?:passos|fatores)|chaves? de segurança|códigos? alternativ|authenticator",
    ),
    _Language(
        code="ru",
        seen=r"посещ|посет|просм|открыт|использ|\bискали|поиск",
        stopped=r"отмен|не удал|ошибк|истек|истёк|попытк|заблокир",
        ready=r"готов|заверш|доступ[еон]",
        downloaded=r"скача|загруж",
        requested=r"созда|запро|запланир|экспорт",
        changed=r"измен|обновл|добавл|удал[её]|удалил|включ|отключ|сброш|смен",
        password=r"парол",  # noqa: S106 - a word to look for, no secret
        recovery=r"резервн\w+ (?:номер|телефон|адрес|электронн|почт|e-mail)|восстановлени",
        second=r"двухэтапн|двухфакторн|ключ\w* безопасности|электронн\w+ ключ|резервны\w+ код|authenticator",
    ),
    _Language(
        code="tr",
        seen=r"ziyaret|görüntülen|\bkullan(?:ıl)?dı|\baradı",
        stopped=r"\biptal|başarısız|süresi dol|\bdenem|engellen",
        ready=r"\bhazır|tamamlan",
        downloaded=r"\bindiril|\bindird",
        requested=r"oluştur|\bistek|\bistendi|planlan|dışa aktar",
        changed=r"değiş|güncellen|\bekle[nd]|kaldır|etkinleştir|devre dışı|sıfırla|\baçıldı|kapatıl",
        password=r"\bşifre|\bparola",  # noqa: S106 - a word to look for, no secret
        recovery=r"kurtarma",
        second=r"\b2 adımlı|iki adımlı|iki faktörlü|güvenlik anahtar|yedek kod|authenticator",
    ),
    _Language(
        code="az",
        seen=r"ziyarət|\bbaxıl|\bbaxdı|istifadə (?:et|olun)|axtar",
        stopped=r"ləğv|uğursuz|alınmadı|vaxtı keç|\bcəhd|bloklan",
        ready=r"\bhazır|tamamlan",
        downloaded=r"yüklən|endiril",
        requested=r"yarad|sorğu|planlaşdır|ixrac",
        changed=r"dəyiş|yenilən|əlavə|silin|aktivləş|söndür|deaktiv|sıfırla",
        password=r"\bparol|\bşifrə",  # noqa: S106 - a word to look for, no secret
        recovery=r"bərpa",
        second=r"iki addımlı|2 addımlı|iki mərhələli|ikifaktorlu|təhlükəsizlik açar|ehtiyat kod|authenticator",
    ),
)


_PENDING = re.compile(
    r"\brequested\b|\bpending\b|angefordert|beantragt|ausstehend|\bdemandé|en attente|\bsolicit[aó]|\bpendiente|\bpendente"
    r"|запро[сш]|ожида|\btalep|\bistendi|\bistek|\bbeklem|\bsorğu|\bgözlə"
)
"""Words of changes to the account that were asked for and not yet made."""


_DISCARDED = re.compile(
    r"\bdelet|\bremoved\b|gelöscht|\bsupprim|\belimin|\bexclu[ií]|\bapag|удал[её]н|удалил|\bsilin|\bsildi"
)
"""Words of archives that were deleted."""


def folded(name: str) -> str:
    """Case-fold a name, NFC, all runs of spaces (U+00A0 too) as one: the same word in any archive's spelling."""
    lower = unicodedata.normalize("NFC", name).casefold().replace("i\u0307", "i")  # of U+0130, Turkish and Azerbaijani
    return " ".join(lower.split())


def topic(names: tuple[str, ...], folder: str, link: str) -> tuple[str, str]:
    """Return (``takeout`` or ``account`` or "", what says so) from product names, folder and link of a record.

    A link says so only when no browser made the record: a visit to a page is not an act on it.
    """
    plain = [folded(name) for name in names]
    for found, known in (("takeout", _TAKEOUT), ("account", _ACCOUNT)):
        if any(name in known for name in plain):
            return found, "product"
        if folded(folder) in known:
            return found, "folder"
    host = _HOST.match(link)
    if host and not any(name in _BROWSER for name in plain):
        if host[1].lower() == _TAKEOUT_HOST:
            return "takeout", "link"
        if host[1].lower() in _ACCOUNT_HOSTS:
            return "account", "link"
    return "", ""


def export_action(title: str) -> tuple[Action, str]:
    """Return what a record of the export tool means and the hint that says so, e.g. ``ready (de)``.

    A title that no list knows is ``activity``, "title not recognised": the export tool also records visits and ends.
    """
    words = folded(title)
    if _DISCARDED.search(words):
        return Action.ACTIVITY, "stopped (the archive was deleted)"
    meanings = (
        ("stopped", Action.ACTIVITY),
        ("seen", Action.ACTIVITY),
        ("ready", Action.EXPORT_READY),
        ("downloaded", Action.EXPORT_DOWNLOADED),
        ("requested", Action.EXPORT_REQUESTED),
    )
    for name, action in meanings:
        for language in _LANGUAGES:
            if language.patterns[name].search(words):
                return action, f"{name} ({language.code})"
    return Action.ACTIVITY, "title not recognised"


def account_action(title: str) -> tuple[Action, str]:
    """Return what a record of the account's settings means and its hint; ``ACTIVITY`` unless words clearly say more."""
    words = folded(title)
    for language in _LANGUAGES:
        for name in ("seen", "stopped"):
            if language.patterns[name].search(words):
                return Action.ACTIVITY, f"{name} ({language.code})"
    if _PENDING.search(words):
        return Action.ACTIVITY, "stopped (asked for, not done)"
    subjects = (
        ("second", Action.TWO_FACTOR_CHANGED),  # the second factor; before "recovery": fr "codes de secours"
        ("recovery", Action.RECOVERY_CHANGED),
        ("password", Action.PASSWORD_CHANGED),
    )
    changed = [language for language in _LANGUAGES if language.patterns["changed"].search(words)]
    for language in changed:
        for name, action in subjects:
            if language.patterns[name].search(words):
                return action, f"{action} ({language.code})"
    if changed:
        return Action.ACCOUNT_CHANGED, f"changed ({changed[0].code})"
    return Action.ACTIVITY, "title not recognised"
