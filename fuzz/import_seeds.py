"""Small files of every form that ``data import`` reads, as seeds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.enrichment import mmdb_file, mrt_file

NOON = 1_584_446_400


def seeds() -> dict[str, list[bytes]]:
    """Return importer → files."""
    peers = mrt_file.peer_table([("192.0.2.1", 64500), ("2001:db8::2", 64501)], NOON)
    path = mrt_file.attributes([64500, frozenset({64507, 64508})])
    old_path = mrt_file.attributes([64500, 23456], 2, mrt_file.as_path([65550], 4, code=17))
    return {
        "pfx2as": [b"192.0.2.0\t24\t64500\n192.0.2.128\t25\t64501_64502,64503\n2001:db8::\t32\t64509\n"],
        "csv_ranges": [
            b"192.0.2.0,192.0.2.255,64500,AZ,First\n2001:db8::,2001:db8::ff,AS64501,GB,Second\n",
            b'cidr;asn;country;class\n192.0.2.0/24;64500;AZ;vpn hosting\n"2001:db8::/32";;;tor_exit\n',
            b"3221225984,3221226239,64500,First\n3325256704,3325256831,64501,Second\n",
        ],
        "mrt": [
            peers + mrt_file.rib("192.0.2.0/24", [(0, path), (1, path)], NOON),
            peers + mrt_file.rib("2001:db8::/32", [(0, path), (1, path)], NOON, addpath=True),
            mrt_file.old("192.0.2.0/24", ("192.0.2.1", 64500), old_path, NOON),
        ],
        "tor_exits": [b"Downloaded 2020-03-17 12:02:00\nExitAddress 192.0.2.1 2020-03-17 11:06:42\n", b"192.0.2.1\n"],
        "passive_dns": [
            b'{"rrname":"a.example","rrtype":"A","rdata":["192.0.2.1"],"time_first":1584403200,"time_last":1584403200}\n',
            b"rrname,rrtype,rdata,time_first,time_last,count\na.example,A,192.0.2.1,2020-03-17,2020-03-18 00:00:00,1\n",
        ],
        "mmdb": [_mmdb()],
    }


def _mmdb() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed"
        mmdb_file.write(
            path, {"192.0.2.0/24": {"asn": "AS64500", "country": "AZ"}, "2001:db8::/32": {"is_tor": 1}}, epoch=NOON
        )
        return path.read_bytes()
