"""provisod as a process of its own, on a free port of loopback, and the commands as its clients."""
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("cli_conftest", Path(__file__).parents[1] / "cli" / "conftest.py")
_cli = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_cli)
Place, BUILD, PROVISO, ask_console = _cli.Place, _cli.BUILD, _cli.PROVISO, _cli.ask_console
PROVISOD = BUILD / "src" / "server" / "provisod"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Provisod:
    """A running service of the home in a place."""

    def __init__(self, place, *flags, home="authority", env=None, listen="127.0.0.1:0", wrap=()):
        self.place = place
        self.log = open(place.folder / "provisod.log", "ab")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVISO")}
        self.process = subprocess.Popen(
            [*wrap, str(PROVISOD), "--home", str(home), "--listen", listen, *map(str, flags)], cwd=place.folder,
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment | (env or {}))
        line = self.process.stdout.readline()
        assert line.startswith("provisod listens at "), f"{line!r}\n{self.logged()}"
        self.address = line.split()[-1]
        self.host, _, port = self.address.rpartition(":")
        self.port = int(port) if port.isdigit() else None
        self.scheme = "https" if "--tls" in flags else "http"
        self.url = f"{self.scheme}://{self.address}"

    def logged(self):
        return (self.place.folder / "provisod.log").read_text()

    def ask(self, path, body=None, headers=None, method=None, timeout=20):
        request = urllib.request.Request(self.url + path, data=body, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def submit(self, record):
        return self.ask("/v1/records", record, {"Content-Type": "application/cose"})

    def lease(self, request):
        return self.ask("/v1/leases", request, {"Content-Type": "application/cose"})

    def dial(self, timeout=20):
        return socket.create_connection((self.host, self.port), timeout=timeout)

    def metric(self, name):
        text = self.ask("/metrics").body.decode()
        return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.M).group(1))

    def stop(self, how=signal.SIGTERM, timeout=30):
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(timeout)
        self.process.stdout.close()
        self.log.close()
        return status


class Watch:
    """One watch, read line by line; of everything where no system is named."""

    def __init__(self, service, system, last=None, timeout=20):
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": str(last)} if last is not None else {})
        request = urllib.request.Request(f"{service.url}/v1/{f'systems/{system}/' if system else ''}watch", headers=headers)
        self.stream = urllib.request.urlopen(request, timeout=timeout)

    def event(self):
        """The next event as (name, id, data); beats are left out."""
        name = number = data = None
        end = time.monotonic() + 10
        for line in self.stream:
            assert time.monotonic() < end, "nothing but beats"
            line = line.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif line == "" and name is not None:
                return name, number, data
        return None

    def close(self):
        self.stream.close()


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def world(place):
    place.authority().definitions().declaration().application()
    place.licence()
    place.system()
    return place


@pytest.fixture
def serve(request):
    """Starts services, and ends what a test has left running."""
    running = []

    def start(place, *flags, **options):
        running.append(Provisod(place, *flags, **options))
        return running[-1]

    yield start
    for service in running:
        if service.process.poll() is None:
            service.stop(signal.SIGKILL)


def wait_until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.01)
