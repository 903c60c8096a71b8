"""Whose witnesses gates demand, and another origin: real officers, witnesses, logs and gates."""
import base64
import hashlib
import shutil
import subprocess
import sys

import pytest
import yaml
from conftest import BUILD
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_cosign import NAMES, Service, Witness, checkpoint, signers, witnessed  # noqa: F401

OLD, NEW = "licensing.example.org", "licensing-2.example.org"


def pub(place, name):
    return (place.folder / f"keys/{name}.pub").read_text().strip()


def armed(place, name="system", serial="LENS-0001", officers=True):
    """A system with a policy, and the officers whom its gate follows."""
    more = []
    if officers:
        place.run("log", "officers", "-o", "officers")
        more = ["--officers", "officers"]
    form = yaml.safe_load(place.run("system", "init", "--system", name, "--authority", f"keys/{OLD}.pub",
                                    "--name", serial, "--policy", "policy", *more).out)
    form |= {"licences": [place.ids["licence"]], "item-version": "1.0"}
    place.sign("enrol", form, "harbour", name=name)


def witnesses(place, file, proposer="ada", approver="ben"):
    form = {"role": "witnesses", "holder": OLD, "policy": f"@{file}"}
    place.sign("key", form, proposer, name=f"key-{file}")
    place.sign("approve", {"proposal": place.ids[f"key-{file}"]}, approver, name=f"approve-{file}")


def leases_are_given(place, system="system"):
    place.renew(system)
    place.use(system)


def policy_text(place, log, chosen, k):
    lines = [f"log {log}"]
    lines += [f"witness W{i} {w.key} http://127.0.0.1:{w.port}" for i, w in enumerate(place.witnesses)]
    members = " ".join(f"W{i}" for i in chosen)
    return "\n".join([*lines, f"group g {k} {members}", "quorum g", ""])


# --- Other witnesses ------------------------------------------------------------------------------


def test_a_gate_takes_up_the_witnesses_that_officers_agree_on_and_keeps_them(witnessed):
    place = witnessed
    armed(place)
    leases_are_given(place)
    # W2 is lost for good: a fourth takes its place, while W0 and W1 satisfy the old policy too.
    place.witnesses[2].stop()
    place.witnesses.append(Witness(place, "w4.example"))
    (place.folder / "next").write_text(policy_text(place, pub(place, OLD), (0, 1, 3), 2))
    place.run("log", "cosign", "--policy", "next")
    witnesses(place, "next")
    leases_are_given(place)
    # It is the gate's from now on: the file was written before the lease was taken.
    kept = (place.folder / "system/followed").read_bytes()
    assert b"w4.example" in kept and b"group g 2 W0 W1 W3" in kept
    place.witnesses[1].stop()
    leases_are_given(place)  # by W0 and W3: the old policy would refuse
    assert signers(checkpoint(place)) == [OLD, NAMES[0], "w4.example"]
    # What the service's own configuration names may be the new one; a third is still refused.
    place.run("system", "arm", "--system", "system", "--policy", "next")
    (place.folder / "third").write_text(policy_text(place, pub(place, OLD), (0, 1, 3), 1))
    answer = place.run("system", "arm", "--system", "system", "--policy", "third", status=1)
    assert "gate.policy-armed" in answer.err


def test_a_gate_follows_no_policy_that_its_own_witnesses_have_not_seen(witnessed):
    place = witnessed
    armed(place)
    leases_are_given(place)
    place.witnesses.append(Witness(place, "w4.example"))
    (place.folder / "next").write_text(policy_text(place, pub(place, OLD), (3,), 1))
    place.run("log", "cosign", "--policy", "next")
    witnesses(place, "next")
    before = (place.folder / "system/followed").read_bytes()
    place.witnesses[0].stop()
    place.witnesses[1].stop()  # W2 and W3 cosign: of the old policy there is no quorum
    answer = place.renew("system", status=1)
    assert "gate.change-not-witnessed" in answer.err
    assert (place.folder / "system/followed").read_bytes() == before


def test_the_authoritys_key_alone_replaces_no_witnesses_nor_do_officers_of_its_making(witnessed):
    place = witnessed
    armed(place)
    form = {"role": "witnesses", "holder": OLD, "policy": "@policy"}
    assert "key.not-entitled" in place.sign("key", form, OLD, status=1).err
    place.keygen("mallory", "mallet")
    for name in ("mallory", "mallet"):
        place.sign("key", {"role": "officer", "holder": name, "public-key": f"@keys/{name}.pub"}, OLD,
                   name=f"key-{name}")
    assert "key.officer-imposed" in place.sign("key", form, "mallory", status=1).err
    place.sign("key", form, "ada", name="proposal")
    answer = place.sign("approve", {"proposal": place.ids["proposal"]}, "mallet", status=1)
    assert "key.officer-imposed" in answer.err
    # Nor does such a one get into the gate's roster.
    assert "mallory" not in place.run("log", "officers").out


def test_an_enrolment_demands_no_weaker_witnesses_than_the_authority_has_published(witnessed):
    place = witnessed
    armed(place)
    witnesses(place, "policy")
    place.run("system", "init", "--system", "other", "--authority", f"keys/{OLD}.pub", "--name", "LENS-0002",
              "--policy", "policy")
    (place.folder / "weak").write_text((place.folder / "policy").read_text().replace("group two 2", "group two 1"))
    form = yaml.safe_load(place.run("system", "init", "--system", "weak-system", "--authority",
                                    f"keys/{OLD}.pub", "--name", "LENS-0003", "--policy", "weak").out)
    form |= {"licences": [place.ids["licence"]], "item-version": "1.0"}
    answer = place.sign("enrol", form, "harbour", status=1)
    assert "enrolment.policy" in answer.err and "W0" in answer.err
    del form["policy"], form["policy-file"]
    assert "enrolment.policy" in place.sign("enrol", form, "harbour", status=1).err


# --- Another origin -------------------------------------------------------------------------------


def agree(place, origin=NEW, proposer="ada", approvers=("ben",), to=OLD, name="origin",
          env_home="authority", **more):
    """A proposal and its approvals, signed by officers each for himself: files, nothing submitted."""
    if not (place.folder / f"keys/{origin}.key").exists():
        place.keygen(origin)
    form = yaml.safe_load(place.run("log", "begin", "--form", f"keys/{origin}.pub",
                                    env={"PROVISO_HOME": env_home}).out)
    (place.folder / f"{name}.yaml").write_text(yaml.safe_dump(form | more))
    proposal = place.run("key", f"{name}.yaml", "--key", f"keys/{proposer}.key", "--authority", f"keys/{to}.pub",
                         "-o", name, env={"PROVISO_HOME": ""}).id
    (place.folder / f"{name}-approval.yaml").write_text(f"proposal: {proposal}\n")
    files = [name]
    for who in approvers:
        place.run("approve", f"{name}-approval.yaml", "--key", f"keys/{who}.key", "--authority",
                  f"keys/{to}.pub", "-o", f"{name}-{who}", env={"PROVISO_HOME": ""})
        files.append(f"{name}-{who}")
    return files


@pytest.fixture
def moving(witnessed):
    place = witnessed
    armed(place)
    leases_are_given(place)
    place.keygen(NEW)
    logs = place.folder / "logs"
    logs.write_text(logs.read_text() + f"\nvkey {pub(place, NEW)}\n")
    for w in place.witnesses:  # they know the new origin when they are started again
        w.stop()
        w.start()
    text = (place.folder / "policy").read_text()
    (place.folder / "policy-2").write_text(text.replace(f"log {pub(place, OLD)}", f"log {pub(place, NEW)}"))
    return place


def begin(place, files, status=0, key=NEW, policy="policy-2"):
    return place.run("log", "begin", "--key", f"keys/{key}.key", "--policy", policy, *files, status=status)


def test_a_log_goes_on_under_another_origin_and_gates_follow_by_its_officers_alone(moving):
    place = moving
    size = int(checkpoint(place).splitlines()[1])
    files = agree(place)
    (place.folder / "authority/authority.key").unlink()  # lost: it is not needed
    begin(place, files)
    note = checkpoint(place).splitlines()
    assert note[0] == NEW and int(note[1]) == size + 2
    assert signers(checkpoint(place)) == [NEW, *NAMES]
    place.use("system")  # the lease of the old origin holds until it ends
    leases_are_given(place)
    assert NEW in place.run("system", "status", "--system", "system").out
    # Nothing is made to the old origin any more, and nothing signed by its key.
    form = {"role": "auditor", "holder": "Court", "public-key": pub(place, "w1.example")}
    place.sign("key", form, "ada")
    (place.folder / "late.yaml").write_text(yaml.safe_dump(form | {"holder": "Late"}))
    place.run("key", "late.yaml", "--key", "keys/ben.key", "--authority", f"keys/{OLD}.pub", "-o", "late")
    assert "record.other-authority" in place.run("submit", "late", status=1).err
    place.run("replay")
    place.run("doctor")


def test_too_few_officers_begin_no_origin_and_nothing_changes(moving):
    place = moving
    before = checkpoint(place)
    assert "origin.not-agreed" in begin(place, agree(place, approvers=()), status=1).err
    place.keygen("mallory")  # nobody's officer
    answer = begin(place, agree(place, approvers=("mallory",), name="second"), status=1)
    assert "record.unknown-signer" in answer.err
    # Of another length, or of other entries, than the log has.
    short = "\n".join(["licensing.example.org", "3", *before.splitlines()[2:], ""])
    (place.folder / "short").write_text(short)
    answer = begin(place, agree(place, name="third", checkpoint="@short"), status=1)
    assert "origin.checkpoint" in answer.err or "key.checkpoint" in answer.err
    # The authority's own key is no officer.
    answer = begin(place, agree(place, proposer=OLD, name="fourth"), status=1)
    assert "key.not-entitled" in answer.err
    assert checkpoint(place) == before
    leases_are_given(place)


def test_a_gate_that_saw_more_of_the_old_log_does_not_follow_a_shorter_one(moving):
    place = moving
    shutil.copytree(place.folder / "authority", place.folder / "backup")
    place.renew("system")  # the backup does not have this lease
    shutil.rmtree(place.folder / "authority")
    shutil.copytree(place.folder / "backup", place.folder / "authority")
    begin(place, agree(place))
    before = (place.folder / "system/followed").read_bytes()
    answer = place.renew("system", status=1)
    assert "gate.origin-behind" in answer.err
    assert (place.folder / "system/followed").read_bytes() == before
    place.use("system")  # what it had it has until its end


def test_of_two_origins_after_one_log_a_gate_follows_the_first_and_no_second(moving):
    place = moving
    shutil.copytree(place.folder / "authority", place.folder / "twin")
    begin(place, agree(place))
    leases_are_given(place)
    other = "licensing-3.example.org"
    place.keygen(other)
    logs = place.folder / "logs"
    logs.write_text(logs.read_text() + f"\nvkey {pub(place, other)}\n")
    for w in place.witnesses:
        w.stop()
        w.start()
    (place.folder / "policy-3").write_text(
        (place.folder / "policy-2").read_text().replace(pub(place, NEW), pub(place, other)))
    files = agree(place, origin=other, name="twin-origin", env_home="twin")
    twin = {"PROVISO_HOME": "twin"}
    place.run("log", "begin", "--key", f"keys/{other}.key", "--policy", "policy-3", *files, env=twin)
    answer = place.run("system", "renew", "--system", "system", env=twin, status=1)
    assert "gate.lease-other-authority" in answer.err
    assert NEW in place.run("system", "status", "--system", "system").out
    leases_are_given(place)


def test_an_old_home_cannot_go_on_beside_the_new_origin(moving):
    place = moving
    files = agree(place)
    service = Service(place)
    service.until(lambda: service.ready() == {"status": "ok"}, "ready")
    begin(place, files)
    # The service that still runs with the old key signs nothing more.
    (place.folder / "court.yaml").write_text(yaml.safe_dump(
        {"role": "auditor", "holder": "Court", "public-key": pub(place, "w1.example")}))
    answer = place.run("key", "court.yaml", "--key", "keys/ada.key", "--url", service.url, "--authority",
                       f"keys/{OLD}.pub", status=None)
    assert answer.status != 0
    assert checkpoint(place).startswith(NEW)
    service.stop()
    # Killed between the two halves it is called again and goes on.
    shutil.copyfile(place.folder / f"keys/{OLD}.pub", place.folder / "authority/authority.pub")
    shutil.copyfile(place.folder / f"keys/{OLD}.key", place.folder / "authority/authority.key")
    assert "authority.origin-ended" in place.sign("key", {"role": "auditor", "holder": "C", "public-key":
                                                          pub(place, "w2.example")}, "ada", status=1).err
    assert "proviso log begin" in place.run("doctor", status=1).out
    begin(place, [])
    leases_are_given(place)


def test_a_service_and_a_daemon_go_on_under_the_new_origin_by_themselves(moving):
    place = moving
    begin(place, agree(place))
    service = Service(place)
    service.until(lambda: service.ready() == {"status": "ok"}, "ready")
    gated = subprocess.Popen([BUILD / "src/gated/proviso-gated", "--system", "system", "--socket", "socket",
                              "--url", service.url], cwd=place.folder, stderr=subprocess.PIPE, text=True)
    try:
        def works():
            answer = place.run("system", "status", "--system", "socket", "--json", status=None)
            return answer.status == 0 and NEW in answer.out and answer.json["state"] == "allowed"

        service.until(works, "a lease of the new origin")
        place.run("system", "renew", "--system", "socket", "--url", service.url, status=None)
        place.use("socket")
    finally:
        gated.terminate()
        gated.wait(20)
        service.stop()


def test_a_log_without_any_copy_of_its_key_is_restored_from_a_mirror_and_goes_on(moving):
    place = moving
    shutil.copytree(place.folder / "authority/log", place.folder / "mirror")
    shutil.rmtree(place.folder / "authority")
    place.run("restore", "--log", "mirror", "--authority", f"keys/{OLD}.pub")
    assert "authority.key" in place.sign("key", {"role": "auditor", "holder": "C", "public-key":
                                                 pub(place, "w2.example")}, "ada", status=4).err
    assert "another origin (proviso log begin)" in place.run("doctor", status=1).out
    begin(place, agree(place))
    leases_are_given(place)
    # And the whole of it once more, from the new log alone.
    shutil.copytree(place.folder / "authority/log", place.folder / "mirror-2")
    shutil.rmtree(place.folder / "authority")
    with subprocess.Popen([sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory",
                           "mirror-2"], cwd=place.folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as server:
        try:
            url = server.stdout.readline().split("(")[1].split(")")[0].rstrip("/")
            place.run("restore", "--log", url, "--authority", f"keys/{NEW}.pub", "--key", f"keys/{NEW}.key")
        finally:
            server.terminate()
    assert sorted((place.folder / "authority/log/origins").read_text().split()) == sorted(
        [pub(place, OLD), pub(place, NEW)])
    place.run("log", "cosign", "--policy", "policy-2")
    leases_are_given(place)


# --- Those who look from outside ------------------------------------------------------------------


def signed_by(place, name, text):
    """A checkpoint's text as a note of this key."""
    seed = base64.b64decode((place.folder / f"keys/{name}.key").read_text().split()[-1])[:32]
    key = Ed25519PrivateKey.from_private_bytes(seed)
    number = hashlib.sha256(name.encode() + b"\n\1" + key.public_key().public_bytes_raw()).digest()[:4]
    line = base64.b64encode(number + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {line}\n"


def monitor(place, log, status, *more, authority=OLD):
    return place.run("monitor", "--log", log, "--authority", f"keys/{authority}.pub", "--state", "seen", *more,
                     status=status)


def test_auditors_and_monitors_follow_a_log_to_its_next_origin_by_the_record(moving):
    place = moving
    shutil.copyfile(place.folder / "authority/log/checkpoint", place.folder / "last")
    monitor(place, "authority/log", 0)
    begin(place, agree(place))
    leases_are_given(place)
    said = monitor(place, "authority/log", 1).out
    assert f"the log of {OLD} goes on as {NEW}" in said and "under another origin" in said
    monitor(place, "authority/log", 0)
    # Whichever of its keys one has from print, the whole is audited; plain verification asks for today's.
    for name in (OLD, NEW):
        assert place.run("audit", "--log", "authority/log", "--authority", f"keys/{name}.pub").status == 0
    assert place.run("log", "verify", "--log", "authority/log", "--authority", f"keys/{NEW}.pub").status == 0
    assert "checkpoint.other-origin" in place.run("log", "verify", "--log", "authority/log", "--authority",
                                                  f"keys/{OLD}.pub", status=1).err
    # The old log's last checkpoint is a prefix of the new one: the same tree goes on.
    size = (place.folder / "last").read_text().splitlines()[1]
    proof = place.run("log", "consistency", "last", "--log", "authority/log", "--authority", f"keys/{OLD}.pub")
    assert f"begins with the {size} seen before" in proof.out
    # Over the network too.
    service = Service(place)
    service.until(lambda: service.ready() == {"status": "ok"}, "ready")
    assert place.run("audit", "--log", service.url + "/log", "--authority", f"keys/{OLD}.pub").status == 0
    service.stop()


def test_who_takes_a_log_over_without_the_officers_is_told_of(moving):
    place = moving
    monitor(place, "authority/log", 0)
    forged = place.folder / "forged"
    shutil.copytree(place.folder / "authority/log", forged)
    thief = "thief.example"
    place.keygen(thief)
    text = (forged / "checkpoint").read_text().split("\n\n")[0] + "\n"
    (forged / "checkpoint").write_text(signed_by(place, thief, text.replace(OLD, thief, 1)))
    (forged / "origins").write_text(pub(place, thief) + "\n")
    for authority in (OLD, thief):
        answer = place.run("audit", "--log", "forged", "--authority", f"keys/{authority}.pub", status=1)
        assert "log.other-key" in answer.err and OLD in answer.err
    for _ in range(2):
        assert "log.other-key" in monitor(place, "forged", 1).out
    monitor(place, "authority/log", 0)
