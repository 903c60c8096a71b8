"""The whole chain: officers' commands, provisod, the watch, proviso-gated, a product."""
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "cli"))
from gated import Gated, until  # noqa: E402


@pytest.fixture
def served(world, serve):
    """The world behind a provisod, and its commands speaking to that."""
    world.service = serve(world)
    run = world.run
    world.run = lambda *words, env=None, **options: run(
        *words, env={"PROVISO_HOME": "", "PROVISO_URL": world.service.url} | (env or {}), **options)
    return world


def test_a_disconnection_through_the_service_is_obeyed_within_seconds(served):
    with Gated(served, "--url", served.service.url) as gate:
        assert gate.works() and gate.says("tells of changes at once"), gate.log
        served.use(gate.socket)
        served.upheld()
        served.measure("disconnect", f"system/{served.ids['system']}", finding=served.ids["finding"])
        approved = time.monotonic()
        assert until(lambda: gate.status()["state"] == "gate.lease-refused"), gate.log
        print(f"refused {time.monotonic() - approved:.2f} s after the second approval")
        assert "renewal.measure" in served.use(gate.socket, status=1).out
        served.sign("lift", {"measure": served.ids["disconnect"], "reason": "Mended."}, "ada")
        served.sign("approve", {"proposal": served.ids["lift"]}, "ben", name="approve-lift")
        assert gate.works(), gate.log
        served.use(gate.socket)


def test_officers_see_that_a_measure_has_arrived(served):
    with Gated(served, "--url", served.service.url) as gate:
        assert gate.works() and gate.says("tells of changes at once"), gate.log
        served.upheld()
        served.measure("restrict", f"system/{served.ids['system']}", finding=served.ids["finding"],
                       scope="capability=capture.headers")
        assert until(lambda: gate.status()["leases"][0]["sequence"] >= 2), gate.log
        gate.process.send_signal(signal.SIGHUP)
        told = until(lambda: [s for s in served.run("status", served.ids["restrict"], "--json").json["systems"]
                              if s["has-it"]])
        assert told and told[0]["serial"] == "LENS-0001"


def test_a_service_that_goes_away_and_comes_back_is_found_again(served, serve):
    with Gated(served, "--url", served.service.url) as gate:
        assert gate.works() and gate.says("tells of changes at once"), gate.log
        address = served.service.address
        served.service.stop(signal.SIGKILL)
        assert gate.says("the watch is lost")
        served.use(gate.socket)
        gate.process.send_signal(signal.SIGHUP)
        assert gate.says("not renewed: .*; the lease still lasts"), gate.log
        served.service = serve(served, listen=address)
        assert until(lambda: gate.status()["leases"][0]["sequence"] >= 2, 40), gate.log
        assert until(lambda: gate.status()["leases"][0]["renewal"]["watching"], 40), gate.log


def test_it_renews_over_tls_of_the_authority_it_is_given_and_no_other(world, serve):
    for name in ("tls", "stranger"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", f"{name}.key", "-out",
                        f"{name}.pem", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                       cwd=world.folder, check=True, capture_output=True)
    service = serve(world, "--tls", "tls.pem", "tls.key")
    with Gated(world, "--url", service.url, "--ca", "stranger.pem", name="wrong") as gate:
        assert gate.says("not renewed: .*certificate"), gate.log
        assert gate.status()["state"] == "gate.no-lease"
    with Gated(world, "--url", service.url, "--ca", "tls.pem", name="right") as gate:
        assert gate.works() and gate.says("tells of changes at once"), gate.log
