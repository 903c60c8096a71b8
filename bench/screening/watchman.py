"""Watchman (Go): its similarity package for pairs, its own server over HTTP for lists."""

import http.client
import json
import os
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlencode

from data import write_ofac

CONFIG = """\
Watchman:
  Servers: {{BindAddress: "127.0.0.1:{port}", AdminAddress: "127.0.0.1:{admin}"}}
  Download: {{InitialDataDirectory: "{folder}", IncludedLists: ["us_ofac"]}}
"""


class Watchman:
    name = "Watchman"
    default = 0.75
    about = "its service answers without a threshold unless told; 0.75 is that of its own examples"

    def __init__(self, folder):
        self.folder = Path(folder)  # where `run` built it
        with open(self.folder / "go.mod") as file:
            self.version = file.read().partition("moov-io/watchman v")[2].split()[0]

    def pairs(self, pairs):
        lines = "".join(f"{p.name1}\t{p.name2}\t{p.type}\n" for p in pairs)
        done = subprocess.run([self.folder / "pairs"], input=lines, capture_output=True, text=True, check=True)
        return [float(line) for line in done.stdout.split()], float(done.stderr)

    def build(self, parties, room):
        """All lists in OFAC's CSV form, the one its reader keeps types and other names of."""
        self.ids = {}
        write_ofac(parties, Path(room), self.ids)
        ports = [free_port(), free_port()]
        config = Path(room) / "config.yml"
        config.write_text(CONFIG.format(port=ports[0], admin=ports[1], folder=Path(room).resolve()))
        started = time.monotonic()
        self.process = subprocess.Popen(
            [self.folder / "server"], cwd=room, env={**os.environ, "APP_CONFIG": str(config)},
            stdout=open(Path(room) / "server.log", "w"), stderr=subprocess.STDOUT)
        self.address = ("127.0.0.1", ports[0])
        self.wait()
        took = time.monotonic() - started
        return {"seconds": took, "bytes": self.resident()}

    def wait(self):
        for _ in range(6000):
            if self.process.poll() is not None:
                raise RuntimeError("Watchman's server ended: see server.log")
            try:
                self.connection = http.client.HTTPConnection(*self.address, timeout=60)
                self.get("/v2/listinfo")
                return
            except (ConnectionError, OSError):
                time.sleep(0.1)
        raise RuntimeError("Watchman's server did not start")

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def get(self, path):
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"Watchman: {answer.status} {body[:200]!r}")
        return body

    def one(self, query):
        kind = {"org": "business"}.get(query.type, query.type)
        asked = {"name": query.name, "type": kind, "limit": 20, "minMatch": 0.01}
        if query.birth and kind == "person":
            asked["birthDate"] = query.birth
        return self.get("/v2/search?" + urlencode(asked))

    def search(self, queries):
        started = self.cpu()
        answers = [self.one(query) for query in queries]
        took = self.cpu() - started
        return [[(self.ids[e["sourceID"]], e["match"]) for e in json.loads(a)["entities"] or []]
                for a in answers], took

    def close(self):
        self.process.terminate()
        self.process.wait()


def free_port():
    with socket.socket() as at:
        at.bind(("127.0.0.1", 0))
        return at.getsockname()[1]
