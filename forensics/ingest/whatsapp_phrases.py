"""What WhatsApp writes into a chat by itself, in the languages of the phones that are met: which lines matter here.

The words were collected from public chat readers (one of which lists the app's own texts for codes and deletions) and,
for groups, from the app's wording as remembered; they are not complete, and wordings change. A line that is not listed
is counted, never guessed. Only lines that WhatsApp wrote by the layout of the export are looked at: somebody who types
such words writes an ordinary message. The exception is the notice that takes the place of a deleted message, which stands
behind its sender's name: it must be the whole text.
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
    action=Action.CONTENT_DELETED,
    meaning="a message was deleted for everybody, at a time that is not stated; the notice stands where the message stood",
)


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


def _both(nouns: str, verbs: str) -> re.Pattern[str]:
    """Languages put noun and verb in either order: both must stand in the line."""
    return re.compile(rf"\A(?=.*(?:{nouns}))(?=.*(?:{verbs}))", re.IGNORECASE | re.DOTALL)


_CODE = (
    "security code|sicherheits(?:nummer|code)|код безопасности|код безпеки|güvenlik kod|təhlükəsizlik kod|қауіпсіздік код"
    "|xavfsizlik kod|უსაფრთხოების კოდ|código de seguridad|código de segurança|code de sécurité|codice di sicurezza"
    "|codi de seguretat|codul (?:dvs. )?de securitate|beveiligingscode|kod zabezpieczeń|kod bezpieczeństwa|biztonsági kód"
    "|bezpečnostn[íý] kód|sigurnosni k[oô]d|κωδικός ασφαλείας|turvanumero|sikkerhedskode|sikkerhetskode|säkerhetskod"
    "|رمز أمان|رمز الأمان|کد امنیتی|سیکیورٹی کوڈ|קוד האבטחה|सुरक्षा कोड|セキュリティコード|安全代码|安全代碼|安全碼|보안 코드"
    "|kode keamanan|kod keselamatan|mã bảo mật|รหัสความปลอดภัย|নিরাপত্তা কোড|સુરક્ષા કોડ|cód slándála"
)
_CODE_CHANGED = (
    "chang|geändert|измен|змін|değiş|dəyiş|өзгер|o.?zgar|შეიცვალ|cambi|mudou|canviat|schimbat|gewijzigd|veranderd|zmieni"
    "|megváltozott|změněn|zmenen|promijeni|άλλαξε|muuttui|ændret|endret|ändra|تغي|تغییر|تبدیل|שונה|बदल|変更|更改|变更|變更|변경|berubah"
    "|thay đổi|เปลี่ยน|השתנ|পরিবর্তিত|બદલાઈ|athraíodh"
)
_PHONE = (
    "phone number|telefonnummer|handynummer|номер|telefon numara|numarasını|nömrə|número|numéro|numero|numer |nummer"
)
_PHONE_CHANGED = "chang|geändert|gewechselt|измен|смен|змін|değiş|dəyiş|cambi|mudou|alterou|modifi|zmieni|gewijzigd"


_LINES: tuple[tuple[re.Pattern[str], Meaning], ...] = (
    (_both(_CODE, _CODE_CHANGED), _SECURITY),
    (_both(_PHONE, _PHONE_CHANGED), _NUMBER),
    (_any(r"changed (?:to|from) \+\d"), _NUMBER),
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
    r"|(?:це )?повідомлення (?:було )?видалено|ви видалили це повідомлення"
    r"|bu mesaj silindi|(?:siz )?bu mesajı sildiniz|bu mesaj silinib|bu ismarıc silindi|siz bu ismarıcı sildiniz"
    r"|бұл хат жойылды|сіз бұл хатты жойдыңыз|ushbu xabar o.chirildi|siz ushbu xabarni o.chirdingiz"
    r"|se eliminó este mensaje|este mensaje fue eliminado|eliminaste este mensaje"
    r"|mensagem apagada|es[st]a mensagem foi apagada(?: pelo remetente)?|(?:você )?apagou esta mensagem"
    r"|ce message a été supprimé|vous avez supprimé ce message"
    r"|questo messaggio è stato eliminato|hai eliminato questo messaggio"
    r"|dit bericht is verwijderd|(?:je|u) hebt dit bericht verwijderd"
    r"|ta wiadomość została usunięta|usun\S+ tę wiadomość"
    r"|acest mesaj a fost șters|ați șters acest mesaj|ez az üzenet törlésre került|törölted ezt az üzenetet"
    r"|tato zpráva byla (?:smazána|odstraněna)|táto správa bola odstránená|tämä viesti poistettiin|poistit tämän viestin"
    r"|det här meddelandet raderades|detta meddelande raderades|denne meldingen ble slettet|denne besked (?:er|blev) slettet"
    r"|αυτό το μήνυμα διαγράφηκε|διαγράψατε αυτό το μήνυμα|съобщението беше изтрито|ова порука је обрисана"
    r"|تم حذف هذه الرسالة|لقد حذَفت هذه الرسالة|این پیام حذف شد(?:ه است)?|شما این پیام را حذف کردید"
    r"|הודעה זו נמחקה|מחקת (?:את ההודעה הזו|הודעה זו)|یہ میسج حذف کر دیا گیا ہے"
    r"|यह मैसेज डिलीट कर दिया गया है|このメッセージ(?:は削除されました|を削除しました)"
    r"|이 메시지는 삭제되었습니다|삭제한 메시지입니다"
    r"|这条消息已被删除|您已删除这条消息|此訊息已刪除|您已刪除此訊息"
    r"|आपने यह मैसेज डिलीट किया|এই মেসেজটি বাদ দেওয়া হয়েছে|আপনি এই মেসেজটি বাদ দিয়েছেন|أنت حذفت هذه الرسالة"
    r"|pesan ini (?:telah )?dihapus|anda (?:telah )?menghapus pesan ini|mesej ini telah dipadam|anda telah memadamkan mesej ini"
    r"|tin nhắn này đã bị x[óo][aá]|bạn đã x[óo][aá] tin nhắn này|ข้อความนี้(?:ได้)?ถูกลบ(?:แล้ว)?|คุณ(?:ได้)?ลบข้อความนี้)[.。۔।]?",
    re.IGNORECASE,
)


def deleted(text: str) -> Meaning | None:
    """Return the meaning of a text that is, as a whole, the notice in the place of a deleted message."""
    return _DELETED if _GONE.fullmatch(text.strip()) else None


def system(text: str) -> Meaning | None:
    """Return the meaning of a line that WhatsApp wrote, if it is one that matters here."""
    return deleted(text) or next((meaning for words, meaning in _LINES if words.search(text)), None)
