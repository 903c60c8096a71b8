"""The whole story of `make demo`, through directories and through services, both at once."""
import os
import socket
import subprocess

from conftest import BUILD, SOURCE


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_the_story_runs(tmp_path):
    folders = [BUILD / "src/cli", BUILD / "src/server", BUILD / "src/gated", BUILD / "examples/capture"]
    stories = {}
    for through, port in (("directory", free_port()), ("service", free_port())):
        environment = os.environ | {
            "ONCE": "1", "THROUGH": through, "DEMO": str(tmp_path / "demo"),
            "CONSOLE_PORT": str(port),
            "PATH": ":".join([*map(str, folders), os.environ["PATH"]])}
        stories[through] = subprocess.Popen([SOURCE / "tools/demo"], env=environment, text=True,
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for through, story in stories.items():
        out, _ = story.communicate(timeout=300)
        assert story.returncode == 0, f"{through}: {out[-2000:]}"
