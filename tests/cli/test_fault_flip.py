"""A changed byte of a file is noticed by the commands that read it; each loop in full: tests/unit."""
import shutil

import pytest

from conftest import KIDNAPPING, WARRANT


def flipped(path, step):
    """Changes one byte after another; each is put back."""
    good = path.read_bytes()
    for at in range(0, len(good), step):
        changed = bytearray(good)
        changed[at] ^= 1 << at % 8
        path.write_bytes(bytes(changed))
        yield at
    path.write_bytes(good)


def test_a_published_log(world):
    pub = "keys/licensing.example.org.pub"
    size = world.run("log", "checkpoint", "--json").json["size"]
    shutil.copytree(world.folder / "authority/log", world.folder / "mirror")
    for name, step in (("checkpoint", 5), (f"tile/0/000.p/{size}", 11), (f"tile/entries/000.p/{size}", 211)):
        for at in flipped(world.folder / "mirror" / name, step):
            # An audit judges entries and has no time for tiles, of which it asks nothing.
            for words in (["log", "verify"], ["audit"])[:1 if name.startswith("tile/0") else 2]:
                answer = world.run(*words, "--log", "mirror", "--authority", pub, status=None)
                assert answer.status in (1, 3) and answer.err, f"{name}: byte {at}: {answer.text}"
    world.run("log", "verify", "--log", "mirror", "--authority", pub)
    world.run("audit", "--log", "mirror", "--authority", pub)


def test_doctor_looks_at_what_is_published(world):
    size = world.run("log", "checkpoint", "--json").json["size"]
    assert "is published whole" in world.run("doctor").out
    for _ in flipped(world.folder / f"authority/log/tile/0/000.p/{size}", 100):
        answer = world.run("doctor", status=1)
        assert "WRONG" in answer.out and "log.tile" not in answer.out and "is not whole" in answer.out
        assert not all(check["ok"] for check in world.run("doctor", "--json", status=1).json["checks"])


def test_a_proof_file(world):
    world.run("log", "prove", world.ids["licence"], "-o", "licence.proof")
    for at in flipped(world.folder / "licence.proof", 13):
        answer = world.run("log", "verify", "licence.proof", "--authority", "keys/licensing.example.org.pub", status=None)
        assert answer.status in (1, 3), f"byte {at}: {answer.text}"


def test_a_record_that_is_submitted(world):
    form = {"subject": "Somebody", "system": "unknown", "allegation": "Something.", "reporter": "A person"}
    world.sign("report", form, "ombudsman", "-o", "r.cose")
    before = world.run("log", "checkpoint").out
    for at in flipped(world.folder / "r.cose", 3):
        answer = world.run("submit", "r.cose", status=None)
        assert answer.status in (1, 3), f"byte {at}: {answer.text}"
    assert world.run("log", "checkpoint").out == before
    world.run("submit", "r.cose")


def test_a_request_and_a_reply(world):
    world.run("system", "renew", "--system", "system", "--request", "r.cose")
    for at in flipped(world.folder / "r.cose", 7):
        answer = world.run("lease", "grant", "--request", "r.cose", "-o", "r.cbor", status=None)
        assert answer.status in (1, 3) and not (world.folder / "r.cbor").exists(), f"byte {at}: {answer.text}"
    world.run("lease", "grant", "--request", "r.cose", "-o", "r.cbor")
    for at in flipped(world.folder / "r.cbor", 13):
        answer = world.run("system", "renew", "--system", "system", "--reply", "r.cbor", status=None)
        assert answer.status in (1, 3), f"byte {at}: {answer.text}"
    world.run("system", "renew", "--system", "system", "--reply", "r.cbor")


@pytest.mark.parametrize("name, code", [
    ("state", "gate.state-damaged"), ("system", "gate.system-damaged"), ("device.key", "gate.system-damaged"),
    ("use-log/00000001.uses", "gate.use-log-damaged")])
def test_a_systems_files(world, name, code):
    world.use("system")
    step = 7 if "use-log" not in name else 61
    path = world.folder / "system" / name
    good = path.read_bytes()
    used = len(good.rstrip(b"\0"))
    for at in flipped(path, step):
        if at >= used:  # the room behind the entries: tests/unit/gate_fault_test.c
            path.write_bytes(good)
            break
        for words in (["use", "--system", "system", "--capability", "capture.headers", "--subject",
                       "tel:+99955501", *KIDNAPPING, *WARRANT], ["system", "renew", "--system", "system"]):
            answer = world.run(*words, status=None)
            assert answer.status in (1, 3) and code in answer.err and "allowed" not in answer.out, \
                f"byte {at}: {answer.text}"
    world.use("system")
    world.renew("system")


def test_a_home_whose_parts_do_not_belong_together(world):
    home = world.folder / "authority"
    for at in flipped(home / "authority.pub", 3):
        assert world.run("log", "verify", status=None).status in (1, 3), f"byte {at}"
    for at in flipped(home / "authority.key", 7):
        answer = world.run("lease", "grant", "--request", "keys/ada.pub", "-o", "x", status=None)
        assert answer.status in (1, 3), f"byte {at}"
    shutil.copy(home / "store.db", world.folder / "old.db")
    world.sign("report", {"subject": "Somebody", "system": "unknown", "allegation": "Something.",
                          "reporter": "A person"}, "ombudsman")
    for name in ("store.db-wal", "store.db-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(world.folder / "old.db", home / "store.db")
    answer = world.run("submit", "keys/ada.pub", status=None)
    assert "old copy" in answer.err and answer.status == 3
