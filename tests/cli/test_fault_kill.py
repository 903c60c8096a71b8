"""
kill -9 of real commands at random moments: what was acknowledged is there, what was allowed is recorded,
and nobody has to mend anything by hand. SOAK=1 does it for SOAK_MINUTES (5) a test.
"""
import os
import random
import signal
import subprocess
import time

import pytest

from conftest import KIDNAPPING, PROVISO, WARRANT

SOAK = os.environ.get("SOAK") == "1"
MINUTES = float(os.environ.get("SOAK_MINUTES", 5))


def rounds(usual):
    """So many, or under SOAK=1 as many more as there is time for."""
    ends, n = time.monotonic() + 60 * MINUTES, 0
    while n < usual or (SOAK and time.monotonic() < ends):
        yield n
        n += 1


class Killer:
    """Runs a command and kills it at a random moment of the time that it usually takes, or just after."""

    def __init__(self, place):
        self.place = place
        self.seed = int(os.environ.get("PROVISO_TEST_SEED", random.randrange(1 << 32)))
        self.random = random.Random(self.seed)
        self.usual = {}
        self.killed = self.ended = 0
        print(f"PROVISO_TEST_SEED={self.seed}")

    def start(self, *words):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVISO_")}
        return subprocess.Popen([str(PROVISO), *words], cwd=self.place.folder, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=environment | {"PROVISO_HOME": "authority"})

    def time(self, *words):
        began = time.monotonic()
        self.start(*words).communicate()
        self.usual[words[0]] = time.monotonic() - began

    def finish(self, *processes):
        """(status or None, standard output) of each, killed at one random moment."""
        usual = self.usual[processes[0].args[1]]
        time.sleep(self.random.uniform(0, usual * 1.2))
        answers = []
        for process in processes:
            process.kill()
            out, err = process.communicate()
            if process.returncode == -signal.SIGKILL:
                self.killed += 1
                answers.append((None, out))
            else:
                self.ended += 1
                assert "damaged" not in err, err
                answers.append((process.returncode, out))
        return answers

    def run(self, *words):
        return self.finish(self.start(*words))[0]

    def was_fair(self):
        """At random moments: some die and some live."""
        print(f"{self.killed} killed, {self.ended} ended")
        assert self.killed > 0 and self.ended > 0


def check_authority(place):
    place.run("log", "verify")
    audit, replay = place.run("audit", "--json").json, place.run("replay", "--json").json
    assert audit["ok"] and replay["same"] and audit["state"] == replay["state"]
    size = place.run("log", "checkpoint", "--json").json["size"]
    assert size == audit["entries"]
    return size


def report(place, n):
    """Signed and not submitted; each differs."""
    (place.folder / "report.yaml").write_text(
        f"subject: Person {n}\nsystem: unknown\nallegation: Number {n}.\nreporter: A person\n")
    place.run("report", "report.yaml", "--key", "keys/ombudsman.key", "-o", f"r{n}.cose")
    return f"r{n}.cose"


def test_a_record_whose_place_was_told_is_there(place):
    place.authority()
    killer, told = Killer(place), {}
    killer.time("submit", report(place, "first"))
    for n in rounds(100):
        told[n] = killer.run("submit", report(place, n))[1].split()
    killer.was_fair()
    place.run("log", "verify")  # of what was published, which may lack the last record
    place.run("audit")
    for n, answer in told.items():
        again = place.run("submit", f"r{n}.cose", "--json").json[0]
        if len(answer) == 2:
            assert again == {"id": answer[0], "seq": int(answer[1]), "was-there": True}
        assert place.run("disclose", again["id"], "--key", "keys/ada.key", "--json").json["values"]["subject"] == f"Person {n}"
    check_authority(place)


def test_of_records_submitted_together_all_are_there_or_none(place):
    place.authority()
    killer = Killer(place)
    killer.time("submit", *(report(place, f"first-{i}") for i in range(3)))
    for n in rounds(33):
        files = [report(place, f"{n}-{i}") for i in range(3)]
        killer.run("submit", *files)
        there = [place.run("submit", file, "--json").json[0]["was-there"] for file in files]
        assert there in ([True] * 3, [False] * 3)
    killer.was_fair()
    check_authority(place)


def use_words(subject):
    return ["use", "--system", "system", "--capability", "capture.headers", "--subject", subject,
            *KIDNAPPING, *WARRANT]


def targeted(place, subject):
    return place.run("audit", "uses", "--system", "system", "--key", "keys/ombudsman.key", "--subject", subject,
                     "--json", status=None).json["allowed"]


def test_a_use_that_was_allowed_is_recorded(world):
    killer, allowed = Killer(world), []
    killer.time(*use_words("tel:+99900000"))
    for n in rounds(100):
        subject = f"tel:+999{10000 + n}"
        status, out = killer.run(*use_words(subject))
        assert status in (None, 0) and out in ("", "allowed\n")
        if out:
            allowed.append(subject)
    killer.was_fair()
    for subject in allowed:
        assert targeted(world, subject) == 1, subject
    world.renew("system")
    check_authority(world)


def test_a_renewal_can_die_at_any_moment_and_the_next_one_goes_on(world):
    killer, last, used = Killer(world), 1, 0
    killer.time("system", "renew", "--system", "system")
    for n in rounds(100):
        if n % 5 == 0:
            world.use("system", "capture.headers", f"tel:+999{10000 + n}")
            used += 1
        status, out = killer.run("system", "renew", "--system", "system")
        assert status in (None, 0), out
        if out.startswith("lease "):
            last = int(out.split()[1])
        lease = world.run("system", "status", "--system", "system", "--json").json["leases"][0]
        assert lease["sequence"] >= last and lease["refusal"] == ""
    killer.was_fair()
    world.renew("system")
    uses = world.run("system", "status", "--system", "system", "--uses", "--json").json["uses"]
    assert sum(u["code"] == "allowed" for u in uses) == used
    known = world.run("status", world.ids["system"], "--json").json
    assert known["sequence"] == world.run("system", "status", "--system", "system", "--json").json["leases"][0]["sequence"]
    check_authority(world)


def test_everything_at_once_can_die(world):
    """A record, a renewal and a use in flight together, all killed in one moment."""
    killer, allowed, told = Killer(world), [], {}
    killer.time("submit", report(world, "first"))
    for n in rounds(33):
        subject = f"tel:+999{10000 + n}"
        words = [["submit", report(world, n)], use_words(subject), ["system", "renew", "--system", "system"]]
        killer.random.shuffle(words)
        processes = [killer.start(*w) for w in words]
        killer.usual.setdefault(words[0][0], killer.usual["submit"])
        for word, (status, out) in zip(words, killer.finish(*processes)):
            if word[0] == "submit" and out:
                told[n] = out.split()
            elif word[0] == "use" and out == "allowed\n":
                allowed.append(subject)
            # One gate at a time decides: the other of use and renew may be told so.
            assert status in (None, 0, 1, 4), (word, status, out)
    killer.was_fair()
    for n, answer in told.items():
        again = world.run("submit", f"r{n}.cose", "--json").json[0]
        assert (again["id"], again["seq"], again["was-there"]) == (answer[0], int(answer[1]), True)
    for subject in allowed:
        assert targeted(world, subject) == 1, subject
    world.renew("system")
    check_authority(world)


def test_an_authority_is_made_whole_or_not_at_all(place):
    place.keygen("licensing.example.org", "ada")
    killer = Killer(place)
    init = ["init", "--key", "keys/licensing.example.org.key", "--officer", "keys/ada.pub", "--home"]
    killer.time(*init, "first")
    whole = 0
    for n in rounds(33):
        status, _ = killer.run(*init, f"home-{n}")
        home = place.folder / f"home-{n}"
        assert home.exists() or status is None
        if home.exists():
            whole += 1
            place.run("log", "verify", "--home", home)
            place.run("replay", "--home", home)
        else:
            place.run(*init, home)
    killer.was_fair()
    assert whole > 0


def test_a_system_is_made_whole_or_not_at_all(world):
    killer = Killer(world)
    init = ["system", "init", "--authority", "keys/licensing.example.org.pub", "--name", "LENS-0003", "--system"]
    killer.time(*init, "first")
    for n in rounds(33):
        status, form = killer.run(*init, f"s{n}")
        shown = world.run("system", "status", "--system", f"s{n}", status=None)
        if status == 0 or form:
            assert shown.status == 0, shown.text
        elif shown.status != 0:
            world.run(*init, f"s{n}")
    killer.was_fair()
