# ruff: noqa: RUF001
# Reason: the tables hold words of other alphabets on purpose.
"""Instagram's HTML pages about access: which list of ``instagram_records`` a page shows.

File names are English in every language. A page without its name is known by its own title where the wording is listed
(English as published; the other languages are the usual wording and unverified).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forensics.ingest import meta_html_pages
from forensics.ingest.meta_actions import fold

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence

INSIGHTS = "profile_account_insights"
_HISTORY = "account_history_"
STEMS: dict[str, str] = {
    "login_activity": f"{_HISTORY}login_history",
    "logout_activity": f"{_HISTORY}logout_history",
    "password_change_activity": f"{_HISTORY}password_change_history",
    "account_privacy_changes": f"{_HISTORY}account_privacy_history",
    "account_status_changes": f"{_HISTORY}account_active_status_changes",
    "signup_information": f"{_HISTORY}registration_info",
    "signup_details": f"{_HISTORY}registration_info",
    "instagram_signup_details": f"{_HISTORY}registration_info",
    "last_known_location": f"{_HISTORY}imprecise_last_known_location",
    "profile_activity": "profile_activity",
    "devices": "devices_devices",
    "camera_information": "devices_camera",
    "profile_changes": "profile_profile_change",
    "account_information": INSIGHTS,
    "secret_conversations": "armadillo_devices",
}
_TITLES = {
    "login_activity": "login activity|anmeldeaktivität|anmeldeaktivitäten|giriş fəaliyyəti|действия входа",
    "logout_activity": "logout activity|abmeldeaktivität|abmeldeaktivitäten|çıxış fəaliyyəti",
    "password_change_activity": "password change activity|passwortänderungen|parol dəyişikliyi fəaliyyəti",
    "account_privacy_changes": "account privacy changes|änderungen der konto-privatsphäre|hesab məxfiliyi dəyişiklikləri",
    "account_status_changes": "account status changes|account active status changes",
    "signup_information": "signup information|signup details|instagram signup details|registrierungsinformationen",
    "last_known_location": "last known location|letzter bekannter standort|son məlum məkan",
    "profile_activity": "profile activity|profilaktivität",
    "devices": "devices|geräte|cihazlar|устройства",
    "camera_information": "camera information|kamerainformationen",
    "profile_changes": "profile changes|profiländerungen|profil dəyişiklikləri",
    "account_information": "account information|kontoinformationen|hesab məlumatları",
    "secret_conversations": "secret conversations|geheime unterhaltungen",
}
TITLES = {fold(title): STEMS[stem] for stem, words in _TITLES.items() for title in words.split("|")}


def page_of(evidence: Evidence, names: tuple[str, ...]) -> str:
    """Return which page a member is, by its file name, else by its own title; "" if neither says."""
    return STEMS.get(meta_html_pages.stem(evidence), "") or meta_html_pages.named(names, TITLES)
