"""A fleet on networks of its own: two systems obey, and one that is cut off ends by its lease."""
import subprocess
import time

from networks import GatedWithin, networks, until  # noqa: F401


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
