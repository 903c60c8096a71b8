"""A proviso-gated run for a test: started, asked, killed."""
import os
import re
import signal
import socket
import subprocess
import time

from conftest import BUILD, PROVISO

GATED = BUILD / "src" / "gated" / "proviso-gated"


def until(what, seconds=20):
    """Waits for a thing to become true; what it became."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


class Gated:
    def __init__(self, place, *words, system="system", command=None, env=None, name="gate"):
        self.place, self.words, self.system, self.env = place, words, system, env or {}
        self.socket = place.folder / f"{name}.socket"
        self.log_path = place.folder / f"{name}.log"
        if command:
            self.words += ("--command", command)
        self.process = None

    def start(self, ready=True):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(GATED), "--system", self.system, "--socket", str(self.socket), *map(str, self.words)],
                cwd=self.place.folder, stderr=log, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, env=os.environ | self.env)
        if ready:
            assert until(self.answers), self.log
        return self

    def answers(self):
        assert self.process.poll() is None, self.log
        try:
            self.connect().close()
            return True
        except OSError:
            return False

    def connect(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.settimeout(10)
        s.connect(str(self.socket))
        return s

    @property
    def log(self):
        return self.log_path.read_text()

    def says(self, pattern, seconds=20):
        return until(lambda: re.search(pattern, self.log), seconds)

    def status(self):
        return self.place.run("system", "status", "--system", self.socket, "--json").json

    def works(self):
        return until(lambda: self.status()["state"] == "allowed")

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(20)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def at_home(place, home="authority"):
    """Renews at a directory, by the authority's own command."""
    return f"PROVISO_HOME={home} {PROVISO} lease grant --request - -o -"
