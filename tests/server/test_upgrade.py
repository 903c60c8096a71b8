"""One process takes over from another at the same socket, under load: nobody is refused or cut."""
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import PROVISOD, wait_until

sys.path.append(str(Path(__file__).resolve().parents[1] / "cli"))
from gated import Gated, until  # noqa: E402


class Supervisor:
    """What systemd does with a socket unit: the socket is its own, processes come and go."""

    def __init__(self, place):
        self.place = place
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(1024)
        os.set_inheritable(self.socket.fileno(), True)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.url = f"http://{self.address}"
        self.process = None

    def start(self):
        script = f'exec 3<&{self.socket.fileno()}; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "-", str(PROVISOD), "--home", "authority", "--rate-address", "0"],
            cwd=self.place.folder, pass_fds=[self.socket.fileno()], text=True, stdout=subprocess.PIPE,
            stderr=open(self.place.folder / "provisod.log", "ab"),
            env={k: v for k, v in os.environ.items() if not k.startswith("PROVISO")})
        assert self.process.stdout.readline().startswith("provisod listens at")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.process.stdout.close()

    def replace(self):
        self.stop()
        self.start()


@pytest.fixture
def supervisor(world):
    one = Supervisor(world)
    one.start()
    yield one
    one.process.kill()
    one.process.wait()
    one.socket.close()


def answer_of(stream):
    """Status and whether the connection ends: as little of HTTP as a strict client needs."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = stream.recv(65536)
        assert more, f"cut before an answer: {head!r}"
        head += more
    head, _, body = head.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    while len(body) < length:
        more = stream.recv(65536)
        assert more, "cut in mid-answer"
        body += more
    return int(head.split()[1]), b"connection: close" in head.lower()


class Client(threading.Thread):
    """Asks again and again and never tries anything twice: one failure is one too many."""

    def __init__(self, supervisor, requests, keeps_alive):
        super().__init__()
        self.supervisor, self.requests, self.keeps_alive = supervisor, requests, keeps_alive
        self.done, self.statuses, self.failure, self.pause = 0, set(), None, threading.Event()
        self.ended = False

    def run(self):
        stream = None
        try:
            while not self.ended:
                if stream is None:
                    stream = socket.create_connection(self.supervisor.socket.getsockname(), timeout=60)
                stream.sendall(self.requests[self.done % len(self.requests)])
                status, closes = answer_of(stream)
                self.statuses.add(status)
                self.done += 1
                if closes or not self.keeps_alive:
                    stream.close()
                    stream = None
                self.pause.wait(0.002)
        except (OSError, AssertionError) as failure:
            self.failure = failure
        if stream is not None:
            stream.close()


def request(method, path, body=b"", kind="application/cose"):
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + body


def test_no_request_fails_while_a_process_is_replaced(world, supervisor):
    world.sign("measure", {"target": world.ids["system"], "action": "suspend", "reason": "A doubt.",
                           "basis": "section 4"}, "ada", "-o", "measure.cose")
    record = (world.folder / "measure.cose").read_bytes()
    reads = [request("GET", "/v1/systems"), request("GET", "/readyz"), request("GET", "/log/checkpoint")]
    writes = [request("POST", "/v1/records", record)]
    clients = [Client(supervisor, asks, alive) for asks in (reads, writes) for alive in (True, False, True, False)]
    for c in clients:
        c.start()
    try:
        for _ in range(4):
            before = [c.done for c in clients]
            wait_until(lambda: all(c.failure or c.done > b + 20 for c, b in zip(clients, before)), 60)
            supervisor.replace()
        before = [c.done for c in clients]
        wait_until(lambda: all(c.failure or c.done > b + 20 for c, b in zip(clients, before)), 60)
    finally:
        for c in clients:
            c.ended = True
        for c in clients:
            c.join(90)
    assert [c.failure for c in clients if c.failure] == []
    assert set().union(*(c.statuses for c in clients)) <= {200, 201}
    print(f"{sum(c.done for c in clients)} requests through 4 replacements")
    world.run("log", "verify")


def test_a_gate_obeys_a_measure_that_came_before_the_new_process(world, supervisor):
    with Gated(world, "--url", supervisor.url) as gate:
        assert gate.works() and gate.says("tells of changes at once"), gate.log
        supervisor.stop()
        # The socket stays: who dials now waits. What is on the log meanwhile is told afterwards.
        world.upheld()
        world.measure("disconnect", f"licence/{world.ids['licence']}", finding=world.ids["finding"])
        supervisor.start()
        assert until(lambda: gate.status()["state"] == "gate.lease-refused"), gate.log
