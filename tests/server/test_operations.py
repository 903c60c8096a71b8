"""doc/operations.md, followed to the letter in a clean folder."""
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from conftest import BUILD

PAGE = Path(__file__).parents[2] / "doc/operations.md"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_each_step_does_what_the_page_says(tmp_path):
    steps = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert len(steps) >= 7
    script = "set -euo pipefail\n" + "\n".join(steps).replace("127.0.0.1:8470", f"127.0.0.1:{free_port()}")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVISO")}
    environment["PATH"] = f"{BUILD}/src/cli:{BUILD}/src/server:{environment['PATH']}"
    try:
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("verified") >= 1 and "restored" in done.stdout, done.stdout
    finally:
        pid = tmp_path / "provisod.pid"
        if pid.exists() and Path(f"/proc/{pid.read_text().strip()}/cmdline").exists():
            os.kill(int(pid.read_text()), signal.SIGKILL)


def test_every_setting_that_the_page_names_is_one(tmp_path):
    text = PAGE.read_text()
    known = subprocess.run([BUILD / "src/server/provisod", "--help"], capture_output=True, text=True).stdout
    for name in re.findall(r"`([a-z-]+)(?: = \S+)?`", text):
        if name.startswith(("rate-", "webhook-", "grace-")) or f"`{name} = " in text:
            assert f"\n{name} = " in known or f"\n# {name} = " in known, name
