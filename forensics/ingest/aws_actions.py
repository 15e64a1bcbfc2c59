"""Events of AWS CloudTrail: what a name means for whoever holds the account.

Names and results: CloudTrail user guide ("AWS Management Console sign-in events", "record contents"), IAM, STS and IAM
Identity Center user guides. A name that is not listed is ``activity``: CloudTrail logs every call of every service.
"""

from __future__ import annotations

from collections.abc import Mapping

from forensics.ingest.audit_meaning import Meaning, table
from forensics.model import Action, Initiator, Outcome

_KEY = "a key was made with which programs sign in"
_LOGGING = "the logging of the account was changed or switched off"

NAMES: Mapping[str, Meaning] = {
    **table("ConsoleLogin UserAuthentication", Action.LOGIN),
    **table("CredentialVerification", Action.ACTIVITY, text="one step of a sign-in was checked"),
    **table("CredentialChallenge", Action.ACTIVITY, Outcome.CHALLENGE, "a step of a sign-in was asked for"),
    **table("CheckMfa", Action.ACTIVITY, Outcome.CHALLENGE, "the second factor was asked for or checked"),
    **table("Logout UserLogout", Action.LOGOUT),
    **table("PasswordRecoveryRequested", Action.OTHER, Outcome.UNKNOWN, "a password reset was asked for"),
    **table(
        "PasswordRecoveryCompleted PasswordUpdated ChangePassword CreateLoginProfile UpdateLoginProfile",
        Action.PASSWORD_CHANGED,
    ),
    **table(
        "EnableMFADevice DeactivateMFADevice CreateVirtualMFADevice DeleteVirtualMFADevice ResyncMFADevice "
        "RegisterMfaDevice DeleteMfaDeviceForUser CreateVirtualMfaDeviceForUser StartWebAuthnDeviceRegistration "
        "CompleteWebAuthnDeviceRegistration CompleteVirtualMfaDeviceRegistration UpdateMfaDeviceForUser",
        Action.TWO_FACTOR_CHANGED,
    ),
    **table(
        "CreateAccessKey UploadSSHPublicKey UploadSigningCertificate CreateServiceSpecificCredential "
        "ResetServiceSpecificCredential GetFederationToken CreateServiceAccessToken",
        Action.APP_AUTHORISED,
        text=_KEY,
    ),
    **table(
        "StopLogging DeleteTrail UpdateTrail PutEventSelectors DeleteFlowLogs", Action.ACCOUNT_CHANGED, text=_LOGGING
    ),
    **table(
        "CreateUser DeleteUser UpdateUser AttachUserPolicy DetachUserPolicy PutUserPolicy DeleteUserPolicy AddUserToGroup "
        "RemoveUserFromGroup CreateGroup AttachGroupPolicy PutGroupPolicy CreateRole DeleteRole UpdateAssumeRolePolicy "
        "AttachRolePolicy PutRolePolicy CreatePolicyVersion SetDefaultPolicyVersion DeleteLoginProfile UpdateAccessKey "
        "DeleteAccessKey CreateSAMLProvider UpdateSAMLProvider CreateOpenIDConnectProvider EmailUpdated "
        "PutAccountPublicAccessBlock PutBucketPolicy DeleteBucketPolicy PutBucketAcl CreateAccountAssignment "
        "UpdateAccountPasswordPolicy DeleteAccountPasswordPolicy PutAlternateContact LeaveOrganization",
        Action.ACCOUNT_CHANGED,
    ),
    **table(
        "DeleteObject DeleteObjects DeleteBucket DeleteSnapshot DeleteDBInstance TerminateInstances",
        Action.CONTENT_DELETED,
    ),
}
_BLOCKED = ("AccessDenied", "UnauthorizedOperation", "Client.UnauthorizedOperation")
_SIGN_INS = frozenset({Action.LOGIN})


def meaning(name: str, said: str, error: str) -> Meaning:
    """Say what an event means: ``said`` is the result that a sign-in states itself, ``error`` the code of a refused call."""
    found = NAMES.get(name, Meaning(action=Action.ACTIVITY, initiator=None))
    if said == "Failure" or error:
        blocked = error.startswith(_BLOCKED) and found.action not in _SIGN_INS
        action = Action.LOGIN_FAILED if found.action in _SIGN_INS else Action.ACTIVITY
        return Meaning(
            action=action,
            outcome=Outcome.BLOCKED if blocked else Outcome.FAILURE,
            initiator=found.initiator,
            text=found.text and f"refused: {found.text}",
        )
    return found


def initiator(sort: str, invoked_by: str) -> Initiator:
    """Say who acts: AWS itself, a program with a role or on behalf of somebody, or a person who may be one."""
    if sort == "AWSService":
        return Initiator.PROVIDER
    return Initiator.APP if invoked_by else Initiator.UNKNOWN
