"""WordPress dumps: sessions are read by length, zones come from the same dump, contexts find their entries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.ingest.companions import Companions
from forensics.ingest.fields import FieldError
from forensics.ingest.formats import host_zone
from forensics.ingest.wordpress_sessions import sessions
from tests.ingest import reading

HEAD = "-- MySQL dump 10.13\nCREATE TABLE `wp_options` (`option_id` int,`option_name` text,`option_value` text);\n"
LOGINS = "INSERT INTO `wp_aiowps_login_activity` (`id`, `login_date`, `login_ip`) VALUES (1,'2020-03-11 05:10:00','192.0.2.1');\n"


def rows(text: str, **told: str) -> list[dict[str, Any]]:
    _, sink = reading.read_bytes(
        text.encode(), "x.sql", told={key.replace("_", "."): value for key, value in told.items()}
    )
    return sink.rows


def serialised(*found: tuple[bytes, bytes]) -> bytes:
    inner = b"".join(
        b's:64:"%b";a:3:{s:2:"ip";s:%d:"%b";s:2:"ua";s:%d:"%b";s:5:"login";i:1583889000;}'
        % (b"%064x" % at, len(address), address, len(agent), agent)
        for at, (address, agent) in enumerate(found)
    )
    return b"a:%d:{%b}" % (len(found), inner)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.just(b"203.0.113.45"), st.binary(max_size=60)), max_size=4))
def test_a_browsers_name_cannot_forge_a_session(found: list[tuple[bytes, bytes]]) -> None:
    held = sessions(serialised(*found))
    assert [item.values["ip"] for item in held] == ["203.0.113.45"] * len(found)
    assert [item.values["ua"] for item in held] == [agent.decode("utf-8", "backslashreplace") for _, agent in found]


@settings(max_examples=200)
@given(st.binary(max_size=80), st.integers(0, 200))
def test_what_is_no_list_of_sessions_is_refused(noise: bytes, cut: int) -> None:
    value = serialised((b"203.0.113.45", b"x"))
    for damaged in (noise, value[: min(cut, len(value) - 1)]):
        if damaged not in (value, b"a:0:{}"):
            with pytest.raises(FieldError):
                sessions(damaged)


def test_the_sites_zone_is_read_from_the_options_of_the_same_dump() -> None:
    option = "INSERT INTO `wp_options` VALUES (1,'timezone_string','Asia/Baku');\n"
    assert rows(HEAD + LOGINS)[0]["time"] is None
    (row,) = rows(HEAD + LOGINS + option)
    assert (row["time"].isoformat(), row["zone_basis"]) == ("2020-03-11T01:10:00+00:00", "export_setting")
    two = option.replace("wp_options", "wp_2_options").replace("Asia/Baku", "Europe/Berlin")
    assert rows(HEAD + HEAD.replace("wp_options", "wp_2_options") + LOGINS + option + two)[0]["time"] is None


def test_what_one_did_to_another_is_told_of_the_other() -> None:
    dump = "-- MySQL dump\nCREATE TABLE `wp_wsal_occurrences` (`id` int,`alert_id` int,`created_on` double,"
    dump += "`username` text,`client_ip` text);\n"
    dump += "CREATE TABLE `wp_wsal_metadata` (`occurrence_id` int,`name` text,`value` text);\n"
    dump += "INSERT INTO `wp_wsal_metadata` VALUES (1,'TargetUsername','editor'),(2,'TargetUserName','editor');\n"
    dump += "INSERT INTO `wp_wsal_occurrences` VALUES "
    dump += "(1,4004,1583889000.5,'root','192.0.2.1'),(2,1008,1583889001,'root','192.0.2.1'),"
    dump += "(3,4003,1583889002,'root','192.0.2.1'),(4,1009,1583889003,'root','192.0.2.1');\n"
    found = [(row["action"], row["account"], json.loads(row["detail"]).get("by", "")) for row in rows(dump)]
    assert found == [
        ("password_changed", "editor", "root"),
        ("login", "editor", "root"),
        ("password_changed", "root", ""),
        ("session_ended", "root", ""),
    ]


def test_refused_sign_ins_of_ithemes_name_the_account_by_number_or_as_typed() -> None:
    """Codes and columns as in published dumps and in the plugin's source (``invalid-login::user-1``, ``…::username-x``)."""
    dump = "-- MySQL dump\nCREATE TABLE `wp_users` (`ID` int,`user_login` text);\n"
    dump += "CREATE TABLE `wp_itsec_logs` (`id` int,`module` text,`code` text,`data` text,`timestamp` text,`remote_ip` text);\n"
    data = 'a:2:{s:8:\\"username\\";s:1:\\"t\\";s:6:\\"SERVER\\";a:1:{s:15:\\"HTTP_USER_AGENT\\";s:8:\\"curl/8.5\\";}}'
    entries = (
        ("brute_force", "invalid-login::user-1", data),
        ("brute_force", "invalid-login::username-x y", ""),
        ("brute_force", "invalid-login", data),
        ("brute_force", "auto-ban-admin-username::username-admin", ""),
        ("malware", "scan", ""),
    )
    at = "'2020-03-11 01:10:00','203.0.113.45'"
    listed = ",".join(
        f"({number},'{module}','{code}','{said}',{at})" for number, (module, code, said) in enumerate(entries, 1)
    )
    dump += "INSERT INTO `wp_users` VALUES (1,'root');\nINSERT INTO `wp_itsec_logs` VALUES "
    found = rows(f"{dump}{listed};\n")
    assert [(row["account"], row["outcome"], row["user_agent"]) for row in found] == [
        ("root", "failure", "curl/8.5"),
        ("x y", "failure", ""),
        ("t", "failure", "curl/8.5"),
        ("admin", "blocked", ""),
    ]
    assert {(row["action"], row["address"], row["time"].isoformat(), row["zone_basis"]) for row in found} == {
        ("login_failed", "203.0.113.45", "2020-03-11T01:10:00+00:00", "format_rule")
    }


def test_a_shortened_address_is_no_clients_and_a_made_account_is_not_its_makers() -> None:
    dump = "-- MySQL dump\nCREATE TABLE `wp_simple_history` (`id` int,`date` datetime,`message` text);\n"
    dump += "CREATE TABLE `wp_simple_history_contexts` (`history_id` int,`key` text,`value` text);\n"
    for at, address in enumerate(("203.0.113.x", "203.0.113.0", "2001:db8:1:2::", "203.0.113.45"), start=1):
        dump += "INSERT INTO `wp_simple_history_contexts` VALUES "
        dump += f"({at},'_message_key','user_created'),({at},'created_user_login','eve'),({at},'_user_login','root'),"
        dump += f"({at},'_server_remote_addr','{address}');\n"
        dump += "INSERT INTO `wp_simple_history` VALUES "
        dump += f"({at},'2020-03-11 01:10:00','made');\n"
    found = rows(dump)
    assert [row["address"] for row in found] == [None, None, None, "203.0.113.45"]
    assert {row["address_form"] for row in found[:3]} == {"masked"}
    assert {row["account"] for row in found} == {"eve"}


@pytest.mark.parametrize(
    "text", ["-- MySQL dump\nCREATE TABLE `shop_orders` (`id` int);\n", "SELECT 1;\n", "<?php $wp_options;"]
)
def test_dumps_of_other_software_are_not_claimed(text: str) -> None:
    assert reading.claimants(text.encode(), "x.sql") == ()


def test_the_machines_zone_is_told_to_the_logs_of_the_same_tree() -> None:
    companions = Companions()
    zone = reading.evidence_of(b"Asia/Baku\n", "server/etc/timezone")
    for stated in host_zone.states(zone):
        companions.learn(zone, stated)
    log = companions.tell(reading.evidence_of(b"x", "server/var/log/auth.log"))
    assert log.told["syslog.zone"].value == "Asia/Baku"
    assert not companions.tell(reading.evidence_of(b"x", "other/var/log/auth.log")).told


@pytest.mark.parametrize("text", ["Asia/Nowhere\n", "Asia/Baku\nx\n", "hello", "Local time: x\n", "Notes/Friday\n"])
def test_other_small_files_are_no_zone(text: str) -> None:
    assert "host_zone" not in reading.claimants(text.encode(), "etc/timezone")


def test_stream_and_loginizer_tell_whose_account_and_from_where() -> None:
    """Table definitions of Stream (``wp_stream``) and Loginizer as dumps on GitHub show them; values are invented."""
    users = "INSERT INTO `wp_users` (`ID`,`user_login`) VALUES (1,'admin'),(2,'editor');\n"
    stream = (
        "INSERT INTO `wp_stream` (`ID`,`object_id`,`user_id`,`summary`,`created`,`connector`,`context`,`action`,`ip`) VALUES "
        "(1,2,2,'editor logged in','2020-03-11 01:10:00','users','sessions','login','203.0.113.45'),"
        "(2,2,1,'editor profile was updated','2020-03-11 01:11:00','users','profiles','updated','203.0.113.45'),"
        "(3,9,1,'x deleted','2020-03-11 01:12:00','users','profiles','deleted','203.0.113.45'),"
        "(4,NULL,2,'\"Page\" trashed','2020-03-11 01:13:00','posts','page','trashed','203.0.113.45'),"
        "(5,NULL,0,'cron','2020-03-11 01:14:00','settings','general','updated',NULL);\n"
    )
    tried = "INSERT INTO `wp_loginizer_logs` (`username`,`time`,`count`,`lockout`,`ip`,`url`) VALUES "
    found = rows(
        HEAD + users + stream + tried + "('admin',1583889000,7,1,'203.0.113.45','https://n.example/wp-login.php');\n"
    )
    assert [(row["action"], row["account"], row["outcome"]) for row in found] == [
        ("login", "editor", "success"),
        ("account_changed", "editor", "success"),
        ("account_changed", "", "success"),
        ("activity", "editor", "success"),
        ("login_failed", "admin", "blocked"),
    ]
    assert {row["address"] for row in found} == {"203.0.113.45"}
    assert found[0]["time"].isoformat() == found[4]["time"].isoformat() == "2020-03-11T01:10:00+00:00"
    assert json.loads(found[1]["detail"])["by"] == json.loads(found[2]["detail"])["by"] == "admin"


def test_a_table_of_streams_is_not_taken_for_wordpress() -> None:
    dump = "-- dump\nCREATE TABLE `video_stream` (`id` int);\nINSERT INTO `video_stream` (`id`) VALUES (1);\n"
    coverage, _ = reading.read_bytes(dump.encode(), "x.sql")
    assert coverage.format == ""
