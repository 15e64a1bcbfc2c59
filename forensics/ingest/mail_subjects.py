"""What the subject of a security mail says, in the languages of the providers' users.

Subjects are localised and changed over the years, so they are matched by stems, in the order of the table: what was
done comes before "security alert". English subjects of Google, Facebook, Instagram, LinkedIn, X, Microsoft and Apple
are known from public listings; those in other languages are stems of the same sentences (unverified).
"""

# ruff: noqa: RUF001, E501, ISC004
# Reason: the table holds words of many alphabets on purpose, and patterns that belong together on one line.

from __future__ import annotations

import re
from functools import lru_cache

from forensics.model import Action, Outcome

_CHANGED = (
    r"chang|geändert|zurückgesetzt|измен|сброш|dəyiş|değiş|cambi|modif|changé|modifié|змін|скинут|was reset|been reset"
    r"|alterad|redefinid|zmien|gewijzigd|ändrat|změn|تغيير|更改|変更|변경"
)
_ADDED = (
    r"add|remov|delet|hinzugefügt|entfernt|gelöscht|добавл|удал|дода|видал|əlavə|silin|eklen|kaldır|ajout|supprim|agreg|elimin"
    r"|aggiunt|rimoss|adicionad|removid|dodan|usuni|toegevoegd|verwijderd"
)
_WORD_FOR_ENTRY = (
    r"password|passwort|kennwort|парол|parol|şifrə|şifre|contraseña|mot de passe|senha|palavra-passe|hasł|wachtwoord|lösenord"
    r"|heslo|كلمة المرور|密码|パスワード|비밀번호"
)
_RECOVERY = (
    r"recovery|wiederherstellung|резервн|восстановлен|відновлен|bərpa|kurtarma|recuperaci|récupération|recuper|odzyskiwani"
    r"|herstel|security info|sicherheitsinfo|сведения (?:о|для) безопасн|güvenlik bilgi|trusted phone|rescue email"
)
_TWO_FACTOR = (
    r"2-step|two-step|two-factor|2fa|bestätigung in zwei|zwei-faktor|двухэтапн|двухфактор|двоетапн|двофактор|ikiaddımlı|iki addımlı"
    r"|iki adımlı|iki faktörlü|verificación en dos|verificación en 2|validation en deux|double authentification|verifica in due"
    r"|due fattori|verificação em duas|dois fatores|weryfikacj[aę] dwuetapow|tweestaps|authenticator app|login approval|passkey|security key"
)
_SWITCHED = r"turned|enabled|disabled|removed|added|включ|отключ|увімк|вимк|aktiv|deaktiv|activ|désactiv|attiv|disattiv|ativad|włącz|wyłącz"

_TABLE: tuple[tuple[Action, Outcome, str], ...] = (
    (
        Action.EXPORT_READY,
        Outcome.SUCCESS,
        r"(?:archive|information|data|download|file|copy)\b.{0,40}\bready|ready\b.{0,20}\bdownload"
        r"|(?:archiv|daten|download|informationen).{0,40}(?:bereit|fertig)|(?:архив|данн|копи).{0,40}готов|arxiv.{0,40}hazır"
        r"|(?:arşiv|veri|bilgi).{0,40}hazır|(?:archivo|datos|información).{0,40}list[oa]s?\b|(?:archive|données|fichier).{0,40}prête?s?\b"
        r"|(?:archivio|dati).{0,40}pront|(?:arquivo|dados).{0,40}pront|(?:архів|дані).{0,40}готов|archiwum.{0,40}gotow",
    ),
    (
        Action.EXPORT_REQUESTED,
        Outcome.UNKNOWN,
        r"(?:archive|copy|download).{0,40}request|request.{0,30}(?:download|copy|archive)|archiv.{0,40}angefordert|архив.{0,40}запрош"
        r"|запрос.{0,30}(?:архив|копи)|arxiv.{0,40}istə|arşiv.{0,40}iste|demande.{0,40}(?:archive|téléchargement)|solicitud.{0,40}descarg",
    ),
    (
        Action.RECOVERY_CHANGED,
        Outcome.SUCCESS,
        rf"(?:{_RECOVERY}).{{0,60}}(?:{_CHANGED}|{_ADDED})",
    ),
    (
        Action.TWO_FACTOR_CHANGED,
        Outcome.UNKNOWN,
        rf"(?:{_TWO_FACTOR}).{{0,60}}(?:{_SWITCHED}|{_CHANGED})|(?:{_SWITCHED}).{{0,30}}(?:{_TWO_FACTOR})",
    ),
    (
        Action.PASSWORD_CHANGED,
        Outcome.SUCCESS,
        rf"(?:{_WORD_FOR_ENTRY}).{{0,40}}(?:{_CHANGED})|(?:{_CHANGED}).{{0,30}}(?:{_WORD_FOR_ENTRY})(?!.{{0,20}}(?:request|код|code))",
    ),
    (
        Action.ACCOUNT_CHANGED,
        Outcome.SUCCESS,
        rf"(?:username|user name|email address|e-mail address|phone number|primary email|benutzername|e-mail-adresse|telefonnummer"
        rf"|имя пользователя|адрес электронной почты|номер телефона|kullanıcı adı|e-posta adres|telefon numara|istifadəçi ad)"
        rf".{{0,40}}(?:{_CHANGED}|{_ADDED})",
    ),
    (
        Action.APP_AUTHORISED,
        Outcome.SUCCESS,
        r"(?:was granted|granted|now has|has been given|connected).{0,20}access.{0,30}(?:your )?.{0,20}account"
        r"|app password (?:was )?(?:created|generated)|app-passwort.{0,20}erstellt|new app\(s\) connected|connected to your .{0,20}account"
        r"|пароль приложения.{0,20}создан",
    ),
    (
        Action.CODE_SENT,
        Outcome.UNKNOWN,
        r"(?:verification|security|confirmation|login|log-in|recovery|access|single-use|sign-in) code|\bcode\b.{0,20}\b\d{5,8}\b"
        r"|\b\d{5,8}\b.{0,20}\bcode\b|(?:bestätigungs|sicherheits|anmelde|zugangs|einmal)code|код (?:подтвержд|безопасн|доступ|для вход|входа)"
        r"|(?:təsdiq|təhlükəsizlik|giriş|doğrulama|onay|güvenlik) kod|código de|code de (?:confirm|vérif|sécur|connexion)"
        r"|codice di (?:verifica|sicurezza|conferma|accesso)|kod (?:weryfikacyjny|zabezpieczający)|код (?:підтвердж|безпек)|verificatiecode"
        r"|رمز (?:التحقق|الأمان)|验证码|確認コード|인증 코드|verify your (?:account|email|identity)",
    ),
    (
        Action.ALERT,
        Outcome.BLOCKED,
        r"(?:sign-?in|login|log-in).{0,30}(?:blocked|prevented)|blocked sign-?in|(?:anmelde|login).{0,30}(?:blockiert|verhindert)"
        r"|(?:вход|входа).{0,30}(?:заблокир|предотвращ)|(?:заблокирован|предотвращен).{0,30}вход|giriş.{0,30}(?:bloklan|qarşısı|engellen)"
        r"|(?:inicio de sesión|connexion|accesso|login).{0,30}(?:bloquea|bloqué|bloccat)",
    ),
    (
        Action.ALERT,
        Outcome.UNKNOWN,
        r"security alert|security notification|security warning|new (?:sign-?in|login|log-in|device)|sign-?in (?:attempt|from)"
        r"|log ?in(?:to| attempt| from| alert)|suspicious|unusual (?:sign|activity|log)|did you (?:just |recently )?(?:log|sign)|was used to sign in"
        r"|we noticed a (?:new )?log|was this you|sicherheits(?:warn|hinweis|meld|benachricht)|ungewöhnliche (?:anmelde|aktivität|login)"
        r"|neue[rsn]? (?:anmeldung|login|gerät)|verwendet.{0,60}anzumelden|(?:оповещение|предупреждение|уведомление).{0,30}безопасн"
        r"|нов(?:ый|ом) (?:вход|устр)|вход с нов|(?:необычн|подозрительн).{0,20}(?:вход|активн|попыт)|(?:сповіщення|попередження).{0,30}безпек"
        r"|новий вхід|təhlükəsizlik (?:xəbər|bildir)|yeni (?:giriş|cihaz|oturum)|şübhəli (?:giriş|fəaliyyət)|güvenlik (?:uyarı|bildirim)"
        r"|olağan dışı (?:oturum|giriş|etkinlik)|şüpheli (?:giriş|oturum)|alerta de (?:seguridad|segurança)|(?:nuevo|novo) (?:inicio de sesi|login|início)"
        r"|actividad (?:inusual|sospechosa)|alerte de sécurité|nouvelle connexion|activité (?:inhabituelle|suspecte)|avviso di sicurezza"
        r"|nuovo accesso|attività (?:insolita|sospetta)|alert (?:bezpieczeństwa|dotyczący)|nowe logowanie|beveiligings(?:melding|waarschuwing)"
        r"|nieuwe (?:aanmelding|inlog)|säkerhetsvarning|bezpečnostní (?:upozornění|výstraha)|تنبيه أمني|تسجيل دخول جديد|هشدار امنیتی"
        r"|安全提醒|安全警报|新登录|セキュリティ(?:通知|に関する)|新しいログイン|보안 알림|새로운 로그인|התראת אבטחה",
    ),
)
_WORDINGS = tuple((action, outcome, re.compile(pattern, re.IGNORECASE)) for action, outcome, pattern in _TABLE)


@lru_cache(maxsize=4_096)
def meaning(subject: str) -> tuple[Action, Outcome] | None:
    """Return what a subject says was done, and how it ended; ``None`` where it is no security mail's."""
    return next(((action, outcome) for action, outcome, words in _WORDINGS if words.search(subject)), None)
