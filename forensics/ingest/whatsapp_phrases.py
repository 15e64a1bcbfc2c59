"""What WhatsApp writes into a chat by itself, in the languages of the phones that are met: which lines matter here.

The words were collected from public chat readers and from the app's wording as remembered; they are not complete, and
wordings change. A line that is not listed is counted, never guessed. Only lines that WhatsApp wrote by the layout of the
export are looked at: somebody who types such words writes an ordinary message. The exception is the notice that takes the
place of a deleted message, which stands behind its sender's name: it must be the whole text.
"""

# ruff: noqa: RUF001 - the words are in many alphabets
from __future__ import annotations

import re
from dataclasses import dataclass

from forensics.model import Action

LONGEST_NOTICE = 160
"""Characters of the longest notice in the place of a deleted message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a line of WhatsApp means, and how far that goes."""

    action: Action
    meaning: str


_SECURITY = Meaning(
    action=Action.ALERT,
    meaning="the keys of this chat partner changed: a new phone, a reinstallation, a linked device, or a registration of the "
    "number by somebody else; the line does not tell which",
)
_NUMBER = Meaning(
    action=Action.ALERT, meaning="a chat partner moved the account to another telephone number, or it was moved"
)
_ADMIN = Meaning(action=Action.ACTIVITY, meaning="administrators of the group changed")
_CREATED = Meaning(action=Action.ACTIVITY, meaning="the group was created")
_REMOVED = Meaning(action=Action.ACTIVITY, meaning="somebody was removed from the group or left it")
_JOINED = Meaning(action=Action.ACTIVITY, meaning="somebody was added to the group or joined it")
_DELETED = Meaning(
    action=Action.CONTENT_DELETED, meaning="a message was deleted for everybody; the time is that of the message"
)


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


_LINES: tuple[tuple[re.Pattern[str], Meaning], ...] = (
    (
        _any(
            r"security code\b.* changed",
            r"changed (?:their|your) security code",
            r"sicherheits(?:nummer|code)\b.*geändert",
            r"код безопасности.*измен",
            r"код безпеки.*змін",
            r"güvenlik kod.*değişti",
            r"təhlükəsizlik kod.*dəyiş",
            r"código de seguridad.*cambi",
            r"código de segurança.*mud",
            r"code de sécurité.*changé",
            r"codice di sicurezza.*cambiat",
            r"beveiligingscode.*(?:gewijzigd|veranderd)",
            r"kod (?:bezpieczeństwa|zabezpieczeń).*zmieni",
            r"რჩის? .*უსაფრთხოების კოდ|უსაფრთხოების კოდ.*შეიცვალ",
            r"رمز الأمان.*(?:تغير|تغيّر)",
            r"کد امنیتی.*تغییر",
        ),
        _SECURITY,
    ),
    (
        _any(
            r"changed (?:their|your|his|her) phone number",
            r"changed to \+\d",
            r"changed from \+\d",
            r"(?:telefonnummer|handynummer|nummer)\b.*(?:gewechselt|geändert)",
            r"(?:из|с)менил\w*(?:\(а\))? (?:свой )?номер",
            r"номер телефона.*измен",
            r"змінив\w*(?:\(ла\))? (?:свій )?номер",
            r"telefon numarasını değiştirdi",
            r"(?:telefon )?nömrəsini dəyiş",
            r"cambió (?:su|tu) número",
            r"cambiaste tu número",
            r"mudou (?:o|seu|de) (?:\w+ )?número",
            r"mudou (?:seu |de )número",
            r"a changé de numéro",
            r"ha cambiato (?:il (?:suo )?)?numero",
        ),
        _NUMBER,
    ),
    (
        _any(
            r"\b(?:you're|you are|is|are) (?:now|no longer) an? (?:group )?admin",
            r"(?:bist|ist) (?:jetzt|nun) (?:ein(?:e)? )?(?:gruppen-?)?admin",
            r"kein(?:e)? (?:gruppen-?)?admin mehr",
            r"(?:теперь|больше не).*админ",
            r"(?:тепер|більше не).*адмін",
            r"artık (?:bir )?(?:yönetici|grup yöneticisi)",
            r"(?:artıq|indi).*(?:admin|administrator)",
            r"(?:ahora eres|ya no eres) (?:un )?admin",
            r"(?:agora (?:você )?é|não é mais|deixou de ser) (?:um )?admin",
            r"(?:êtes maintenant|n'êtes plus) (?:un )?admin",
            r"(?:ora sei|non sei più) (?:un )?ammin",
        ),
        _ADMIN,
    ),
    (
        _any(
            r"created (?:this |the )?group",
            r"(?:hat|hast|haben) (?:diese |die )?gruppe\b.*erstellt",
            r"созда(?:л|ли|ла)\w*(?:\(а\))? (?:эту )?групп",
            r"створи(?:в|ли|ла)\w*(?:\(ла\))? (?:цю )?груп",
            r"grubu(?:nu)? oluştur",
            r"(?:qrupunu|qrupu|qrup) yarat",
            r"cre(?:ó|aste) (?:el|este) grupo",
            r"cri(?:ou|aste) (?:o|este) grupo",
            r"(?:a|avez) créé (?:le|ce) groupe",
            r"(?:ha|hai) creato (?:il|questo) gruppo",
        ),
        _CREATED,
    ),
    (
        _any(
            r"\b(?:was|were) removed\b",
            r"^.{1,80} removed .{1,80}$",
            r"^.{1,80} left$",
            r"(?:hat|hast|haben) .*entfernt$",
            r"(?:wurde|wurdest) .*entfernt",
            r"(?:hat|hast) die gruppe verlassen",
            r"удалил(?:\(а\)|а|и)? ",
            r"^.{1,80} (?:вышел|вышла|покинул)",
            r"^вас удалил|вы покинули",
            r"видалив(?:\(ла\)|ла)? |вийшов|вийшла",
            r"çıkar(?:dı|ıldı|dınız)|ayrıldı",
            r"çıxar(?:dı|ıldı|dınız)|(?:qrupu|qrupdan) (?:tərk etdi|çıxdı)",
            r"elimin(?:ó|aste) a|salió del grupo|^.{1,80} salió$",
            r"removeu|foi removid|^.{1,80} saiu$",
            r"(?:a|avez) (?:retiré|supprimé) |(?:a|avez) quitté",
            r"(?:ha|hai) rimosso|ha abbandonato|è uscit",
        ),
        _REMOVED,
    ),
    (
        _any(
            r"joined using (?:this group's|an?|your) ",
            r"^.{1,80} (?:added|was added)(?: .{1,80})?$",
            r"(?:hat|hast|haben) .*hinzugefügt",
            r"einladungslink.*beigetreten",
            r"добавил(?:\(а\)|а|и)? |присоединил",
            r"додав(?:\(ла\)|ла)? |приєдна",
            r"ekledi|katıldı",
            r"əlavə etdi|qoşuldu",
            r"añadi(?:ó|ste)|se unió",
            r"adicionou|entrou usando",
            r"(?:a|avez) ajouté|a rejoint",
            r"(?:ha|hai) aggiunto|si è unit",
        ),
        _JOINED,
    ),
)

_GONE = re.compile(
    r"(?:this message was deleted|you deleted this message|this message was deleted by admin .{1,80}"
    r"|diese nachricht wurde (?:von .{1,80} )?gelöscht|du hast diese nachricht gelöscht"
    r"|(?:данное |это )?сообщение удалено|вы удалили (?:данное |это )?сообщение"
    r"|(?:це )?повідомлення видалено|ви видалили це повідомлення"
    r"|bu mesaj silindi|bu mesajı sildiniz|(?:siz )?bu mesajı sildiniz|bu mesaj silinib"
    r"|se eliminó este mensaje|este mensaje fue eliminado|eliminaste este mensaje"
    r"|mensagem apagada|esta mensagem foi apagada|você apagou esta mensagem|essa mensagem foi apagada"
    r"|ce message a été supprimé|vous avez supprimé ce message"
    r"|questo messaggio è stato eliminato|hai eliminato questo messaggio"
    r"|dit bericht is verwijderd|je hebt dit bericht verwijderd"
    r"|ta wiadomość została usunięta|usunięto tę wiadomość)\.?",
    re.IGNORECASE,
)


def deleted(text: str) -> Meaning | None:
    """Return the meaning of a text that is, as a whole, the notice in the place of a deleted message."""
    return _DELETED if _GONE.fullmatch(text.strip()) else None


def system(text: str) -> Meaning | None:
    """Return the meaning of a line that WhatsApp wrote, if it is one that matters here."""
    return deleted(text) or next((meaning for words, meaning in _LINES if words.search(text)), None)
