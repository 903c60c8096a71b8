"""Peers that lose their network say no goodbye: neither side believes for long that the other is there."""
import os
import subprocess
import sys
import time

import pytest
from conftest import wait_until
from networks import GatedWithin, networks, until  # noqa: F401

WATCHES, IDLE, HALVES = 20, 10, 10

CLIENTS = """
import socket, sys
host, port, system = sys.argv[1], int(sys.argv[2]), sys.argv[3]
open_ones = []
def dial(text):
    s = socket.create_connection((host, port), timeout=20)
    s.sendall(text.encode())
    open_ones.append(s)
    return s
watch = f"GET /v1/systems/{system}/watch HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
for _ in range(%d):
    dial(watch).recv(100)
for _ in range(%d):
    dial("GET /healthz HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n").recv(100)
for _ in range(%d):
    dial("POST /v1/records HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/cose\\r\\nContent-Length: 100\\r\\n\\r\\nhalf")
print("open", flush=True)
sys.stdin.read()
for s in open_ones:  # what the network brings now is for nobody
    s.close()
""" % (WATCHES, IDLE, HALVES)


@pytest.fixture
def lossy(networks):  # noqa: F811
    return networks[0]


def open_clients(network, service, system):
    process = network.run(sys.executable, "-c", CLIENTS, network.host, service.port, system,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "open\n"
    return process


def serve_all(place, serve, *flags):
    service = serve(place, *flags, listen="0.0.0.0:0")
    service.url = f"http://127.0.0.1:{service.port}"
    return service


def test_connections_whose_peer_is_gone_are_gone_soon(world, serve, lossy):
    service = serve_all(world, serve, "--idle-seconds", 3, "--beat-seconds", 1, "--total-seconds", 8)
    clients = open_clients(lossy, service, world.ids["system"])
    try:
        assert service.metric("proviso_watches") == WATCHES
        assert service.metric("proviso_connections") >= WATCHES + HALVES
        lossy.lose()
        lost = time.monotonic()
        # Whoever is still there is served all the while.
        wait_until(lambda: service.ask("/readyz").status == 200 and service.metric("proviso_watches") == 0, 60)
        print(f"no watch is left {time.monotonic() - lost:.1f} s after the network was")
        wait_until(lambda: service.metric("proviso_connections") <= 2, 60)
        assert service.metric("proviso_body_bytes") == 0
        lossy.find()
        # The network is back, and those who come anew are served.
        again = open_clients(lossy, service, world.ids["system"])
        assert service.metric("proviso_watches") == WATCHES
        again.communicate("")
        wait_until(lambda: service.metric("proviso_watches") == 0)
    finally:
        clients.kill()
        clients.communicate()


def test_a_measure_that_came_while_the_network_was_away_is_obeyed_when_it_is_back(place, serve, lossy):
    place.authority().definitions().declaration().application()
    place.licence(**{"lease-seconds": 30})
    place.system()
    service = serve_all(place, serve, "--idle-seconds", 3, "--beat-seconds", 1)
    with GatedWithin(lossy, place, "--url", f"http://{lossy.host}:{service.port}", "--seconds", 3) as gate:
        assert gate.works() and gate.says("tells of changes at once"), gate.log
        lossy.lose()
        wait_until(lambda: service.metric("proviso_watches") == 0, 60)
        at_home = {"PROVISO_HOME": "", "PROVISO_URL": service.url}
        run = place.run
        place.run = lambda *words, env=None, **options: run(*words, env=at_home | (env or {}), **options)
        place.upheld()
        place.measure("disconnect", f"licence/{place.ids['licence']}", finding=place.ids["finding"])
        lossy.find()
        back = time.monotonic()
        # The gate's own end may still believe in the old connection: its renewal tells it better.
        assert until(lambda: gate.status()["state"] != "allowed", 60), gate.log
        assert gate.status()["state"] in ("gate.lease-refused", "gate.lease-expired"), gate.log
        print(f"obeyed {time.monotonic() - back:.1f} s after the network was back")
        place.run = run


@pytest.mark.skipif(os.environ.get("SOAK") != "1", reason="waits out a silence of 45 s (SOAK=1)")
def test_a_watch_that_has_fallen_silent_is_opened_again(place, serve, lossy):
    place.authority().definitions().declaration().application()
    place.licence()
    place.system()
    service = serve_all(place, serve, "--idle-seconds", 3, "--beat-seconds", 1)
    with GatedWithin(lossy, place, "--url", f"http://{lossy.host}:{service.port}", "--seconds", 3) as gate:
        assert gate.works() and gate.says("tells of changes at once"), gate.log
        lossy.lose()
        wait_until(lambda: service.metric("proviso_watches") == 0, 60)
        lossy.find()
        wait_until(lambda: service.metric("proviso_watches") == 1, 180)
