"""Actions of GitHub's security and audit logs: what a name means.

Names and sentences: github/docs, ``src/audit-logs/data`` (the tables behind docs.github.com "Security log events" and
"Audit log events for your organization"). A name that is not listed is judged by its category (unless it tells of a wish,
a refusal or a failure), else ``activity``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from forensics.ingest.audit_meaning import Meaning, table
from forensics.model import Action, Initiator, Outcome

NAMES: Mapping[str, Meaning] = {
    **table(
        "user.login user.sign_in_from_unrecognized_device user.sign_in_from_unrecognized_device_and_location "
        "user.new_device_used",
        Action.LOGIN,
    ),
    **table(
        "org.sso_response business.sso_response",
        Action.ACTIVITY,
        Outcome.UNKNOWN,
        "an answer of the single sign-on when a member tried to authenticate; the name does not say with what result",
    ),
    **table("user.failed_login", Action.LOGIN_FAILED, Outcome.FAILURE),
    **table(
        "user.two_factor_challenge_failure user.device_verification_failure",
        Action.LOGIN_FAILED,
        Outcome.FAILURE,
        "the password had been accepted, the second step failed",
    ),
    **table(
        "user.two_factor_requested user.device_verification_requested",
        Action.ACTIVITY,
        Outcome.CHALLENGE,
        "the password was accepted, a second step was asked for",
    ),
    **table("user.two_factor_challenge_success user.device_verification_success", Action.ACTIVITY),
    **table("user.two_factor_recover", Action.ACTIVITY, text="a recovery code was used instead of the second factor"),
    **table("user.logout", Action.LOGOUT),
    **table("user.change_password user.reset_password", Action.PASSWORD_CHANGED),
    **table("user.forgot_password", Action.OTHER, Outcome.UNKNOWN, "a password reset was asked for"),
    **table(
        "two_factor_authentication.enabled two_factor_authentication.disabled two_factor_authentication.add_factor "
        "two_factor_authentication.remove_factor two_factor_authentication.update_fallback "
        "two_factor_authentication.recovery_codes_regenerated two_factor_account_recovery.two_factor_destroy "
        "two_factor_account_recovery.complete passkey.register passkey.remove security_key.register "
        "security_key.remove trusted_device.register trusted_device.remove",
        Action.TWO_FACTOR_CHANGED,
    ),
    "two_factor_authentication.sign_in_fallback_sms": Meaning(action=Action.CODE_SENT, initiator=Initiator.PROVIDER),
    "two_factor_authentication.password_reset_fallback_sms": Meaning(
        action=Action.CODE_SENT, initiator=Initiator.PROVIDER
    ),
    **table(
        "user.add_email user.remove_email account_recovery_token.confirm account_recovery_token.destroy "
        "account_recovery_token.recover",
        Action.RECOVERY_CHANGED,
    ),
    **table(
        "oauth_authorization.create oauth_access.create oauth_access.regenerate integration_installation.create "
        "org.oauth_app_access_approved",
        Action.APP_AUTHORISED,
    ),
    **table(
        "personal_access_token.create personal_access_token.access_granted "
        "personal_access_token.credential_regenerated",
        Action.APP_AUTHORISED,
        text="a token that gives programs access to the account",
    ),
    **table(
        "public_key.create git_signing_ssh_public_key.create gpg_key.create",
        Action.ACCOUNT_CHANGED,
        text="a key was added to the account",
    ),
    **table("migration.create", Action.EXPORT_REQUESTED),
    **table("migration.download", Action.EXPORT_DOWNLOADED),
    **table(
        "repo.destroy gist.destroy project.delete packages.package_deleted release.destroy", Action.CONTENT_DELETED
    ),
    **table("org.delete org.async_delete team.destroy business.delete", Action.GROUP_DELETED),
    **table(
        "user.create user.rename user.destroy user.async_delete user.delete user.suspend user.unsuspend "
        "user.promote user.demote user.recreate repo.transfer repo.access repo.add_member repo.remove_member",
        Action.ACCOUNT_CHANGED,
    ),
}
_CATEGORIES = frozenset({
    "account", "billing", "business", "git_signing_ssh_public_key", "gpg_key", "integration_installation",
    "oauth_access", "oauth_application", "oauth_authorization", "org", "org_credential_authorization",
    "payment_method", "personal_access_token", "public_key", "successor_invitation", "team",
})  # fmt: skip
_NO_CHANGE = re.compile(
    r"request|denied|deny|rejected|fail|cancel|export|download|sso_response|recovery_code_used|view|clone|prepare|expired|stale"
)
"""Words of names that tell of a wish, a refusal or a look, not of a change."""
_UNLISTED = Meaning(action=Action.ACTIVITY, outcome=Outcome.UNKNOWN)


def meaning(name: str) -> Meaning:
    """Say what an action is."""
    found = NAMES.get(name)
    category, _, verb = name.partition(".")
    if found is None and category in _CATEGORIES and not _NO_CHANGE.search(verb):
        return Meaning(action=Action.ACCOUNT_CHANGED, outcome=Outcome.UNKNOWN)
    return found or _UNLISTED
