"""A proviso-gated that is killed, flooded and starved."""
import os
import random
import re
import signal
import subprocess
import threading
import time

import pytest

from gated import Gated, at_home, until


def allowed_positions(world):
    status = world.run("system", "status", "--system", "system", "--uses", "--json").json
    return {use["position"] for use in status["uses"] if use["code"] == "allowed"}


def test_killed_at_random_it_never_allowed_what_is_not_recorded(world):
    """Clients ask without end while the daemon is killed; each yes they got is in the use log."""
    rounds = 60 if os.environ.get("SOAK") else 12
    told, ends = [], threading.Event()
    gate = Gated(world)
    # [1, id, 1, [capability, purpose, territory, subject, warrant, []]]
    question = bytes.fromhex("84011a") + b"%b" + bytes.fromhex("0186") + b"\x6fcapture.headers" \
        + b"\x69terrorism" + b"\x62XR" + b"\x6ctel:+9995550" + b"\x41W" + b"\x80"
    assert len("tel:+9995550") == 12

    def ask():
        number = 1 << 20
        while not ends.is_set():
            try:
                with gate.connect() as s:
                    while not ends.is_set():
                        number += 1
                        s.send(question % number.to_bytes(4, "big"))
                        reply = s.recv(4096)
                        if not reply:
                            break
                        assert reply[:7] == bytes.fromhex("84011a") + number.to_bytes(4, "big")
                        # null error, then [true, true, 0, time, position, words]
                        assert reply[7:12] == bytes.fromhex("f686f5f500"), reply.hex()
                        told.append(position(reply[12:]))
            except OSError:
                time.sleep(0.005)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    gate.start()
    for thread in threads:
        thread.start()
    seed = random.Random(time.time())
    for _ in range(rounds):
        time.sleep(seed.uniform(0.02, 0.25))
        gate.process.kill()
        gate.process.wait()
        gate.start()
    ends.set()
    for thread in threads:
        thread.join()
    gate.stop()
    recorded = allowed_positions(world)
    print(f"{len(told)} uses told by {rounds} killed daemons, {len(recorded)} recorded")
    assert len(told) > rounds and set(told) <= recorded and len(set(told)) == len(told)


def position(rest):
    """The second of two CBOR unsigned integers."""
    def number(at):
        size = {24: 1, 25: 2, 26: 4, 27: 8}.get(rest[at], 0)
        return (int.from_bytes(rest[at + 1:at + 1 + size], "big") if size else rest[at]), at + 1 + size
    return number(number(0)[1])[0]


def test_clients_that_hang_flood_or_talk_nonsense_keep_nobody_waiting(world):
    with Gated(world, "--clients", 16, "--idle", 2) as gate:
        silent = []
        for _ in range(8):
            silent.append(gate.connect())
        time.sleep(0.2)
        world.use(gate.socket)
        for message in (b"", b"\xff" * 1000, b"\x84", bytes(60000), bytes.fromhex("84010101f6"),
                        bytes.fromhex("8402010100"), bytes.fromhex("840101184af6")):
            with gate.connect() as s:
                s.send(message)
                reply = s.recv(65536)
                assert reply == b"" or b"wire.malformed" in reply or b"cbor." in reply, (message[:9], reply)
                if reply:
                    assert s.recv(100) == b""  # and is cut
        # One that asks and never takes an answer is cut, too.
        with gate.connect() as s:
            with pytest.raises(OSError):
                for _ in range(100000):
                    s.send(bytes.fromhex("84010104f6"))
        world.use(gate.socket)
        # A flood of connections: the longest silent make room.
        flood = [gate.connect() for _ in range(64)]
        time.sleep(0.2)
        world.use(gate.socket)
        # Whoever is silent too long is cut.
        assert until(lambda: silent[0].recv(1) == b"")
        for s in flood + silent:
            s.close()
        assert int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{gate.process.pid}/status").read())[1]) < 65536
        assert gate.stop() == 0


def test_a_full_disk_refuses_and_is_told(world):
    folder = world.folder / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no tmpfs of our own may be mounted here")
    try:
        subprocess.run(["cp", "-a", world.folder / "system", folder / "system"], check=True)
        with Gated(world, system="small/system") as gate:
            world.use(gate.socket)
            (folder / "filler").write_bytes(b"x" * 100)
            with open(folder / "filler", "ab", buffering=0) as filler:
                with pytest.raises(OSError):
                    while True:
                        filler.write(b"x" * 4096)
            codes = ask_often(gate, 20000)
            assert codes[-1] == "gate.use-log-full" and codes.count("allowed") > 1000
            assert set(codes) == {"allowed", "gate.use-log-full"}
            os.unlink(folder / "filler")
            world.use(gate.socket)
            assert gate.stop() == 0
        status = world.run("system", "status", "--system", "small/system", "--json").json
        assert status["allowed"] == codes.count("allowed") + 2
    finally:
        subprocess.run(["umount", folder])


def ask_often(gate, count):
    question = bytes.fromhex("84010101" "86") + b"\x6fcapture.headers\x69terrorism\x62XR\x6ctel:+9995550\x41W\x80"
    codes = []
    with gate.connect() as s:
        for _ in range(count):
            s.send(question)
            reply = s.recv(4096)
            codes.append("allowed" if reply[6] == 0xF5 else
                         "gate.use-log-full" if b"disk has no room" in reply else reply.hex())
            if codes[-1] != "allowed":
                break
    return codes


def test_its_carrier_killed_it_stops_and_says_so(world):
    with Gated(world, command=at_home(world)) as gate:
        assert gate.works()
        children = subprocess.run(["pgrep", "-P", str(gate.process.pid)], capture_output=True, text=True).stdout.split()
        assert len(children) == 1
        os.kill(int(children[0]), signal.SIGKILL)
        assert gate.process.wait(20) == 4 and "is gone" in gate.log


def test_the_carrier_ends_with_the_daemon(world):
    with Gated(world, command=at_home(world)) as gate:
        child = int(subprocess.run(["pgrep", "-P", str(gate.process.pid)], capture_output=True, text=True).stdout)
        gate.process.kill()
        gate.process.wait()
        assert until(lambda: not os.path.exists(f"/proc/{child}") or
                     "Z" in open(f"/proc/{child}/status").read().split("State:")[1][:4])
