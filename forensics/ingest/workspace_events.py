"""Events of Google Workspace audit logs: what a name means, by the documentation of the Admin SDK Reports API.

Two meanings are easily turned round. ``suspicious_login`` and its two sisters are attempts that Google *blocked*; a
suspicious login that succeeded is ``login_success`` with ``is_suspicious``. A copy of all data whose destination is a
drive or a foreign cloud was delivered there without any download. Names that are not listed are ``activity``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forensics.ingest.audit_meaning import Meaning
from forensics.model import Action, Initiator, Outcome


def _table(action: Action, names: str, outcome: Outcome = Outcome.SUCCESS) -> dict[str, Meaning]:
    return {name: Meaning(action=action, outcome=outcome) for name in names.split()}


_BLOCKED = Meaning(
    action=Action.LOGIN_FAILED, outcome=Outcome.BLOCKED, text="a suspicious attempt to log in that Google blocked"
)
_DISABLED = Meaning(action=Action.ACCOUNT_CHANGED, initiator=Initiator.PROVIDER, text="Google disabled the account")

NAMES: Mapping[str, Meaning] = {
    # login
    "login_success": Meaning(action=Action.LOGIN),
    "login_failure": Meaning(action=Action.LOGIN_FAILED, outcome=Outcome.FAILURE),
    "login_challenge": Meaning(action=Action.ACTIVITY, outcome=Outcome.CHALLENGE),
    "login_verification": Meaning(action=Action.ACTIVITY, outcome=Outcome.CHALLENGE),
    "logout": Meaning(action=Action.LOGOUT),
    "risky_sensitive_action_allowed": Meaning(
        action=Action.ACTIVITY, text="a sensitive action in a risky session that Google allowed"
    ),
    "risky_sensitive_action_blocked": Meaning(
        action=Action.ACTIVITY,
        outcome=Outcome.BLOCKED,
        text="a sensitive action in a risky session that Google blocked",
    ),
    "suspicious_login": _BLOCKED,
    "suspicious_login_less_secure_app": _BLOCKED,
    "suspicious_programmatic_login": _BLOCKED,
    "account_disabled_hijacked": _DISABLED,
    "account_disabled_password_leak": _DISABLED,
    "account_disabled_generic": _DISABLED,
    "account_disabled_spamming": _DISABLED,
    "account_disabled_spamming_through_relay": _DISABLED,
    "gov_attack_warning": Meaning(
        action=Action.ALERT,
        outcome=Outcome.UNKNOWN,
        initiator=Initiator.PROVIDER,
        text="Google's warning of an attempt by attackers with the backing of a government; it names no login",
    ),
    "user_signed_out_due_to_suspicious_session_cookie": Meaning(
        action=Action.SESSION_ENDED, initiator=Initiator.PROVIDER, text="Google ended a session because of its cookie"
    ),
    # user_accounts (since 2023 also told by login)
    **_table(
        Action.TWO_FACTOR_CHANGED,
        "2sv_enroll 2sv_disable titanium_enroll titanium_unenroll passkey_enrolled passkey_removed",
    ),
    **_table(Action.PASSWORD_CHANGED, "password_edit change_password"),
    **_table(
        Action.RECOVERY_CHANGED,
        "recovery_email_edit recovery_phone_edit recovery_secret_qa_edit change_recovery_email change_recovery_phone",
    ),
    **_table(
        Action.MAIL_RULE_CHANGED,
        "email_forwarding_out_of_domain create_email_monitor delete_email_monitor create_gmail_setting "
        "change_gmail_setting delete_gmail_setting",
    ),
    # takeout, data export tool, vault
    **_table(Action.EXPORT_REQUESTED, "started_user_takeout scheduled_user_takeout customer_takeout_created"),
    **_table(Action.EXPORT_READY, "completed_user_takeout customer_takeout_succeeded create_export_end"),
    **_table(Action.EXPORT_DOWNLOADED, "downloaded_user_takeout export_file_download legacy_export_download"),
    **_table(Action.EXPORT_REQUESTED, "create_export_begin export"),
    # token
    "authorize": Meaning(action=Action.APP_AUTHORISED),
    "revoke": Meaning(action=Action.ACCOUNT_CHANGED),
    "request": Meaning(action=Action.ACTIVITY),
    "activity": Meaning(action=Action.ACTIVITY, initiator=Initiator.APP),
    # groups and admin
    **_table(Action.GROUP_DELETED, "delete_group"),
    **_table(
        Action.TWO_FACTOR_CHANGED,
        "turn_off_2_step_verification unenroll_user_from_strong_auth revoke_security_key add_security_key "
        "generate_2sv_scratch_codes unenroll_user_from_titanium security_key_registered_for_user "
        "enforce_strong_authentication change_allowed_two_step_verification_methods delete_2sv_scratch_codes",
    ),
    **_table(
        Action.ACCOUNT_CHANGED,
        "grant_admin_privilege revoke_admin_privilege grant_delegated_admin_privileges assign_role unassign_role "
        "create_role create_user delete_user suspend_user unsuspend_user rename_user archive_user unarchive_user "
        "undelete_user add_group_member remove_group_member revoke_3lo_token revoke_asp revoke_3lo_device_tokens "
        "change_password_on_next_login add_nickname remove_nickname add_to_trusted_oauth2_apps "
        "remove_api_client_access toggle_allow_less_secure_apps change_application_setting "
        "delete_user_and_transfer_data change_user_relation",
    ),
    **_table(Action.SESSION_ENDED, "reset_signin_cookies logout_user"),
    **_table(Action.APP_AUTHORISED, "authorize_api_client_access"),
    # drive
    **_table(Action.CONTENT_DELETED, "trash delete delete_forever"),
}
_IN_DRIVE_ONLY = frozenset({"trash", "delete", "delete_forever"})
_IN_TOKEN_ONLY = frozenset({"authorize", "revoke", "request", "activity"})
_IN_VAULT_ONLY = frozenset({"export"})
_FOREIGN = frozenset({"BOX", "DRIVE", "DROPBOX", "ONEDRIVE"})
_UNLISTED = Meaning(action=Action.ACTIVITY, outcome=Outcome.UNKNOWN)


def meaning(application: str, name: str, parameters: Mapping[str, str]) -> Meaning:
    """Say what an event is; ``parameters`` by name, values as text."""
    low = name.strip().casefold()
    if _elsewhere(application.casefold(), low):
        return _UNLISTED
    if low.endswith("_user_takeout"):
        return _takeout(low, NAMES.get(low, _UNLISTED), parameters)
    if low in {"login_success", "login_failure"}:
        return _login(low, parameters)
    if low in {"login_challenge", "login_verification"}:
        return _challenge(low, parameters)
    if low == "device_register_unregister_event" and parameters.get("ACCOUNT_STATE", "").upper() == "REGISTERED":
        return Meaning(action=Action.DEVICE_ADDED)
    return NAMES.get(low, _UNLISTED)


def _login(name: str, parameters: Mapping[str, str]) -> Meaning:
    """``exchange``: a token was exchanged, no person typed anything."""
    exchanged = parameters.get("login_type", "").casefold() == "exchange"
    suspicious = name == "login_success" and parameters.get("is_suspicious", "").casefold() == "true"
    text = "Google holds this login for suspicious; it succeeded" if suspicious else ""
    return replace(NAMES[name], initiator=Initiator.APP if exchanged else None, text=text)


def _elsewhere(application: str, name: str) -> bool:
    """Short names mean what they mean in one application only, and nothing where it is not told."""
    return (
        (name in _IN_DRIVE_ONLY and application != "drive")
        or (name in _IN_TOKEN_ONLY and application != "token")
        or (name in _IN_VAULT_ONLY and application != "vault")
    )


def _challenge(name: str, parameters: Mapping[str, str]) -> Meaning:
    status = parameters.get("login_challenge_status", "").casefold()
    if "incorrect" in status or "fail" in status:
        return Meaning(action=Action.ACTIVITY, outcome=Outcome.FAILURE)
    passed = "passed" in status and name == "login_verification"
    return Meaning(action=Action.ACTIVITY, outcome=Outcome.SUCCESS if passed else Outcome.CHALLENGE)


def _takeout(name: str, found: Meaning, parameters: Mapping[str, str]) -> Meaning:
    """A copy that failed or was cancelled is none; a destination outside the account is said."""
    status = parameters.get("TAKEOUT_STATUS", "").upper()
    destination = parameters.get("TAKEOUT_DESTINATION", "").upper()
    initiator = Initiator.APP if "SCHEDULER" in parameters.get("INITIATED_BY", "").upper() else None
    text = f"the copy goes to {destination}, without a download" if destination in _FOREIGN else ""
    if name == "completed_user_takeout" and status not in {"", "COMPLETED"}:
        outcome = Outcome.UNKNOWN if status == "IN_PROGRESS" else Outcome.FAILURE
        return Meaning(action=Action.ACTIVITY, outcome=outcome, initiator=initiator, text=text)
    return Meaning(action=found.action, initiator=initiator, text=text)
