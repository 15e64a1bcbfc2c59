# ruff: noqa: RUF001
# Reason: the tables hold words of other alphabets on purpose.
"""Facebook's HTML pages about access: which list of ``facebook_records`` a page shows.

File names are English in every language and decide first. A page without its name is known by its own title where the
wording is listed (English as published; the other languages are the usual wording and unverified), else by the shape of
its records: a page of unknown kind yields records that claim no more than their values say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.ingest import meta_html_pages
from forensics.ingest.meta_actions import fold

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

LABEL_PAGES = frozenset(
    {
        "information_about_your_last_login",
        "your_recent_account_recovery_successes",
        "account_recoveries_without_password_changes",
        "registration_information",
        "your_devices",
        "primary_location",
        "primary_public_location",
    }
)
"""Pages whose JSON twins are label records (``facebook_labels``)."""

KEYED_PAGES = frozenset({"datr_stats", "last_activity"})
"""Pages that list many times of one cookie or client: each time is a record, as in the JSON."""

STEMS: dict[str, str] = {
    "account_activity": "account_activity",
    "logins_and_logouts": "account_accesses",
    "ip_address_activity": "used_ip_address",
    "used_ip_addresses": "used_ip_address",
    "where_you_re_logged_in": "active_sessions",
    "where_you_are_logged_in": "active_sessions",
    "recognized_devices": "recognized_devices",
    "authorized_logins": "recognized_devices",
    "login_protection_data": "login_protection_data",
    "record_details": "admin_records",
    "administrative_records": "admin_records",
    "email_address_verifications": "contact_verifications",
    "contact_verifications": "contact_verifications",
    "mobile_devices": "devices",
    "account_status_changes": "account_status_changes",
    "browser_cookies": "datr_stats",
    "datr_cookie_info": "datr_stats",
    "your_facebook_activity_history": "last_activity",
    "secret_conversations": "secret_conversations",
    **{name: name for name in LABEL_PAGES},
}
_TITLES = {
    "account_activity": "account activity|kontoaktivität|kontoaktivitäten|hesab fəaliyyəti|действия в аккаунте",
    "account_accesses": "logins and logouts|anmeldungen und abmeldungen|daxil olmalar və çıxışlar|girişlər və çıxışlar",
    "used_ip_address": "ip address activity|used ip addresses|ip-adressen-aktivität|ip ünvanı fəaliyyəti",
    "active_sessions": "where you're logged in|wo du angemeldet bist|daxil olduğunuz yerlər|где вы вошли",
    "recognized_devices": "recognized devices|authorized logins|erkannte geräte|tanınan cihazlar",
    "login_protection_data": "login protection data|daten zum anmeldeschutz|giriş mühafizəsi məlumatları",
    "admin_records": "record details|administrative records|admin records|details zu aufzeichnungen|qeyd təfərrüatları",
    "contact_verifications": "email address verifications|contact verifications|bestätigungen von e-mail-adressen",
    "devices": "mobile devices|mobilgeräte|mobil cihazlar",
    "account_status_changes": "account status changes|änderungen des kontostatus|hesab statusu dəyişiklikləri",
    "datr_stats": "browser cookies|browser-cookies|brauzer kukiləri",
    "information_about_your_last_login": "information about your last login|informationen zu deiner letzten anmeldung",
    "your_recent_account_recovery_successes": "your recent account recovery successes",
    "account_recoveries_without_password_changes": "account recoveries without password changes",
    "registration_information": "registration information|registrierungsinformationen",
    "your_devices": "your devices|deine geräte|cihazlarınız",
}
TITLES = {fold(title): page for page, words in _TITLES.items() for title in words.split("|")}


def page_of(evidence: Evidence, names: tuple[str, ...]) -> str:
    """Return which page a member is, by its file name, else by its own title; "" if neither says."""
    return STEMS.get(meta_html_pages.stem(evidence), "") or meta_html_pages.named(names, TITLES)
