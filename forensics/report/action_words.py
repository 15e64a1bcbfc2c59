"""What an action is called in a document for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from forensics.model import Action
from forensics.sentence import say

ACTION_WORDS: Final[Mapping[Action, str]] = {
    Action.LOGIN: say("log-in"),
    Action.LOGIN_FAILED: say("failed log-in"),
    Action.LOGOUT: say("log-out"),
    Action.SESSION: say("session"),
    Action.SESSION_ENDED: say("session ended"),
    Action.PASSWORD_CHANGED: say("password changed"),
    Action.RECOVERY_CHANGED: say("recovery data changed"),
    Action.TWO_FACTOR_CHANGED: say("second factor changed"),
    Action.APP_AUTHORISED: say("application connected"),
    Action.DEVICE_ADDED: say("device added"),
    Action.EXPORT_REQUESTED: say("copy of the data requested"),
    Action.EXPORT_READY: say("copy of the data ready"),
    Action.EXPORT_DOWNLOADED: say("copy of the data downloaded"),
    Action.CONTENT_DELETED: say("content deleted"),
    Action.GROUP_DELETED: say("group deleted"),
    Action.ACCOUNT_CHANGED: say("account changed"),
    Action.CODE_SENT: say("code sent"),
    Action.ALERT: say("alert"),
    Action.MAIL_RECEIVED: say("mail received"),
    Action.MAIL_SENT: say("mail sent"),
    Action.MAIL_RULE_CHANGED: say("mail rule changed"),
    Action.REQUEST: say("request"),
    Action.ACTIVITY: say("activity"),
    Action.OTHER: say("other"),
}
