"""tools/bench runs, and what it writes has the shape that others read."""
import json
import os
import subprocess

from conftest import BUILD, SOURCE

KEYS = {"name", "value", "unit", "peer", "peer_value", "ratio", "command"}


def test_bench_writes_what_others_read():
    done = subprocess.run([SOURCE / "tools" / "bench", "--smoke"], text=True, capture_output=True,
                          env=dict(os.environ, BUILD=str(BUILD.parent)))
    assert done.returncode == 0, done.stderr
    rows = json.loads((BUILD.parent / "bench-smoke.json").read_text())
    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names)
    assert {"gate.decision", "log.append", "lease.issue", "audit.leases"} <= set(names)
    for row in rows:
        assert set(row) == KEYS
        assert row["value"] > 0 and row["unit"] and row["command"]
        assert (row["ratio"] is None) == (row["peer_value"] is None)
    for name in names:
        assert name in done.stdout
