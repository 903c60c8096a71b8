"""doc/auditors.md, followed in an empty folder with a URL and two keys: its blocks are run in their order."""
import functools
import os
import re
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import PROVISO, SOURCE
from test_cosign import witnessed  # noqa: F401 (a fixture)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def auditor(witnessed):  # noqa: F811
    """The authority's folder is served as it is; the auditor has an empty one, and two keys."""
    folder = witnessed.folder / "auditor"
    folder.mkdir()
    (folder / "authority.pub").write_text((witnessed.folder / "keys/licensing.example.org.pub").read_text())
    (folder / "witness.pub").write_text(witnessed.witnesses[0].key + "\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=witnessed.folder / "authority"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVISO_")}
    environment |= {"PATH": f"{PROVISO.parent}:{os.environ['PATH']}", "URL": f"http://127.0.0.1:{server.server_port}/log"}
    yield folder, environment
    server.shutdown()
    server.server_close()


def follow(auditor):
    folder, environment = auditor
    told, status = "", 0
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", (SOURCE / "doc/auditors.md").read_text(), re.M | re.S):
        command = {"sh": ["bash", "-euc", text], "python": [sys.executable, "-c", text]}[language]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
        told, status = told + done.stdout + done.stderr, status or done.returncode
    return status, told


def test_its_steps_verify_a_witnessed_log(auditor):
    status, told = follow(auditor)
    assert status == 0, told
    for words in ("are those of its signed checkpoint", "each rule kept", "witnessed: by 1", "consistent: ",
                  "are signed, and were seen by"):
        assert words in told, (words, told)


def test_they_fail_for_another_witness(auditor, witnessed):  # noqa: F811
    witnessed.keygen("stranger")
    line = (witnessed.folder / "keys/stranger.pub").read_text()
    (auditor[0] / "witness.pub").write_text(line)
    status, told = follow(auditor)
    assert status != 0 and "witnessed: by" not in told and "were seen by" not in told
