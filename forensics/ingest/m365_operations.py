"""What the operations of the Microsoft 365 unified audit log mean, as far as an examiner of a hacked account asks.

Names of operations of the directory end with a dot in some exports and without in others; case differs between tools.
Operations that are not listed are ``activity`` and keep their name: nothing is dropped. Sources: the public list of
audited activities of Microsoft Purview, and the audit pipelines of elastic/integrations (``packages/o365``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from forensics.model import Action, Initiator, Outcome

_GROUPS: Mapping[Action, str] = {
    Action.LOGIN: """
        userloggedin|passwordlogoninitialauthusingpassword|passwordlogoninitialauthusingadfsfederatedtoken
        foreignrealmindexlogoninitialauthusingadfsfederatedtoken|mailboxlogin""",
    Action.LOGIN_FAILED: "userloginfailed",
    Action.LOGOUT: "userloggedoff|userloggedout|userloggedoutfromapp",
    Action.SESSION_ENDED: """
        update stsrefreshtokenvalidfrom timestamp|revoke user session|userrevokesession|revokesigninsessions
        revoke-azureaduserallrefreshtoken""",
    Action.PASSWORD_CHANGED: """
        change user password|reset user password|change password (self-service)|reset password (self-service)
        reset password (by admin)|reset user password (self-service)|update passwordprofile|set user password""",
    Action.TWO_FACTOR_CHANGED: """
        disable strong authentication|enable strong authentication|user registered security info
        user deleted security info|user changed default security info|user updated security info
        user registered all required security info|admin registered security info
        admin deleted security info|admin updated security info|admin changed security info
        update per-user multifactor authentication state
        add fido2 security key|delete fido2 security key|add passwordless phone sign-in credential
        add windows hello for business credential|delete windows hello for business credential
        add passkey (device-bound)|delete passkey (device-bound)|create temporary access pass method for user""",
    Action.APP_AUTHORISED: """
        consent to application|add oauth2permissiongrant|add delegated permission grant
        add app role assignment grant to user|add app role assignment to service principal
        add app role assignment to user""",
    Action.DEVICE_ADDED: """
        add device|register device|add registered owner to device|add registered users to device""",
    Action.MAIL_RULE_CHANGED: """
        new-inboxrule|set-inboxrule|remove-inboxrule|enable-inboxrule|disable-inboxrule|updateinboxrules
        new-transportrule|set-transportrule|remove-transportrule|enable-transportrule|disable-transportrule
        new-sweeprule|set-sweeprule|remove-sweeprule""",
    Action.MAIL_SENT: "send|sendas|sendonbehalf",
    Action.CONTENT_DELETED: """
        harddelete|softdelete|movetodeleteditems|filedeleted|filedeletedfirststagerecyclebin
        filedeletedsecondstagerecyclebin|filerecycled|folderdeleted|folderdeletedfirststagerecyclebin
        folderdeletedsecondstagerecyclebin|folderrecycled|fileversionsalldeleted|fileversiondeleted|listdeleted
        listitemdeleted|listitemrecycled|sitedeleted|messagedeleted|recorddelete|searchpurged""",
    Action.GROUP_DELETED: "delete group|remove-unifiedgroup|teamdeleted|groupdeletion|hard delete group",
    Action.EXPORT_REQUESTED: "searchexported|new-mailboxexportrequest",
    Action.EXPORT_DOWNLOADED: "searchexportdownloaded",
    Action.ALERT: """
        alerttriggered|alertentitygenerated|alertupdated|atpdetection|timaildata|airinvestigationdata
        filemalwaredetected""",
    Action.ACCOUNT_CHANGED: """
        update user|add user|delete user|disable account|enable account|restore user|set force change user password
        add member to role|remove member from role|add eligible member to role|remove eligible member from role
        add member to group|remove member from group|add owner to group|add owner to application
        add owner to service principal|add application|update application|delete application
        add service principal|add service principal credentials|remove service principal|update service principal
        remove oauth2permissiongrant
        remove delegated permission grant|remove app role assignment from service principal|delete device
        remove app role assignment from user|revoke consent|disable device|update device
        set domain authentication|set federation settings on domain|update policy|add policy|delete policy
        update conditional access policy|delete conditional access policy|add conditional access policy
        set-mailbox|set-casmailbox|set-user|set-mailboxautoreplyconfiguration|set-mailboxjunkemailconfiguration
        add-mailboxpermission|remove-mailboxpermission|set-mailboxpermission|add-recipientpermission
        remove-recipientpermission|add-mailboxfolderpermission|set-mailboxfolderpermission
        remove-mailboxfolderpermission|addfolderpermissions|modifyfolderpermissions|updatefolderpermissions
        removefolderpermissions|updatecalendardelegation|set-adminauditlogconfig|set-mailboxauditbypassassociation
        disable-unifiedauditlog|new-outboundconnector|set-outboundconnector|new-inboundconnector|new-mailbox
        set-remotedomain|set-hostedoutboundspamfilterpolicy|new-managementroleassignment|add-rolegroupmember""",
}

ACTIONS: Mapping[str, Action] = {
    name.strip().casefold(): action
    for action, names in _GROUPS.items()
    for name in names.replace("\n", "|").split("|")
    if name.strip()
}
"""Operation (case folded, without the final dot) → action."""

_FORWARDING = frozenset({"forwardingsmtpaddress", "forwardingaddress", "delivertomailboxandforward"})
_STEPS = frozenset(
    {
        Action.PASSWORD_CHANGED,
        Action.TWO_FACTOR_CHANGED,
        Action.APP_AUTHORISED,
        Action.DEVICE_ADDED,
        Action.MAIL_RULE_CHANGED,
        Action.SESSION_ENDED,
        Action.EXPORT_REQUESTED,
        Action.EXPORT_DOWNLOADED,
        Action.CONTENT_DELETED,
        Action.GROUP_DELETED,
        Action.MAIL_SENT,
        Action.ACCOUNT_CHANGED,
    }
)
"""Actions that say "it happened": an attempt that failed is no such step."""

_OPEN = frozenset({"timeout", "pending", "inprogress", "started", "interrupted"})
"""Results that do not say how it ended."""

_SUCCESS = frozenset({"succeeded", "success", "true", "partiallysucceeded", "completed"})
_FAILURE = frozenset({"failed", "failure", "false", "fail", "error", "faulted", "denied"})
_INITIATORS: Mapping[str, Initiator] = {
    "0": Initiator.USER,
    "2": Initiator.USER,
    "3": Initiator.PROVIDER,
    "4": Initiator.PROVIDER,
    "5": Initiator.APP,
    "6": Initiator.APP,
    "7": Initiator.PROVIDER,
    "8": Initiator.PROVIDER,
    "regular": Initiator.USER,
    "admin": Initiator.USER,
    "dcadmin": Initiator.PROVIDER,
    "system": Initiator.PROVIDER,
    "application": Initiator.APP,
    "serviceprincipal": Initiator.APP,
    "custompolicy": Initiator.PROVIDER,
    "systempolicy": Initiator.PROVIDER,
}


WITH_PARAMETERS = frozenset({"set-mailbox", "new-compliancesearchaction"})
"""Operations whose parameters decide what they do."""
WITH_CHANGES = frozenset({"update user", "update-user"})
"""Operations whose changed properties do."""


@lru_cache(maxsize=1_024)
def plain(operation: str) -> str:
    """Fold an operation's name to the spelling of ``ACTIONS``."""
    return operation.strip().removesuffix(".").casefold()


def action_of(operation: str, parameters: Mapping[str, str], changed: Mapping[str, str]) -> Action:
    """Return what an operation does; ``parameters`` and ``changed`` (new values) by name.

    ``Set-Mailbox`` with a forwarding parameter is a mail rule; ``Update user`` of a strong-authentication property is
    a change of the second factor.
    """
    name = plain(operation)
    if name == "set-mailbox" and _FORWARDING & {key.casefold() for key in parameters}:
        return Action.MAIL_RULE_CHANGED
    if name == "new-compliancesearchaction":
        asked = {key.casefold() for key in parameters}
        return Action.EXPORT_REQUESTED if "export" in asked else _purge(asked)
    if name in WITH_CHANGES and any(_is_second_factor(key) for key in changed):
        return Action.TWO_FACTOR_CHANGED
    if name.startswith("strongauthentication"):
        return Action.TWO_FACTOR_CHANGED
    return ACTIONS.get(name, Action.ACTIVITY)


def _purge(asked: set[str]) -> Action:
    return Action.CONTENT_DELETED if "purge" in asked else Action.ACTIVITY


def _is_second_factor(name: str) -> bool:
    return name.casefold().startswith(("strongauthentication", "searchabledevicekey"))


def outcome_of(status: str) -> Outcome:
    """Read ``ResultStatus`` (``Succeeded``, ``Success``, ``True``, ``Failed``, ``False`` …)."""
    folded = _folded(status)
    if folded in _SUCCESS:
        return Outcome.SUCCESS
    return Outcome.FAILURE if folded in _FAILURE else Outcome.UNKNOWN


def initiator_of(user_type: str) -> Initiator:
    """Read ``UserType``: a number or its name in the Office 365 Management Activity schema."""
    return _INITIATORS.get(user_type.strip().casefold(), Initiator.UNKNOWN)


def _folded(status: str) -> str:
    return status.strip().casefold().replace(" ", "")


def attempted(action: Action, outcome: Outcome, status: str) -> Action:
    """Return ``activity`` for a step that failed or is open: the attempt stays visible, nothing says that it happened."""
    undone = outcome in {Outcome.FAILURE, Outcome.BLOCKED} or _folded(status) in _OPEN
    return Action.ACTIVITY if undone and action in _STEPS else action
