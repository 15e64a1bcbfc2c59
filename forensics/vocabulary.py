"""The closed vocabularies: every word that an event, a context, a session or a finding may use."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What sort of record a row is; the four look alike in exports and must never be mixed."""

    EVENT = "event"  # one action at one instant
    SESSION = "session"  # created + last used; its address is the *last* one
    INVENTORY = "inventory"  # a fact without a time
    STATE_CHANGE = "state_change"  # old and new value


class ZoneBasis(StrEnum):
    """Where the zone of a time comes from."""

    EXPLICIT = "explicit"  # offset or zone written beside the time
    EPOCH = "epoch"  # seconds since 1970 UTC
    FORMAT_RULE = "format_rule"  # the format's documentation or measurement says so
    EXPORT_SETTING = "export_setting"  # a zone setting found in the same export
    ASSUMED = "assumed"  # nothing says so; marked wherever it is used
    NONE = "none"  # no time


class Precision(StrEnum):
    """The finest unit that the time as found carries."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


class Action(StrEnum):
    """The closed list of normalised actions; the provider's own words stay in ``action_text``."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    SESSION = "session"
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a name of an action, no secret
    RECOVERY_CHANGED = "recovery_changed"
    TWO_FACTOR_CHANGED = "two_factor_changed"
    APP_AUTHORISED = "app_authorised"
    DEVICE_ADDED = "device_added"
    EXPORT_REQUESTED = "export_requested"
    EXPORT_READY = "export_ready"
    EXPORT_DOWNLOADED = "export_downloaded"
    CONTENT_DELETED = "content_deleted"
    GROUP_DELETED = "group_deleted"
    ACCOUNT_CHANGED = "account_changed"
    CODE_SENT = "code_sent"
    ALERT = "alert"
    MAIL_RECEIVED = "mail_received"
    MAIL_SENT = "mail_sent"
    MAIL_RULE_CHANGED = "mail_rule_changed"
    REQUEST = "request"
    ACTIVITY = "activity"
    OTHER = "other"


class Outcome(StrEnum):
    """How the action ended, as far as the provider says."""

    SUCCESS = "success"
    FAILURE = "failure"
    BLOCKED = "blocked"
    CHALLENGE = "challenge"
    UNKNOWN = "unknown"


class Initiator(StrEnum):
    """Who caused the row: background synchronisation must not pass for a person."""

    USER = "user"
    APP = "app"
    PROVIDER = "provider"
    UNKNOWN = "unknown"


class AddressForm(StrEnum):
    """How the address was written."""

    V4 = "v4"
    V6 = "v6"
    V4_MAPPED = "v4_mapped"
    HOSTNAME = "hostname"
    MASKED = "masked"
    NONE = "none"


class ContextStatus(StrEnum):
    """How well a dated value is supported (``docs/decisions`` and the enrichment stage explain the cases)."""

    BRACKETED = "bracketed"  # the snapshots before and after agree
    CHANGED_BETWEEN = "changed-between"  # they disagree: both are printed, none wins
    NEAR = "near"  # one side only, at most 90 days away
    STALE = "stale"  # one side only, further away
    UNROUTED = "unrouted"  # no snapshot announces the address
    SPECIAL = "special"  # special-purpose space (RFC 6890 and successors)
    UNKNOWN = "unknown"  # no snapshot can answer


class Role(StrEnum):
    """Whose address or session it is, as far as the owner's baseline can say. Never a verdict about a person."""

    OWNER = "owner"
    UNEXPLAINED = "unexplained"
    UNKNOWN = "unknown"


FINDING_KINDS = (
    "unexplained_session",
    "takeover_sequence",
    "data_export",
    "deletion",
    "registry_link",
    "cross_provider",
    "phishing",
    "brute_force",
    "sms_code",
    "mail_rule",
    "overlap",
    "coverage_gap",
    "clock_conflict",
    "burst",  # many requests to a site at once, which nothing in the log sets apart from those of readers
    "flood",  # a burst with a sign that sets it apart from readers
    "scan",  # paths that programs try on every site: neither a guess at a password nor a flood
)

DEVICE_IDENTIFIERS = (
    "amazon-serial:",
    "android-id:",
    "apple-serial:",
    "chrome-device:",
    "datr:",
    "entra-device:",
    "ig-cookie:",
    "ig-device:",
    "imei:",
    "ios-idfv:",
    "meta-device:",
    "netflix-esn:",
    "ssh-key:",
    "uber-device:",
    "x-device:",
    "x-token:",
)
"""Spellings of ``device`` that name one browser, phone or key, so that they tie sessions together."""

DEVICE_MODELS = ("google:", "telegram:")
"""Spellings of ``device`` that name a model which many people own."""
