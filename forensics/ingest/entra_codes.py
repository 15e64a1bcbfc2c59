"""Error codes of Entra sign-ins: which are failures, which interrupt a sign-in that may go on, which block it.

Source: learn.microsoft.com/entra/identity-platform/reference-error-codes (MicrosoftDocs/entra-docs), restated in short.
A code that interrupts says that the first factor was accepted or that the user is asked something: it is not a failed
login, and not a successful one either. Codes not listed are failures whose text the provider gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forensics.model import Action, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """What a code means: the action, its outcome, and a short text for the event's detail."""

    action: Action
    outcome: Outcome
    text: str = ""


_CHALLENGES: Mapping[str, str] = {
    "16000": "the user has to choose among several sessions",
    "16001": "the user has to choose another account",
    "50055": "the password is expired and has to be changed",
    "50058": "nobody was signed in (single sign-on was tried silently)",
    "50072": "the user has to register a second factor",
    "50074": "a second factor was asked for and not yet given",
    "50076": "a second factor is required",
    "50078": "the second factor has expired and has to be renewed",
    "50079": "the user has to register a second factor",
    "50097": "the device has to authenticate",
    "50125": "interrupted: password reset or registration of recovery details",
    "50127": "a broker app has to be installed",
    "50129": "the device has to be registered",
    "50140": "interrupted: the user was asked whether to stay signed in",
    "50144": "the on-premises password is expired",
    "50158": "an external challenge (second factor of another provider) is required",
    "50187": "the device has to authenticate",
    "50199": "interrupted: the user was asked to confirm the app",
    "50203": "interrupted: the user is asked to set up an authenticator app",
    "51006": "the user has to sign in again with stronger authentication",
    "65001": "nobody has consented to the app yet",
    "81010": "seamless single sign-on could not be used",
    "81012": "another account is signed in on the device",
    "81014": "seamless single sign-on could not be used",
}
_BLOCKED: Mapping[str, str] = {
    "50053": "locked after too many attempts, or the address is known as malicious (see the failure reason)",
    "50057": "the account is disabled",
    "50105": "the user is not assigned to the app",
    "50131": "refused by a conditional access or security decision",
    "53000": "refused by conditional access: the device is not compliant",
    "53001": "refused by conditional access: the device is not domain-joined",
    "53002": "refused by conditional access: the app is not approved",
    "53003": "refused by conditional access",
    "53004": "refused because of risk: the second factor has to be registered first",
    "53010": "refused: a second factor may be registered only from certain places or devices",
    "53011": "refused because of risk at the home tenant",
    "530003": "refused by conditional access: the device has to be managed",
    "530032": "refused by a security policy of the tenant",
    "530034": "refused because of the risk of a delegated administrator",
    "530035": "refused by the security defaults of the tenant",
    "500021": "refused by tenant restrictions",
    "500212": "refused by the outbound access policy",
    "500213": "refused by the inbound access policy",
}
_FAILED: Mapping[str, str] = {
    "50034": "no such user",
    "50056": "no password in the directory",
    "50064": "user name or password was not accepted",
    "50088": "limit of calls for the second factor reached",
    "50126": "user name or password was not accepted",
    "50132": "the session is no longer valid: the password expired or was changed",
    "50133": "the session is no longer valid: the password expired or was changed",
    "50135": "the password has to be changed because of risk",
    "50173": "the session was revoked: a fresh sign-in is needed",
    "65004": "the user declined to consent to the app",
    "70008": "the refresh token expired",
    "70043": "the refresh token expired or was limited by policy",
    "70044": "the session expired or was limited by policy",
    "500121": "the second factor was refused, not answered or wrong; the first factor had been accepted",
    "500133": "the assertion is not within its time",
    "700016": "no such app in the tenant",
    "700082": "the refresh token expired",
}
_TABLE: Mapping[str, SignInCode] = {
    "0": SignInCode(action=Action.LOGIN, outcome=Outcome.SUCCESS),
    **{
        code: SignInCode(action=Action.ACTIVITY, outcome=Outcome.CHALLENGE, text=text)
        for code, text in _CHALLENGES.items()
    },
    **{
        code: SignInCode(action=Action.LOGIN_FAILED, outcome=Outcome.BLOCKED, text=text)
        for code, text in _BLOCKED.items()
    },
    **{
        code: SignInCode(action=Action.LOGIN_FAILED, outcome=Outcome.FAILURE, text=text)
        for code, text in _FAILED.items()
    },
}
OTHER_FAILURE = SignInCode(action=Action.LOGIN_FAILED, outcome=Outcome.FAILURE)
NO_CODE = SignInCode(action=Action.ACTIVITY, outcome=Outcome.UNKNOWN, text="the row states no result")


def code_of(written: str) -> SignInCode:
    """Return what an error code means (``0``, ``50126``, ``AADSTS50126``); "" is a row without a result."""
    code = written.strip().upper().removeprefix("AADSTS").removesuffix(".0")
    return _TABLE.get(code, OTHER_FAILURE) if code else NO_CODE
