"""A slow disk, a clock that steps, and a kill between taking in and answering, on the real service."""
import os
import random
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import wait_until
from test_faults import reports

YEAR = 365 * 86400
SOAK = bool(os.environ.get("SOAK"))


class Machine:
    """What the services started with it believe of their disk and clock."""

    def __init__(self, folder):
        self.shim, self.file = folder / "shim.so", folder / "faults"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", self.shim, Path(__file__).parent / "shim.c"],
                       check=True)
        self.set()
        self.env = {"LD_PRELOAD": str(self.shim), "FAULTS": str(self.file)}

    def set(self, milliseconds=0, seconds=0):
        new = self.file.with_suffix(".new")
        new.write_text(f"{milliseconds} {seconds}\n")
        new.rename(self.file)


@pytest.fixture
def machine(world):
    return Machine(world.folder)


def in_threads(calls):
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    return threads


def test_a_slow_disk_holds_up_writing_and_nothing_else(world, serve, machine):
    service, answers, records = serve(world, env=machine.env), [], list(reports(world, 12))
    machine.set(milliseconds=400)
    writing = in_threads([lambda r=r: answers.append(service.submit(r).status) for r in records])
    wait_until(lambda: service.metric("proviso_rounds_total") + service.metric("proviso_waiting") > 0)
    read = 0
    while any(t.is_alive() for t in writing):
        assert service.ask("/v1/systems").status == 200 and service.ask("/readyz").status == 200
        read += 1
    assert answers == [201] * 12 and read > 12
    # What waited was committed together.
    assert service.metric("proviso_rounds_total") < 12
    machine.set()
    assert service.stop() == 0
    world.run("log", "verify")


def test_a_clock_that_steps_breaks_nothing(world, serve, machine):
    service, records = serve(world, env=machine.env), list(reports(world, 8))
    for i, seconds in enumerate((0, YEAR, -YEAR, 0, YEAR, 0)):
        machine.set(seconds=seconds)
        answer = service.submit(records[i])
        # Taken in, or refused by a rule that says why; made long after "now" is one.
        assert answer.status == 201 or answer.json["rule"], answer.body
        if seconds == -YEAR:
            assert answer.json["rule"] == "record.from-the-future"
        assert service.ask("/v1/status").status == 200 and service.ask("/readyz").status == 200
    assert service.submit(records[6]).status == 201
    assert service.stop() == 0
    for words in (("log", "verify"), ("audit",), ("replay",)):
        world.run(*words)


def test_killed_between_taking_in_and_answering_nothing_acknowledged_is_lost(world, serve, machine):
    seed = int(os.environ.get("PROVISO_TEST_SEED", random.randrange(1 << 32)))
    print(f"PROVISO_TEST_SEED={seed}")
    chance, records = random.Random(seed), list(reports(world, 12))
    for _ in range(100 if SOAK else 4):
        machine.set(milliseconds=50)
        service, acknowledged = serve(world, env=machine.env), []

        def send(record, service=service, acknowledged=acknowledged):
            try:
                if service.submit(record).status in (200, 201):
                    acknowledged.append(record)
            except OSError:
                pass  # it was killed
        sending = in_threads([lambda r=r: send(r) for r in records])
        threading.Event().wait(chance.uniform(0, 1))
        service.stop(signal.SIGKILL)
        for thread in sending:
            thread.join()
        machine.set()
        service = serve(world, env=machine.env)
        assert all(service.submit(r).status == 200 for r in acknowledged), "an acknowledged record is gone"
        service.stop()
        world.run("log", "verify")
    service = serve(world)
    assert all(service.submit(r).status in (200, 201) for r in records)
    assert all(service.submit(r).status == 200 for r in records)
    assert service.stop() == 0
    world.run("audit")
