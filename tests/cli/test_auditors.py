"""doc/auditors.md, followed by somebody who has an address and two keys."""
import base64
import functools
import hashlib
import os
import re
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import PROVISO
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_cosign import witnessed  # noqa: F401 (a fixture)

DOCUMENT = Path(__file__).resolve().parents[2] / "doc" / "auditors.md"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def auditor(witnessed, tmp_path_factory):  # noqa: F811
    """A folder with what an auditor has; the log is served as files."""
    witnessed.system()
    for _ in range(3):
        witnessed.renew("system")
    witnessed.upheld()
    witnessed.measure("restrict", f"system/{witnessed.ids['system']}", scope="capability=capture.headers",
                      finding=witnessed.ids["finding"])
    folder = tmp_path_factory.mktemp("auditor")
    witnessed.run("log", "prove", witnessed.ids["restrict"], "--statement", "-o", folder / "statement")
    key = witnessed.folder / "keys/licensing.example.org.pub"
    (folder / "authority.pub").write_text(key.read_text())
    (folder / "witness.pub").write_text(witnessed.witnesses[0].key + "\n")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=witnessed.folder / "authority/log"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVISO_")} | {
        "PATH": f"{PROVISO.parent}:{os.environ['PATH']}", "LOG": f"http://127.0.0.1:{server.server_port}"}
    yield folder, environment, witnessed
    server.shutdown()


def follow(folder, environment):
    """Each block by itself: what it told and its exit status."""
    told = []
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S):
        command = {"sh": ["bash", "-eu", "-c", text], "python": [sys.executable, "-c", text]}[language]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
        told.append((done.returncode, done.stdout + done.stderr))
    return told


def test_its_steps_convince_who_has_an_address_and_two_keys(auditor):
    folder, environment, _ = auditor
    told = follow(folder, environment)
    assert [status for status, _ in told] == [0] * 9, told
    assert "licensing.example.org" in told[0][1]
    assert "'measure': 1" in told[-1][1] and "signed by both" in told[-1][1]


def test_a_byte_changed_on_the_publisher_s_disk_is_noticed_by_each_that_reads_it(auditor):
    folder, environment, witnessed = auditor  # noqa: F811
    bundle = next(p for p in (witnessed.folder / "authority/log/tile/entries").rglob("*") if p.is_file())
    size = int((witnessed.folder / "authority/log/checkpoint").read_text().splitlines()[1])
    bundle = witnessed.folder / f"authority/log/tile/entries/000.p/{size}"
    data = bytearray(bundle.read_bytes())
    data[-40] ^= 1
    bundle.write_bytes(data)
    statuses = [status for status, _ in follow(folder, environment)]
    # The checkpoint is as it was, and so is what was proven of it before.
    assert statuses[0] == 0 and statuses[7] == 0
    assert all(statuses[i] != 0 for i in (1, 2, 3, 4, 6, 8)), statuses


def test_a_log_that_its_witness_has_not_seen_is_not_taken(auditor):
    folder, environment, witnessed = auditor  # noqa: F811
    name, _, key = witnessed.witnesses[0].key.split("+", 2)
    other = base64.b64decode(key)[:1] + Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    number = hashlib.sha256(name.encode() + b"\n" + other).digest()[:4].hex()
    (folder / "witness.pub").write_text(f"{name}+{number}+{base64.b64encode(other).decode()}")
    told = follow(folder, environment)
    assert told[1][0] == 1 and "policy.quorum-missing" in told[1][1] and told[8][0] != 0, told
