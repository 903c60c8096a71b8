"""
A full disk: a small tmpfs that is filled up. Every command says so with status 4, nothing is half done, and
when there is room again everything goes on.
"""
import ctypes
import os
import re
import shutil

import pytest

from conftest import KIDNAPPING, WARRANT, Place, instant

libc = ctypes.CDLL(None, use_errno=True)
FILLER = "filler"


class Disk(Place):
    """A place on a disk of its own."""

    def fill(self, leave):
        """Leaves so many bytes free."""
        with open(self.folder / FILLER, "ab", buffering=0) as filler:
            for chunk in (1 << 16, 4096):
                try:
                    while filler.write(b"\0" * chunk) == chunk:
                        pass
                except OSError:
                    pass
        size = (self.folder / FILLER).stat().st_size
        os.truncate(self.folder / FILLER, max(0, size - leave) // 4096 * 4096)

    def empty(self):
        (self.folder / FILLER).unlink(missing_ok=True)


def mounted(folder, size):
    folder.mkdir()
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode()) != 0:
        pytest.skip(f"cannot mount a small tmpfs here: {os.strerror(ctypes.get_errno())}")


@pytest.fixture
def disk(tmp_path):
    folder = tmp_path / "disk"
    mounted(folder, 24 << 20)
    yield Disk(folder)
    libc.umount2(os.fsencode(folder), 2)


def files_of(folder):
    return {str(f.relative_to(folder)) for f in folder.rglob("*") if f.name != FILLER}


def on_less_and_less(disk, command, least, step=4096, most=512 << 10, whole=lambda: True):
    """
    Runs command() with ever more room until it works: a list of its failed answers. After each
    failure the same files are there as before, but for SQLite's own.
    """
    failures = []
    for leave in range(least, most, step):
        disk.fill(leave)
        answer = command()
        disk.empty()
        if answer.status == 0:
            return failures
        assert answer.status == 4, answer.text
        assert re.search(r"No space|disk is full|no room|full", answer.err), answer.err
        assert answer.out == ""
        assert whole(), f"half done with {leave} bytes free"
        failures.append(answer)
    raise AssertionError("it never worked")


def test_keygen_and_init(disk):
    failures = on_less_and_less(disk, lambda: disk.run("keygen", "ada", "--no-passphrase", status=None), 0,
                                whole=lambda: files_of(disk.folder) == set())
    assert failures
    disk.keygen("licensing.example.org")
    before = files_of(disk.folder)
    init = ["init", "--key", "keys/licensing.example.org.key", "--officer", "ada.pub"]
    failures = on_less_and_less(disk, lambda: disk.run(*init, status=None), 0, step=16384, most=4 << 20,
                                whole=lambda: files_of(disk.folder) == before)
    assert len(failures) > 3
    disk.run("doctor", status=None)
    disk.run("replay")


def test_submit(disk):
    disk.authority().definitions()
    form = {"subject": "Somebody", "system": "unknown", "allegation": "x" * 4000, "reporter": "A person"}
    disk.sign("report", form, "ombudsman", "-o", "r.cose")
    checkpoint = disk.run("log", "checkpoint").out
    failures = on_less_and_less(disk, lambda: disk.run("submit", "r.cose", status=None), 0,
                                whole=lambda: bool(disk.run("log", "verify")))
    assert failures
    # What was committed and could not be published is there, once, and is published now.
    answer = disk.run("submit", "r.cose", "--json").json[0]
    assert answer["was-there"] is True
    disk.run("log", "verify")
    assert disk.run("replay", "--json").json["entries"] == disk.run("audit", "--json").json["entries"]
    assert disk.run("log", "checkpoint").out != checkpoint
    assert disk.run("disclose", answer["id"], "--key", "keys/ada.key", "--json").json["values"]["subject"] == "Somebody"


def test_sign_to_a_file_and_prove(disk):
    disk.authority().definitions()
    form = {"subject": "Somebody", "system": "unknown", "allegation": "x" * 4000, "reporter": "A person"}
    (disk.folder / "report.yaml").write_text("\n".join(f"{k}: {v}" for k, v in form.items()))
    for command in (["report", "report.yaml", "--key", "keys/ombudsman.key", "-o", "out.cose"],
                    ["log", "prove", disk.ids["definitions-1"], "-o", "out.proof"]):
        assert on_less_and_less(disk, lambda: disk.run(*command, status=None), 0,
                                whole=lambda: not (disk.folder / command[-1]).exists())
    disk.run("log", "verify", "out.proof", "--authority", "keys/licensing.example.org.pub")
    disk.run("submit", "out.cose")


@pytest.fixture
def world_on_disk(disk):
    disk.authority().definitions().declaration().application()
    disk.licence()
    disk.system()
    disk.renew("system")
    return disk


def test_system_init(world_on_disk):
    disk = world_on_disk
    words = ["system", "init", "--system", "second", "--authority", "keys/licensing.example.org.pub", "--name", "S-2"]
    assert on_less_and_less(disk, lambda: disk.run(*words, status=None), 0, step=16384, most=8 << 20,
                            whole=lambda: not (disk.folder / "second/system").exists())
    disk.run("system", "status", "--system", "second")


def test_renew(world_on_disk):
    disk = world_on_disk
    for n in range(3):
        disk.use("system", "capture.headers", f"tel:+9990{n}")

    def whole():
        status = disk.run("system", "status", "--system", "system", "--json").json
        return status["state"] == "allowed" and status["leases"][0]["refusal"] == ""

    failures = on_less_and_less(disk, lambda: disk.run("system", "renew", "--system", "system", status=None), 0,
                                whole=whole)
    assert failures
    disk.renew("system")
    disk.use("system")
    disk.run("audit")
    assert disk.run("replay", "--json").json["same"]
    uses = disk.run("system", "status", "--system", "system", "--uses", "--json").json["uses"]
    assert [u["code"] for u in uses] == ["allowed"] * 4


def test_renewal_by_files(world_on_disk):
    disk = world_on_disk
    system = ["system", "renew", "--system", "system"]
    assert on_less_and_less(disk, lambda: disk.run(*system, "--request", "r.cose", status=None), 0)

    def grant():
        # A request is answered once: a reply that found no room wants another request.
        disk.run(*system, "--request", "r.cose", status=None)
        return disk.run("lease", "grant", "--request", "r.cose", "-o", "r.cbor", status=None)

    assert on_less_and_less(disk, grant, 8192, whole=lambda: not (disk.folder / "r.cbor").exists())
    assert on_less_and_less(disk, lambda: disk.run(*system, "--reply", "r.cbor", status=None), 0)
    disk.use("system")


def test_without_room_for_the_use_log_nothing_is_allowed(world_on_disk):
    """A system's first use and first renewal want a piece of use log, and say that there is no room."""
    disk = world_on_disk
    disk.system("second", "LENS-0002")
    words = ["--system", "second", "--capability", "capture.headers", "--subject", "tel:+99955501",
             *KIDNAPPING, *WARRANT]
    disk.fill(0)
    for command in (["use", *words], ["system", "renew", "--system", "second"]):
        answer = disk.run(*command, status=4)
        assert answer.out == "" and "No space" in answer.err, answer.text
    disk.empty()
    assert "gate.no-lease" in disk.run("use", *words, status=1).out
    disk.renew("second")
    disk.run("use", *words)


def test_uses_go_on_while_the_log_has_room_and_none_is_lost(world_on_disk):
    """The use log is preallocated: a disk that fills up meanwhile takes nothing from what is there."""
    disk = world_on_disk
    disk.fill(0)
    told = [disk.run(*["use", "--system", "system", "--capability", "capture.headers", "--subject",
                       f"tel:+99955{n:04d}", *KIDNAPPING, *WARRANT], status=None) for n in range(20)]
    assert all((a.status, a.out) == (0, "allowed\n") or (a.status != 0 and a.out != "allowed\n") for a in told)
    disk.empty()
    uses = disk.run("system", "status", "--system", "system", "--uses", "--json").json["uses"]
    assert sum(u["code"] == "allowed" for u in uses) >= sum(a.status == 0 for a in told)
    disk.renew("system")
    disk.use("system")
    disk.run("audit")


def test_publishing_catches_up(disk):
    """The log's folder on a disk of its own, full while the store is not: the record is kept, and told so."""
    disk.authority().definitions()
    kept = disk.folder / "kept"
    log = disk.folder / "authority/log"
    shutil.move(log, kept)
    mounted(log, 256 << 10)
    try:
        shutil.copytree(kept, log, dirs_exist_ok=True)
        full = Disk(log)
        form = {"subject": "Somebody", "system": "unknown", "allegation": "An act.", "reporter": "A person"}
        disk.sign("report", form, "ombudsman", "-o", "r.cose")
        before = (log / "checkpoint").read_bytes()
        full.fill(0)
        answer = disk.run("submit", "r.cose", status=4)
        assert "not published yet" in answer.err
        assert (log / "checkpoint").read_bytes() == before
        assert disk.run("submit", "r.cose", status=4).out == ""
        full.empty()
        assert disk.run("submit", "r.cose", "--json").json[0]["was-there"] is True
        disk.run("log", "verify", "--log", "authority/log", "--authority", "keys/licensing.example.org.pub")
        assert (log / "checkpoint").read_bytes() != before
    finally:
        libc.umount2(os.fsencode(log), 2)
