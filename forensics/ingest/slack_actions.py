"""Actions of Slack's audit log: what a name means.

Names and sentences: Slack's reference "Audit Logs API methods & actions" and the constants of its SDK for Java. A name
that is not listed counts as activity, its outcome as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

from forensics.ingest.audit_meaning import Meaning, table
from forensics.model import Action, Initiator, Outcome

_EXPORTS = ("manual_export", "manual_user_export", "scheduled_export", "channels_export")
NAMES: Mapping[str, Meaning] = {
    **table("user_login cli_login", Action.LOGIN),
    "user_login_failed": Meaning(action=Action.LOGIN_FAILED, outcome=Outcome.FAILURE),
    **table("user_logout", Action.LOGOUT),
    **table(
        "user_logout_compromised user_logout_non_compliant_mobile_app_version "
        "user_sessions_reset_by_anomaly_event_response",
        Action.SESSION_ENDED,
        text="Slack ended a session",
        initiator=Initiator.PROVIDER,
    ),
    **table("user_session_invalidated user_session_reset_by_admin bulk_session_reset_by_admin", Action.SESSION_ENDED),
    "anomaly": Meaning(
        action=Action.ALERT,
        outcome=Outcome.UNKNOWN,
        initiator=Initiator.PROVIDER,
        text="Slack holds this use for unusual; 'reason' in the details says why",
    ),
    **table(
        "user_password_reset_slack_security",
        Action.PASSWORD_CHANGED,
        text="the security staff of Slack reset the password",
        initiator=Initiator.PROVIDER,
    ),
    "user_password_reset_requested": Meaning(
        action=Action.OTHER, outcome=Outcome.UNKNOWN, text="a password reset was asked for"
    ),
    **table("user_email_updated", Action.RECOVERY_CHANGED),
    **table("pref.two_factor_auth_changed", Action.TWO_FACTOR_CHANGED, text="a setting of the workspace"),
    **table("app_installed app_approved app_scopes_expanded", Action.APP_AUTHORISED),
    **{f"{name}_started": Meaning(action=Action.EXPORT_REQUESTED) for name in _EXPORTS},
    **{f"{name}_completed": Meaning(action=Action.EXPORT_READY) for name in _EXPORTS},
    **{f"{name}_downloaded": Meaning(action=Action.EXPORT_DOWNLOADED) for name in _EXPORTS},
    **table("public_channel_deleted private_channel_deleted", Action.GROUP_DELETED),
    **table(
        "user_created user_deactivated user_reactivated guest_created guest_deactivated guest_reactivated "
        "owner_transferred role_assigned role_removed role_change_to_admin role_change_to_guest role_change_to_owner "
        "role_change_to_user permissions_assigned permissions_removed pref.sso_setting_changed user_username_updated",
        Action.ACCOUNT_CHANGED,
    ),
}
_UNLISTED = Meaning(action=Action.ACTIVITY, outcome=Outcome.UNKNOWN)


def meaning(name: str) -> Meaning:
    """Say what an action is."""
    return NAMES.get(name, _UNLISTED)
