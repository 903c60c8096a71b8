"""The gate beside a product: it answers, renews, and is confined."""
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from gated import GATED, Gated, at_home, until
from http_authority import Authority


@pytest.fixture
def fleet(place):
    """As `world`, with leases of four seconds and no lease yet."""
    place.authority().definitions().declaration().application()
    place.licence(**{"lease-seconds": 4})
    place.system()
    return place


@pytest.fixture
def public(world):
    """As `world`, in a folder that every user may enter: pytest makes its own private again whenever it starts."""
    with tempfile.TemporaryDirectory(prefix="proviso-") as folder:
        os.chmod(folder, 0o755)
        world.folder = world.folder.rename(Path(folder) / "place")
        os.chmod(world.folder, 0o777)
        yield world


def test_products_ask_it_and_the_use_log_has_what_it_allowed(world):
    with Gated(world, command=at_home(world)) as gate:
        assert gate.works()
        assert "allowed" in world.use(gate.socket).out
        assert "use.subject" in world.use(gate.socket, "capture.headers", "tel:+12025550100", status=1).out
        dry = world.run("use", "--system", gate.socket, "--capability", "capture.headers", "--subject", "tel:+999",
                        "--purpose", "terrorism", "--territory", "UG", "--warrant", "W", "--dry-run", status=1)
        assert "use.territory" in dry.out
        # The directory can be looked at beside it, and not be opened to decide.
        assert world.run("system", "status", "--system", "system", "--json").json["allowed"] == 1
        assert "gate.in-use" in world.use("system", status=1).err
        assert gate.stop() == 0
    status = world.run("system", "status", "--system", "system", "--uses", "--json").json
    assert [use["code"] for use in status["uses"]] == ["allowed", "use.subject"]
    unreachable = world.use(gate.socket, status=4)
    assert "gate.unreachable" in unreachable.err


def test_it_renews_by_itself_between_half_and_three_quarters_of_a_life(fleet):
    with Gated(fleet, command=at_home(fleet)) as gate:
        assert gate.works()
        first = gate.status()["leases"][0]
        assert until(lambda: gate.status()["leases"][0]["sequence"] >= first["sequence"] + 3, 30)
        assert gate.status()["state"] == "allowed"
        renewal = gate.status()["leases"][0]["renewal"]
        assert renewal["reachable"] and renewal["failures"] == 0 and renewal["next-seconds"] <= 3
        assert "renewing   by itself" in fleet.run("system", "status", "--system", gate.socket).out
    lives = [int(n) for n in re.findall(r"lease \d+, good for (\d+) s", gate.log)]
    assert len(lives) >= 3 and all(3 <= n <= 4 for n in lives), gate.log


def test_without_its_authority_it_says_how_long_it_still_has_and_then_refuses(fleet):
    with Authority(fleet) as authority, Gated(fleet, "--url", authority.url) as gate:
        assert gate.works()
        authority.stop()
        assert gate.says(r"not renewed: .*; the lease still lasts [0-3] s; again in"), gate.log
        renewal = gate.status()["leases"][0]["renewal"]
        assert not renewal["reachable"] and renewal["failures"] >= 1 and renewal["failing-since"] > 0
        assert "failing since" in fleet.run("system", "status", "--system", gate.socket).out
        # No silent grace: at its end nothing is allowed.
        assert until(lambda: gate.status()["state"] == "gate.lease-expired")
        assert "gate.lease-expired" in fleet.use(gate.socket, status=1).out
        authority.open = True
        authority.start(port=authority.port)
        assert until(lambda: gate.status()["state"] == "allowed", 40), gate.log


def test_a_busy_authority_is_asked_again_no_sooner_than_it_says(fleet):
    with Authority(fleet) as authority:
        authority.fails = (503, {"Retry-After": "3"}, b"busy")
        with Gated(fleet, "--url", authority.url) as gate:
            assert gate.says(r"answers 503: busy; there is no lease in force; again in [34]\.")
            assert len(authority.posts) == 1
            authority.fails = None
            assert gate.works()
            assert authority.posts[-1] == ("/v1/leases", "application/cose")


def test_a_disconnection_is_obeyed_when_the_watch_tells_of_it(world):
    with Authority(world) as authority, Gated(world, "--url", authority.url) as gate:
        assert gate.works() and gate.says("tells of changes at once")
        path, since = authority.watches[0]
        assert path == f"/v1/systems/{world.ids['system']}/watch" and int(since) > 0
        world.upheld()
        world.measure("disconnect", f"system/{world.ids['system']}", finding=world.ids["finding"])
        told = time.monotonic()
        authority.tell()
        assert until(lambda: gate.status()["state"] == "gate.lease-refused")
        print(f"refused after {time.monotonic() - told:.3f} s")
        assert "renewal.measure" in world.use(gate.socket, status=1).out
        world.sign("lift", {"measure": world.ids["disconnect"], "reason": "Mended."}, "ada")
        world.sign("approve", {"proposal": world.ids["lift"]}, "ben", name="approve-lift")
        authority.tell(b"event:changed\r\ndata: {}\r\n\r\n")
        assert gate.works()


def test_a_lost_watch_is_opened_again_and_renewing_goes_on_without_it(fleet):
    with Authority(fleet) as authority, Gated(fleet, "--url", authority.url) as gate:
        assert gate.works() and gate.says("tells of changes at once")
        authority.open = False
        assert gate.says("the watch is lost")
        sequence = gate.status()["leases"][0]["sequence"]
        assert until(lambda: gate.status()["leases"][0]["sequence"] > sequence)
        assert not gate.status()["leases"][0]["renewal"]["watching"]
        authority.open = True
        assert until(lambda: gate.status()["leases"][0]["renewal"]["watching"])
        # It asks for what it may have missed: from the log's size under its last lease on.
        assert int(authority.watches[-1][1]) >= int(authority.watches[0][1])


def test_sighup_renews_now_and_files_still_work_through_the_socket(world):
    with Gated(world, command=at_home(world)) as gate:
        assert gate.works()
        sequence = gate.status()["leases"][0]["sequence"]
        gate.process.send_signal(signal.SIGHUP)
        assert until(lambda: gate.status()["leases"][0]["sequence"] == sequence + 1)
        world.run("system", "renew", "--system", gate.socket, "--request", "r.cose")
        world.run("lease", "grant", "--request", "r.cose", "-o", "r.reply")
        assert "lease no." in world.run("system", "renew", "--system", gate.socket, "--reply", "r.reply").out \
            or gate.status()["leases"][0]["sequence"] == sequence + 2


def test_a_command_that_fails_hangs_or_lies_changes_nothing(world):
    for command, says in (("exit 7", r"exit status 7"), ("sleep 60", "took too long"),
                          ("head -c 200000 /dev/zero", "no reply"), ("echo nonsense", "not renewed")):
        with Gated(world, "--seconds", 1, command=command, name="g" + command[:4].strip()) as gate:
            gate.process.send_signal(signal.SIGHUP)
            assert gate.says(says), gate.log
            assert gate.status()["state"] == "allowed"
            assert gate.stop() == 0


# --- Confined ---------------------------------------------------------------------------------


def test_it_runs_without_privileges_under_seccomp_and_landlock(public):
    subprocess.run(["chown", "-R", "nobody", public.folder / "system"], check=True)
    with Gated(public, "--user", "nobody", "--mode", "0666") as gate:
        status = (lambda pid: dict(re.findall(r"^(\w+):\t(.*)$", open(f"/proc/{pid}/status").read(), re.M)))(
            gate.process.pid)
        assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
        assert status["CapEff"] == "0" * 16 and set(status["Uid"].split()) == {str(os_user("nobody"))}
        assert "Landlock" not in gate.log
        public.use(gate.socket)
        # No descriptor but what it serves with, its directory's and standard error.
        for fd in os.listdir(f"/proc/{gate.process.pid}/fd"):
            try:
                target = os.readlink(f"/proc/{gate.process.pid}/fd/{fd}")
            except FileNotFoundError:  # a connection that has ended since
                continue
            assert re.match(r"socket:|anon_inode:|/dev/null", target) or str(public.folder) in target, target


def os_user(name):
    import pwd
    return pwd.getpwnam(name).pw_uid


def test_only_whom_it_is_told_may_ask_and_only_its_own_user_renews_by_hand(public):
    program = ("import os, socket, sys; os.setuid(int(sys.argv[2])); s = socket.socket(socket.AF_UNIX, "
               "socket.SOCK_SEQPACKET); s.connect(sys.argv[1]); s.send(bytes.fromhex(sys.argv[3])); "
               "sys.stdout.buffer.write(s.recv(4096))")
    status, request = "84010104f6", "8401010800"

    def ask(gate, user, message):
        return subprocess.run(["python3", "-c", program, gate.socket, str(user), message],
                              capture_output=True, timeout=20)

    with Gated(public, "--mode", "0666", "--allow", "nobody") as gate:
        assert ask(gate, os_user("nobody"), status).stdout
        assert b"gate.not-manager" in ask(gate, os_user("nobody"), request).stdout
        other = ask(gate, os_user("daemon"), status)
        assert other.stdout == b""
        assert b"gate.not-manager" not in ask(gate, 0, request).stdout
    with Gated(public, "--mode", "0600", name="mine") as gate:
        assert b"PermissionError" in ask(gate, os_user("nobody"), status).stderr


def test_one_daemon_a_system_and_one_a_socket(world):
    with Gated(world) as gate:
        second = Gated(world, name="second").start(ready=False)
        assert second.process.wait(10) == 1 and "gate.in-use" in second.log
        third = Gated(world, system="elsewhere").start(ready=False)
        assert third.process.wait(10) == 4
        world.system("other", serial="LENS-0002")
        fourth = Gated(world, system="other").start(ready=False)
        assert fourth.process.wait(10) == 1 and "somebody answers" in fourth.log
        world.use(gate.socket)


def test_wrong_usage_is_status_2(world):
    for words, says in (([], "needed"), (["--url", "ftp://x"], "http"), (["--mode", "9"], "--mode"),
                        (["--allow", "nobody-of-that-name"], "no user"), (["--clients", "0"], "--clients"),
                        (["--url", "http://a", "--url", "http://b"], "authorities")):
        arguments = ["--system", "system", "--socket", "s"] if words else []
        done = subprocess.run([str(GATED), *arguments, *words],
                              cwd=world.folder, capture_output=True, text=True, timeout=20)
        assert done.returncode == 2 and says in done.stderr, (words, done.stderr)


def test_systemd_is_told(world):
    import socket
    path = world.folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(20)
        with Gated(world) as gate:
            gate.stop()
        with Gated(world, env={"NOTIFY_SOCKET": str(path)}, name="told") as gate:
            assert b"READY=1" in systemd.recv(1000)
            gate.process.terminate()
            assert b"STOPPING=1" in systemd.recv(1000)
