"""Network namespaces joined to the service's, and daemons within them."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "cli"))
from gated import Gated, until  # noqa: E402, F401


def ip(*words, check=True):
    return subprocess.run(["ip", *map(str, words)], check=check, capture_output=True, text=True)


class Network:
    """A network namespace, joined by a pair of interfaces to the service's."""

    def __init__(self, which, number):
        self.name = f"proviso-{os.getpid()}-{which}"
        self.link, net = f"pv{os.getpid() % 100000}{which}", f"10.213.{number}"
        self.host, self.peer = f"{net}.1", f"{net}.2"
        ip("netns", "add", self.name)
        ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        ip("address", "add", f"{net}.1/24", "dev", self.link)
        ip("link", "set", self.link, "up")
        ip("-n", self.name, "address", "add", f"{net}.2/24", "dev", "eth0")
        ip("-n", self.name, "link", "set", "eth0", "up")
        ip("-n", self.name, "link", "set", "lo", "up")

    def cut(self):
        ip("link", "set", self.link, "down")

    def lose(self):
        """Every packet is lost, and nobody is told: each side sends to an address that nobody has."""
        ip("neighbour", "replace", self.peer, "lladdr", "02:00:00:00:00:63", "nud", "permanent", "dev", self.link)
        ip("-n", self.name, "neighbour", "replace", self.host, "lladdr", "02:00:00:00:00:63", "nud", "permanent",
           "dev", "eth0")

    def find(self):
        ip("neighbour", "del", self.peer, "dev", self.link)
        ip("-n", self.name, "neighbour", "del", self.host, "dev", "eth0")

    def run(self, *words, **more):
        """A process within it."""
        return subprocess.Popen(["ip", "netns", "exec", self.name, *map(str, words)], **more)

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
