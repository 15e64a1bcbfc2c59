"""Labels and flags that a mailbox keeps beside its messages: Gmail labels in any language, Maildir flags.

Google writes ``X-Gmail-Labels`` in the language of the account, folded, as RFC 2047 words that may cover the commas,
with names that hold commas in quotation marks. The names below are those of Gmail's own labels and of the sent folders
of other programs as seen in public code of mail tools; Azerbaijani ones are (unverified).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from forensics.ingest.mail_words import decode_words

if TYPE_CHECKING:
    from forensics.ingest.mail_headers import HeaderBlock

MAX_LABELS = 100
_KINDS: dict[str, tuple[str, ...]] = {
    "sent": (
        "sent", "sent mail", "sent-mail", "sent items", "sent messages",
        "gesendet", "gesendete nachrichten", "gesendete elemente",
        "envoyé", "envoyés", "messages envoyés", "éléments envoyés", "enviado", "enviados", "elementos enviados",
        "posta inviata", "inviata", "inviati", "e-mails enviados", "itens enviados", "verzonden", "verzonden items",
        "wysłane", "отправленные", "отправлено", "надіслані", "надіслане", "адпраўленыя", "изпратени",
        "gönderilmiş postalar", "gönderilen", "gönderilmiş öğeler", "gönderilenler", "göndərilmiş", "göndərilənlər",
        "göndərilmiş məktublar", "გაგზავნილი", "ուղարկված", "odeslané", "odeslaná pošta", "skickat", "skickade",
        "sendt", "sendte", "lähetetyt", "elküldött", "trimise", "poslano", "poslané", "saadetud", "saadetud kirjad",
        "išsiųsti", "nosūtītie", "απεσταλμένα", "البريد المرسل", "المرسلة", "ارسال شده", "נשלח", "דואר שנשלח",
        "已发送", "已发邮件", "寄件備份", "送信済み", "送信済みメール", "보낸편지함", "đã gửi", "terkirim",
    ),
    "spam": (
        "spam", "junk", "junk e-mail", "courrier indésirable", "correo no deseado", "posta indesiderata", "спам",
        "нежелательная почта", "gereksiz", "istenmeyen", "roskaposti", "skräppost", "垃圾邮件", "迷惑メール", "스팸함",
        "הודעות זבל", "غير مرغوب فيه", "هرزنامه",
    ),
    "trash": (
        "trash", "bin", "deleted items", "deleted messages", "papierkorb", "gelöschte elemente", "corbeille", "papelera",
        "elementos eliminados", "cestino", "lixeira", "lixo", "prullenbak", "kosz", "корзина", "удаленные", "удалённые",
        "кошик", "çöp kutusu", "çöp", "zibil qutusu", "zibil", "koš", "papperskorgen", "papirkurv", "papirkurven",
        "roskakori", "kuka", "coș de gunoi", "κάδος απορριμμάτων", "المهملات", "已删除邮件", "ゴミ箱", "휴지통",
    ),
    "draft": (
        "draft", "drafts", "entwurf", "entwürfe", "brouillon", "brouillons", "borrador", "borradores", "bozza", "bozze",
        "rascunho", "rascunhos", "concept", "concepten", "robocze", "wersje robocze", "черновик", "черновики", "чернетки",
        "taslak", "taslaklar", "qaralama", "qaralamalar", "koncepty", "utkast", "luonnokset", "草稿", "下書き",
    ),
}  # fmt: skip
_BY_NAME = {name: kind for kind, names in _KINDS.items() for name in names}
_KEPT_APART = re.compile(r"(?:^|/)(?:com\.microsoft\.__Attachments|Attachments/\d+/[\d.]+)/")
_MAILDIR = re.compile(r"(?:[:;!_\uf03a]|%3A)2,([A-Za-z]{0,26})$")
_FLAGS = {"P": "passed on", "R": "replied", "S": "seen", "T": "trashed", "D": "draft", "F": "flagged"}


def labels(block: HeaderBlock, before: int | None = None) -> tuple[str, ...]:
    """Return the Gmail labels of a message as written, decoded, in order; of the fields ``before`` one, or of all."""
    found = block.all("x-gmail-labels")
    if before is not None:
        found = tuple([item for item, at in zip(found, block.names["x-gmail-labels"], strict=True) if at < before])
    if not found:
        return ()
    return tuple(dict.fromkeys(label for item in found for label in _split(item.value)))[:MAX_LABELS]


@lru_cache(maxsize=4_096)
def _split(value: str) -> tuple[str, ...]:
    r"""Split a label list: commas outside quotation marks; a backslash takes the next character as it is."""
    found, current, quoted, escaped = [], [], False, False
    for sign in decode_words(value):
        if escaped:
            current.append(sign)
            escaped = False
        elif sign == "\\" and quoted:
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign == "," and not quoted:
            found.append("".join(current))
            current = []
        else:
            current.append(sign)
    return tuple(label for item in (*found, "".join(current)) if (label := " ".join(item.split())))


@lru_cache(maxsize=4_096)
def kind_of(label: str) -> str:
    """Return what a label or folder name means: ``sent``, ``spam``, ``trash``, ``draft`` or ""."""
    plain = label.replace("\u00a0", " ").strip().casefold()
    return _BY_NAME.get(plain) or _BY_NAME.get(plain.rpartition("/")[2], "")


def kinds(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the meanings of some labels, each once, in order."""
    return tuple(dict.fromkeys(kind for name in names if (kind := kind_of(name))))


def maildir_flags(basename: str) -> tuple[str, ...]:
    """Return the flags at the end of a Maildir file name (``1583.M1P2.host:2,RS``); other letters stay letters."""
    match = _MAILDIR.search(basename)
    return tuple(_FLAGS.get(flag, flag) for flag in match[1]) if match else ()


def folder_of(name: str) -> str:
    """Return the folder of a path that is one of a mail program, without the dots of Maildir; "" for other paths.

    Maildir (``Maildir/.Sent/cur/1583...:2,S``), Apple Mail (``Sent Messages.mbox/UUID/Data/1/Messages/12.emlx``),
    Thunderbird's copies for the search of the system (``Sent.mozmsgs/12.wdseml``), and, where the folder's name says what it
    keeps, MH (``Mail/sent/12``).
    """
    *folders, last = name.split("/")
    if not folders:
        return ""
    if folders[-1] in {"cur", "new", "tmp"}:
        folder = folders[-2] if len(folders) > 1 else ""
        return folder.lstrip(".").rpartition(".")[2] if folder.startswith(".") else folder
    if last.lower().endswith(".emlx"):
        return next((part[:-5] for part in reversed(folders) if part.lower().endswith(".mbox")), "")
    if folders[-1].lower().endswith(".mozmsgs"):
        return folders[-1][: -len(".mozmsgs")]
    return folders[-1] if last.isdecimal() and kind_of(folders[-1]) else ""


def is_attachment(name: str) -> bool:
    """Whether a path is one where a mail program keeps what was attached to messages: Apple Mail, Outlook for Mac."""
    return _KEPT_APART.search(name) is not None


def mailbox_folder(name: str) -> str:
    """Return the folder that a mailbox file keeps (``Mail/Sent.mbox``, Apple's ``Sent Messages.mbox/mbox``: its name)."""
    parts = name.split("/")
    last = parts[-2] if parts[-1].lower() == "mbox" and len(parts) > 1 else parts[-1]
    return last.rpartition(".")[0] if last.lower().endswith((".mbox", ".mbx")) else last
