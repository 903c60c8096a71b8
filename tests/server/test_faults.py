"""Clients that misbehave and a machine that fails, for real: the service stays, and stays bounded."""
import os
import random
import re
import selectors
import socket
import struct
import subprocess
import time

import pytest
from conftest import wait_until

SOAK = bool(os.environ.get("SOAK"))


def reports(place, count):
    """Records of one kind that are all new, not submitted."""
    for i in range(count):
        place.sign("report", {"subject": "A journalist", "allegation": f"No. {i}.", "reporter": "The ombudsman",
                              "evidence": []}, "ombudsman", "-o", f"report-{i}.cose", name=f"report-{i}")
        yield (place.folder / f"report-{i}.cose").read_bytes()


def post(record, path="/v1/records"):
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/cose\r\n"
            f"Content-Length: {len(record)}\r\n\r\n").encode() + record


def reset(s):
    """Closes with an RST, as a machine that went away does."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def quiet(service):
    """Nothing is being worked on but the question itself."""
    return service.metric("proviso_waiting") == 0 and service.metric("proviso_body_bytes") == 0


def test_answers_cut_in_the_middle_leave_nothing_behind(world, serve):
    service = serve(world, "--idle-seconds", 3)
    for i, record in enumerate(reports(world, 12)):
        s = service.dial()
        request = post(record)
        # Cut while it is sent, before it is answered, and within the answer, by FIN and by RST.
        s.sendall(request[:len(request) // 2] if i % 3 == 0 else request)
        if i % 3 == 2:
            s.recv(20)
        reset(s) if i % 2 else s.close()
        # What was sent whole is on the log, whether or not the answer arrived; but a reset takes
        # with it what the service has not read yet.
        is_there, is_open = i % 3 == 2 or i % 6 == 4, i % 6 == 1
        if is_there:
            wait_until(lambda: service.ask(f"/v1/records/{world.ids[f'report-{i}']}").status == 200)
        assert service.submit(record).status in ([200, 201] if is_open else [200] if is_there else [201])
    wait_until(lambda: quiet(service) and service.metric("proviso_connections") <= 2)
    world.run("log", "verify")


def test_watches_cut_without_a_word_go_at_the_next_beat(world, serve):
    service = serve(world, "--beat-seconds", 1)
    sockets = [service.dial() for _ in range(50)]
    for s in sockets:
        s.sendall(f"GET /v1/systems/{world.ids['system']}/watch HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    wait_until(lambda: service.metric("proviso_watches") == 50)
    for s in sockets:
        reset(s)
    wait_until(lambda: service.metric("proviso_watches") == 0)


def test_a_watch_that_is_not_read_costs_no_memory(world, serve):
    service = serve(world, "--beat-seconds", 1, "--idle-seconds", 3)
    s = service.dial()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    s.sendall(f"GET /v1/systems/{world.ids['system']}/watch HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    wait_until(lambda: service.metric("proviso_watches") == 1)
    before = service.metric("process_resident_memory_bytes")
    for i, record in enumerate(reports(world, 3)):
        service.submit(record)
    assert service.metric("process_resident_memory_bytes") - before < 4 << 20
    s.close()


def test_thousands_of_slow_clients_are_cut_and_others_served(world, serve):
    count = 10000 if SOAK else 2000
    service = serve(world, "--head-seconds", 2, "--connections", count + 500)
    before, poll, slow = service.metric("process_resident_memory_bytes"), selectors.DefaultSelector(), []
    for i in range(count):
        s = service.dial()
        s.setblocking(False)
        s.send(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        slow.append(s)
    opened, cut, end = time.monotonic(), 0, time.monotonic() + 30
    while slow and time.monotonic() < end:
        assert service.ask("/healthz", timeout=10).status == 200
        still = []
        for s in slow:
            try:
                s.send(b"a")  # never idle
                still.append(s)
            except OSError:
                s.close()
                cut += 1
        slow = still
        time.sleep(0.3)
    poll.close()
    assert cut == count and time.monotonic() - opened < 30
    grown = service.metric("process_resident_memory_bytes") - before
    assert grown < count * 16384 + (16 << 20), f"{grown} bytes for {count} slow clients"
    assert service.metric("proviso_connections_cut_total") >= count


def test_more_connections_than_allowed_wait_and_are_served_later(world, serve):
    service = serve(world, "--connections", 20, "--head-seconds", 1)
    idle = [service.dial() for _ in range(40)]
    wait_until(lambda: service.ask("/healthz", timeout=20).status == 200)
    for s in idle:
        s.close()


def mutated(seed):
    """A request with something wrong with it, mostly."""
    r = random.Random(seed)
    request = bytearray(r.choice([
        b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", post(b"\xd2\x84\x40\xa0\x40\x40"),
        post(b"", "/v1/leases"), b"GET /log/tile/0/000.p/9 HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\"\r\n\r\n",
        b"POST /v1/records HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        b"GET /v1/records?limit=2&after=1 HTTP/1.0\r\nAccept: text/plain\r\nAccept-Encoding: gzip\r\n\r\n"]))
    for _ in range(r.randrange(1, 8)):
        at = r.randrange(len(request))
        what = r.randrange(5)
        if what == 0:
            request[at] = r.randrange(256)
        elif what == 1:
            del request[at:at + r.randrange(1, 9)]
        elif what == 2:
            request[at:at] = bytes(r.randrange(256) for _ in range(r.randrange(1, 9)))
        elif what == 3:
            request[at:at] = r.choice([b"\r\n", b"\n", b"%00", b"\0", b": ", b"../", b"Content-Length: 5\r\n",
                                       b"Transfer-Encoding: chunked\r\n", b"-1", b"9" * 30, b"\xff" * 10])
        else:
            request[at:at] = request[:r.randrange(len(request))]
        if not request:
            request = bytearray(b"\r")
    return bytes(request)


def test_malformed_requests_never_end_it(world, serve):
    service = serve(world, "--head-seconds", 2, "--idle-seconds", 2, "--total-seconds", 2)
    seed = int(os.environ.get("PROVISO_TEST_SEED", time.time_ns() % 2**32))
    entries = service.ask("/v1/authority").json["entries"]
    for i in range(20000 if SOAK else 800):
        with service.dial(timeout=0.02) as s:
            try:
                s.sendall(mutated(seed + i))
                s.shutdown(socket.SHUT_WR)
                answer = s.recv(65536)
            except OSError:
                continue
            assert not answer or re.match(rb"HTTP/1\.[01] [2345]\d\d ", answer), (seed + i, answer[:100])
            assert not re.match(rb"HTTP/1\.[01] 500 ", answer), (seed + i, answer[:400])
    assert service.process.poll() is None, f"PROVISO_TEST_SEED={seed}"
    assert service.ask("/readyz").status == 200
    assert service.ask("/v1/authority").json["entries"] == entries
    wait_until(lambda: quiet(service))


def test_a_full_disk_is_said_and_survived(world, serve):
    small = world.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs is not permitted")
    try:
        subprocess.run(["cp", "-a", world.folder / "authority", small / "home"], check=True)
        service = serve(world, home=small / "home")
        records = list(reports(world, 6))
        assert service.submit(records[0]).status == 201
        filler = small / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=1k"], capture_output=True)
        statuses = [service.submit(r).status for r in records[1:5]]
        assert 503 in statuses and set(statuses) <= {201, 503}
        failed = service.submit(records[5])
        if failed.status == 503:
            assert failed.headers["Retry-After"] and failed.json["rule"] == "http.environment"
            assert service.ask("/readyz").status == 503
        # Reading goes on, and with room again writing does too, without a restart.
        assert service.ask("/v1/systems").status == 200
        filler.unlink()
        assert all(service.submit(r).status in (200, 201) for r in records)
        assert service.ask("/readyz").status == 200
        assert service.stop() == 0
        world.run("log", "verify", "--home", small / "home")
        world.run("audit", "--home", small / "home")
    finally:
        for service in [] if "service" not in locals() else [service]:
            if service.process.poll() is None:
                service.stop()
        subprocess.run(["umount", small], check=True)
