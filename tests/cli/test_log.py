"""proviso log, audit, replay, doctor: kept, refused, as text and as JSON."""
import shutil

import pytest

from conftest import instant

PUB = "keys/licensing.example.org.pub"
REPORT = {"subject": "Somebody", "system": "unknown", "allegation": "Something.", "reporter": "A person"}


def more(world, n=1):
    for i in range(n):
        world.sign("report", REPORT | {"allegation": f"Number {i}."}, "ombudsman")


def test_the_checkpoint_is_the_signed_note_that_is_served(world):
    text = world.run("log", "checkpoint").out
    assert text == (world.folder / "authority/log/checkpoint").read_text()
    machine = world.run("log", "checkpoint", "--json").json
    assert machine["note"] == text and text.startswith(f"licensing.example.org\n{machine['size']}\n")


def test_a_proof_alone_convinces_who_has_the_key(world):
    world.run("log", "prove", world.ids["licence"][:12], "-o", "licence.proof")
    told = world.run("log", "verify", "licence.proof", "--authority", PUB)
    assert told.out.startswith("verified: licence ")
    machine = world.run("log", "verify", "licence.proof", "--authority", PUB, "--json", env={"PROVISO_HOME": ""}).json
    assert machine["id"] == world.ids["licence"] and machine["kind"] == "licence" and machine["verified"]
    more(world, 3)
    world.run("log", "verify", "licence.proof", "--authority", PUB)  # what was proven stays so
    world.keygen("other.example.net")
    other = world.run("log", "verify", "licence.proof", "--authority", "keys/other.example.net.pub", status=None)
    assert other.status in (1, 3) and "verified" not in other.out
    assert "--authority" in world.run("log", "verify", "licence.proof", status=2).err


def test_a_bare_proof_goes_beside_its_record(world):
    world.sign("report", REPORT, "ombudsman", "-o", "r.cose")
    record = world.run("submit", "r.cose").id
    world.run("log", "prove", record, "-o", "r.tlog-proof", "--proof-only")
    assert (world.folder / "r.tlog-proof").read_text().startswith("c2sp.org/tlog-proof@v1\nindex ")
    verify = ["log", "verify", "r.tlog-proof", "--authority", PUB, "--record"]
    assert world.run(*verify, "r.cose", "--json").json["id"] == record
    world.sign("report", REPORT | {"allegation": "Other."}, "ombudsman", "-o", "other.cose")
    assert "log.proof" in world.run(*verify, "other.cose", status=1).err


def test_proving_needs_a_file_and_a_record(world):
    assert "--output is needed" in world.run("log", "prove", world.ids["licence"], status=2).err
    assert "store.no-such-id" in world.run("log", "prove", "00" * 32, "-o", "p", status=1).err
    assert world.run("log", "prove", world.ids["licence"], "-o", "no/where", status=4).err


def test_a_log_extends_the_one_seen_before(world):
    (world.folder / "old").write_text(world.run("log", "checkpoint").out)
    more(world, 2)
    assert world.run("log", "consistency", "old").out.startswith("consistent: ")
    machine = world.run("log", "consistency", "old", "--json").json
    assert machine["consistent"] and machine["size"] == machine["old-size"] + 2 and machine["proof"]
    (world.folder / "same").write_text(world.run("log", "checkpoint").out)
    assert world.run("log", "consistency", "same", "--json").json["proof"] == []


def test_a_log_that_forked_or_shrank_is_told(world):
    """An authority that keeps two logs: a copy of the home goes its own way."""
    shutil.copytree(world.folder / "authority", world.folder / "other")
    more(world, 2)
    other = {"env": {"PROVISO_HOME": "other"}}
    (world.folder / "form.yaml").write_text("\n".join(f"{k}: {v}" for k, v in (REPORT | {"allegation": "X"}).items()))
    world.run("report", "form.yaml", "--key", "keys/ombudsman.key", **other)
    (world.folder / "forked").write_text(world.run("log", "checkpoint", **other).out)
    assert "log.proof" in world.run("log", "consistency", "forked", status=1).err
    (world.folder / "longer").write_text(world.run("log", "checkpoint").out)
    assert "log.shrunk" in world.run("log", "consistency", "longer", status=1, **other).err
    world.keygen("x.example")
    world.run("init", "--home", "third", "--key", "keys/x.example.key", "--officer", "keys/ada.pub")
    (world.folder / "foreign").write_text(world.run("log", "checkpoint", "--home", "third").out)
    assert world.run("log", "consistency", "foreign", status=None).status in (1, 3)


@pytest.mark.parametrize("words", [["log", "verify"], ["audit"]])
def test_a_mirror_is_checked_by_its_key_alone(world, words):
    shutil.copytree(world.folder / "authority/log", world.folder / "mirror")
    alone = {"env": {"PROVISO_HOME": ""}}
    assert world.run(*words, "--log", "mirror", "--authority", PUB, "--json", **alone).json["origin"] == \
        "licensing.example.org"
    assert "--authority" in world.run(*words, "--log", "mirror", status=2, **alone).err
    assert world.run(*words, "--log", "nowhere", "--authority", PUB, status=4, **alone).err
    assert world.run(*words, "--log", "mirror", "--authority", "keys/ada.pub", status=None, **alone).status in (1, 3)
    next((world.folder / "mirror/tile/entries").rglob("*.p")).rename(world.folder / "gone")
    assert world.run(*words, "--log", "mirror", "--authority", PUB, status=None, **alone).status in (1, 4)


def test_replay_finds_a_state_that_is_not_the_logs(world):
    """Somebody writes into the state and leaves the log alone."""
    import sqlite3
    good = world.run("replay", "--json").json
    assert good["same"] is True
    db = sqlite3.connect(world.folder / "authority/store.db")
    table, key = next((t, c) for (t,) in db.execute("select name from sqlite_master where type = 'table'")
                      for c in [db.execute(f"select * from {t}").description[0][0]] if t == "state")
    changed = db.execute(f"delete from {table} where {key} in (select {key} from {table} limit 1 offset 3)").rowcount
    db.commit()
    db.close()
    assert changed == 1
    answer = world.run("replay", "--json", status=1).json
    assert answer["same"] is False and answer["state"] == good["state"]
    assert "ANOTHER" in world.run("replay", status=1).out
    assert "WRONG" in world.run("doctor", status=1).out


def test_doctor_says_what_to_mend(world):
    (world.folder / "authority/authority.key").chmod(0o644)
    answer = world.run("doctor", status=1)
    assert "WRONG" in answer.out and "chmod 0600" in answer.out
    (world.folder / "authority/authority.key").chmod(0o600)
    assert world.run("doctor", "--json").json["ok"] is True
    assert "WRONG" in world.run("doctor", "--home", "nowhere", status=1).out


# --- A system's own side ---------------------------------------------------------------------------

def test_system_init_prints_the_form_and_keeps_what_is_there(place):
    place.keygen("licensing.example.org")
    words = ["system", "init", "--system", "s", "--authority", PUB, "--name", "LENS-1"]
    form = place.run(*words).out
    assert 'serial: "LENS-1"' in form and "device-key" in form
    before = (place.folder / "s/device.key").read_bytes()
    assert "gate.system-exists" in place.run(*words, status=1).err
    assert (place.folder / "s/device.key").read_bytes() == before
    assert (place.folder / "s/device.key").stat().st_mode & 0o777 == 0o600
    assert "--authority is needed" in place.run("system", "init", "--system", "t", "--name", "x", status=2).err
    assert "named twice" in place.run("system", "init", "--system", "t", "--name", "x", "--authority", PUB,
                                      "--authority", PUB, status=2).err
    assert "key.name" in place.run("system", "init", "--system", "t", "--name", "a b", "--authority", PUB, status=3).err
    assert "ES256" in place.run("system", "init", "--system", "t", "--name", "x", "--authority", PUB, "--alg",
                                "ES256", status=2).err
    place.run("system", "init", "--system", "u", "--name", "x", "--authority", PUB, "--alg", "es256", "--json")


def test_a_system_with_a_p256_key_works_as_well(place):
    place.authority().definitions().declaration().application()
    place.licence()
    form = place.run("system", "init", "--system", "hard", "--authority", PUB, "--name", "LENS-1", "--alg", "es256",
                     "--json").json
    place.sign("enrol", {"licences": [place.ids["licence"]], "serial": "LENS-1", "item-version": "1.0",
                         "device-key": form["device-key"]}, "harbour")
    place.renew("hard")
    place.use("hard")
    place.run("audit")


def test_use_says_what_is_missing_or_malformed(world):
    base = {"--capability": "capture.headers", "--purpose": "terrorism", "--territory": "XR",
            "--subject": "tel:+99955501", "--system": "system", "--warrant": "W"}

    def ask(status, **change):
        words = {**base, **{f"--{k}": v for k, v in change.items()}}
        return world.run("use", *[w for k, v in words.items() if v is not None for w in (k, v)], status=status)

    for name in base:
        if name not in ("--warrant",):
            assert f"{name} is needed" in ask(2, **{name[2:]: None}).err
    for change, says in (({"subject": "tel:+1x"}, "scope.selector"), ({"capability": "a..b"}, "scope.label"),
                         ({"warrant": ""}, "gate.warrant-empty")):
        assert says in ask(3, **change).err, change
    assert "--dry-run" in ask(2, at=instant()).err
    assert ask(None, system="nowhere").status in (3, 4)
    assert ask(0, json=None).out == "allowed\n"
    uses = world.run("system", "status", "--system", "system", "--uses", "--json").json["uses"]
    assert len(uses) == 1  # what is malformed is no use, and is not recorded


def test_a_request_of_an_unknown_system_gets_no_answer(world):
    world.run("system", "init", "--system", "stray", "--authority", PUB, "--name", "STRAY")
    assert "renewal.unknown-device" in world.renew("stray", status=1).err
    assert "gate.no-lease" in world.use("stray", status=1).out
    world.run("system", "renew", "--system", "stray", "--request", "r.cose")
    assert "renewal.unknown-device" in world.run("lease", "grant", "--request", "r.cose", "-o", "x", status=1).err
    assert not (world.folder / "x").exists()


def test_renewal_at_an_authority_the_system_does_not_trust(world):
    world.keygen("other.example.net")
    world.run("init", "--home", "other", "--key", "keys/other.example.net.key", "--officer", "keys/ada.pub")
    answer = world.run("system", "renew", "--system", "system", "--home", "other", status=1)
    assert "gate.lease-other-authority" in answer.err
    assert "does not trust" in world.run("system", "renew", "--system", "system", "--origin", "nobody",
                                         "--request", "r", status=2).err
    world.use("system")


def test_two_commands_in_one_system_take_turns_or_say_so(world):
    import subprocess
    from conftest import PROVISO
    words = [str(PROVISO), "use", "--system", "system", "--capability", "capture.headers", "--purpose", "terrorism",
             "--territory", "XR", "--warrant", "W", "--subject"]
    running = [subprocess.Popen([*words, f"tel:+9995550{n}"], cwd=world.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True) for n in range(8)]
    answers = [(p.communicate(), p.returncode) for p in running]
    allowed = sum(out == "allowed\n" and status == 0 for (out, _), status in answers)
    assert allowed > 0 and all(status == 0 or "gate.in-use" in err for (_, err), status in answers)
    uses = world.run("system", "status", "--system", "system", "--uses", "--json").json["uses"]
    assert len(uses) == allowed
