"""A fleet on networks of its own: two systems obey, and one that is cut off ends by its lease."""
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "cli"))
from gated import Gated, until  # noqa: E402


def ip(*words, check=True):
    return subprocess.run(["ip", *map(str, words)], check=check, capture_output=True, text=True)


class Network:
    """A network namespace, joined by a pair of interfaces to the service's."""

    def __init__(self, which, number):
        self.name = f"proviso-{os.getpid()}-{which}"
        self.link, net = f"pv{os.getpid() % 100000}{which}", f"10.213.{number}"
        self.host = f"{net}.1"
        ip("netns", "add", self.name)
        ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("address", "add", f"{net}.1/24", "dev", self.link)
        ip("link", "set", self.link, "up")
        ip("-n", self.name, "address", "add", f"{net}.2/24", "dev", "eth0")
        ip("-n", self.name, "link", "set", "eth0", "up")
        ip("-n", self.name, "link", "set", "lo", "up")

    def cut(self):
        ip("link", "set", self.link, "down")

    def remove(self):
        ip("link", "delete", self.link, check=False)
        ip("netns", "delete", self.name, check=False)


@pytest.fixture
def networks():
    made = []
    try:
        for which, number in (("a", 1), ("b", 2)):
            made.append(Network(which, number))
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        for network in made:
            network.remove()
        pytest.skip(f"network namespaces are not permitted here: {getattr(error, 'stderr', error)}")
    yield made
    for network in made:
        network.remove()


class GatedWithin(Gated):
    """A daemon in a network namespace; its socket is a file, which namespaces do not part."""

    def __init__(self, network, *words, **options):
        super().__init__(*words, **options)
        self.network = network

    def start(self, ready=True):
        popen = subprocess.Popen
        subprocess.Popen = lambda words, **more: popen(["ip", "netns", "exec", self.network.name, *words], **more)
        try:
            return super().start(ready)
        finally:
            subprocess.Popen = popen


def test_two_systems_on_two_networks_obey_and_one_cut_off_ends_by_its_lease(place, serve, networks):
    a, b = networks
    place.authority().definitions().declaration().application()
    place.licence(**{"lease-seconds": 20})
    place.system()
    place.system("other", "LENS-0002")
    service = serve(place, listen="0.0.0.0:0")
    port = service.address.rpartition(":")[2]
    service.url = f"http://127.0.0.1:{port}"
    run = place.run
    place.run = lambda *words, env=None, **options: run(
        *words, env={"PROVISO_HOME": "", "PROVISO_URL": service.url} | (env or {}), **options)
    with GatedWithin(a, place, "--url", f"http://{a.host}:{port}", name="a") as near, \
            GatedWithin(b, place, "--url", f"http://{b.host}:{port}", system="other", name="b") as far:
        for gate in (near, far):
            assert gate.works() and gate.says("tells of changes at once"), gate.log
        # Each on its own network: neither reaches the other's.
        crossed = subprocess.run(["ip", "netns", "exec", a.name, "bash", "-c", f"</dev/tcp/{b.host[:-1]}2/1"],
                                 capture_output=True, timeout=30)
        assert crossed.returncode != 0
        b.cut()
        cut = time.monotonic()
        place.upheld()
        place.measure("disconnect", f"licence/{place.ids['licence']}", finding=place.ids["finding"])
        approved = time.monotonic()
        assert until(lambda: near.status()["state"] == "gate.lease-refused"), near.log
        print(f"obeyed {time.monotonic() - approved:.2f} s after the second approval")
        # The other knows of nothing, works on its lease, and on no more than that.
        assert far.status()["state"] == "allowed"
        place.use(far.socket)
        assert until(lambda: far.status()["state"] != "allowed", 90), far.log
        print(f"ended {time.monotonic() - cut:.0f} s after it was cut off")
        assert far.status()["state"] == "gate.lease-expired", far.status()
        place.use(far.socket, status=1)
