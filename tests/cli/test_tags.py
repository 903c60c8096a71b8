"""Subject tags by the real commands: three holders, two of whom answer, and everything as files."""
import json
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest
import yaml

from conftest import PROVISO
from gated import Gated, at_home

HOLDERS = ["court", "ombudsman", "licensing.example.org"]
ALICE, BOB, CARLA = "tel:+99955501", "mailto:bob@example.org", "tel:+99955577"
HEADERS = "capture.headers"


def approve(place, proposal):
    place.sign("approve", {"proposal": proposal}, "ben", name=f"approve-{proposal[:8]}")


@pytest.fixture
def world(place):
    """An authority with a key of tags, and a system whose licence demands admission of 3 subjects."""
    place.SCOPE = place.SCOPE + ",admission; limit.subjects=3"
    place.authority().definitions().declaration().application()
    place.keygen("court")
    place.holders(*HOLDERS)
    place.ids["tags"] = place.run("tags", "publish", "shares/tags.yaml", "--key", "keys/ada.key").id
    approve(place, place.ids["tags"])
    place.licence()
    place.system()
    place.renew("system")
    return place


def evaluate(world, granted, *holders, status=0, share=None):
    """Each holder in turn, with no authority's directory at hand."""
    names = []
    for holder in holders:
        names.append(f"{granted}.{holder}")
        world.run("tags", "evaluate", granted, "--share", f"shares/{share or holder}.share", "--key",
                  f"keys/{holder}.key", "--authority", "keys/licensing.example.org.pub", "-o", names[-1],
                  env={"PROVISO_HOME": ""}, status=status)
    return names


def ask(world, *subjects, system="system", name="request"):
    world.run("tags", "request", "--system", system, *[w for s in subjects for w in ("--subject", s)],
              "-o", name)
    world.run("tags", "grant", "--request", name, "-o", f"{name}.granted")
    return f"{name}.granted"


def admit(world, *subjects, holders=("court", "ombudsman"), system="system"):
    granted = ask(world, *subjects, system=system)
    world.run("tags", "combine", granted, *evaluate(world, granted, *holders), "--system", system)


def inquire(world, *subjects, key="ombudsman", holders=("court", "licensing.example.org"), name="inquiry"):
    world.run("tags", "request", "--key", f"keys/{key}.key", "--reason", "Complaint 12 of 2026",
              *[w for s in subjects for w in ("--subject", s)], "-o", name)
    world.run("tags", "grant", "--request", name, "-o", f"{name}.granted")
    world.run("tags", "combine", f"{name}.granted", *evaluate(world, f"{name}.granted", *holders),
              "--blinds", f"{name}.blinds", "-o", f"{name}.tags")
    return f"{name}.tags"


def refused(world, code, subject, status=1):
    answer = world.use("system", HEADERS, subject, status=status)
    assert answer.out.startswith(f"refused: {code}: "), answer.text


# --- Admission -----------------------------------------------------------------------------------

def test_a_subject_is_used_on_only_once_a_quorum_has_given_its_tag(world):
    refused(world, "use.not-admitted", ALICE)
    admit(world, ALICE, BOB)
    world.use("system", HEADERS, ALICE)
    world.use("system", HEADERS, "MAILTO:Bob@EXAMPLE.org")
    refused(world, "use.not-admitted", CARLA)
    log = b"".join(f.read_bytes() for f in (world.folder / "system/use-log").iterdir())
    assert b"99955501" not in log and b"bob@" not in log
    assert world.run("log", "verify").status == 0 and world.run("audit").status == 0
    assert world.run("replay", "--json").json["same"]


def test_the_request_shows_nothing_of_the_subject_and_is_on_the_log(world):
    granted = ask(world, ALICE)
    answers = evaluate(world, granted, "court")
    for name in (granted, *answers, "request"):
        assert b"99955501" not in (world.folder / name).read_bytes()
    listed = world.run("tags", "evaluate", granted, "--share", "shares/court.share", "--key", "keys/court.key",
                       "--authority", "keys/licensing.example.org.pub", "-o", "again", "--json").json
    assert listed["kind"] == "admission" and listed["subjects"] == 1 and listed["asked-by"] == "LENS-0001"
    record = world.run("show", listed["id"], "--json").json
    assert record["kind"] == "admission" and len(record["says"]["blinded"]) == 1


def test_the_limit_of_the_licence_counts_admissions_of_all_its_systems(world):
    world.system("second", "LENS-0002")
    world.renew("second")
    admit(world, ALICE, BOB)
    admit(world, ALICE, system="second")
    world.run("tags", "request", "--system", "second", "--subject", CARLA, "-o", "fourth")
    answer = world.run("tags", "grant", "--request", "fourth", "-o", "fourth.granted", status=1)
    assert "admission.over-limit" in answer.err and not (world.folder / "fourth.granted").exists()
    assert world.run("audit").status == 0


def test_one_holder_cannot_and_a_wrong_share_or_an_old_answer_is_refused(world):
    first = ask(world, ALICE, name="first")
    old = evaluate(world, first, "court", "ombudsman")
    second = ask(world, ALICE, name="second")
    new = evaluate(world, second, "court", "ombudsman")
    combine = lambda *files: world.run("tags", "combine", *files, "--system", "system", status=1).err
    assert "gate.reply-not-pending" in combine(first, *old)
    assert "tags.other-request" in combine(second, *old)
    assert "tags.too-few" in combine(second, new[0])
    assert "tags.share-twice" in combine(second, new[0], new[0])
    changed = bytearray((world.folder / new[1]).read_bytes())
    changed[-1] ^= 1
    (world.folder / "changed").write_bytes(changed)
    assert "ombudsman" in combine(second, new[0], "changed")
    # The share of one holder is opened by nobody else's key.
    answer = world.run("tags", "evaluate", second, "--share", "shares/court.share", "--key", "keys/ombudsman.key",
                       "--authority", "keys/licensing.example.org.pub", "-o", "x", status=None)
    assert answer.status in (1, 3) and "key.unwrap" in answer.err
    refused(world, "use.not-admitted", ALICE)
    world.run("tags", "combine", second, *new, "--system", "system")
    world.use("system", HEADERS, ALICE)


def test_a_holder_answers_nothing_that_is_not_on_the_log_it_trusts(world):
    granted = ask(world, ALICE)
    answer = world.run("tags", "evaluate", granted, "--share", "shares/court.share", "--key", "keys/court.key",
                       "--authority", "keys/ada.pub", "-o", "x", status=1)
    assert "tags.not-on-the-log" in answer.err and not (world.folder / "x").exists()
    answer = world.run("tags", "evaluate", "request", "--share", "shares/court.share", "--key", "keys/court.key",
                       "--authority", "keys/licensing.example.org.pub", "-o", "x", status=3)
    assert "tags.file" in answer.err


def test_a_holder_may_demand_witnesses_of_the_log(world):
    granted = ask(world, ALICE)
    for name, key in (("own", "licensing.example.org"), ("other", "ada")):
        (world.folder / name).write_text(f"log {(world.folder / f'keys/{key}.pub').read_text().strip()}\nquorum none\n")
    ask_one = lambda policy, status: world.run(
        "tags", "evaluate", granted, "--share", "shares/court.share", "--key", "keys/court.key", "--authority",
        "keys/licensing.example.org.pub", "--policy", policy, "-o", f"{policy}.answer", status=status)
    ask_one("own", 0)
    assert "tags.not-witnessed" in ask_one("other", 1).err and not (world.folder / "other.answer").exists()
    (world.folder / "bad").write_text("quorum\n")
    assert "policy." in ask_one("bad", 3).err


def test_shares_of_another_key_are_refused(world):
    world.holders(*HOLDERS, folder="other")
    shutil.copy(world.folder / "other/court.share", world.folder / "shares/stranger.share")
    granted = ask(world, ALICE)
    evaluate(world, granted, "court", status=1, share="stranger")
    form = yaml.safe_load((world.folder / "other/tags.yaml").read_text()) | {"number": 2}
    (world.folder / "other.yaml").write_text(yaml.safe_dump(form))
    answer = world.run("tags", "publish", "other.yaml", "--key", "keys/ada.key", status=1)
    assert "tags.another-key" in answer.err


def test_a_gate_beside_the_product_admits_what_was_admitted(world):
    admit(world, ALICE)
    with Gated(world, command=at_home(world)) as gate:
        assert gate.works()
        assert world.use(gate.socket, HEADERS, ALICE).out == "allowed\n"
        assert "use.not-admitted" in world.use(gate.socket, HEADERS, BOB, status=1).out
        asked = world.run("tags", "request", "--system", gate.socket, "--subject", BOB, "-o", "x", status=1)
        assert "gate.not-here" in asked.err
        assert gate.stop() == 0
    uses = world.run("system", "status", "--system", "system", "--uses", "--json").json["uses"]
    assert [u["code"] for u in uses] == ["allowed", "use.not-admitted"]


# --- Over the network --------------------------------------------------------------------------------

class Holder:
    def __init__(self, world, name, *words):
        self.process = subprocess.Popen(
            [PROVISO, "tags", "serve", "--share", f"shares/{name}.share", "--key", f"keys/{name}.key", "--authority",
             "keys/licensing.example.org.pub", "--listen", "127.0.0.1:0", *words],
            cwd=world.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.url = "http://" + self.process.stdout.readline().split()[-1]

    def stop(self):
        self.process.terminate()
        out, err = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, err
        return out + err


def test_a_system_has_subjects_admitted_by_holders_that_are_online(world):
    court, ombudsman = Holder(world, "court"), Holder(world, "ombudsman")
    try:
        answer = world.run("tags", "admit", "--system", "system", "--subject", ALICE, "--holder", "http://127.0.0.1:1",
                           "--holder", court.url, "--holder", ombudsman.url)
        assert "admitted, by 2 holders" in answer.out and "127.0.0.1:1 does not answer" in answer.err
        world.use("system", HEADERS, ALICE)
        alone = world.run("tags", "admit", "--system", "system", "--subject", BOB, "--holder", court.url, status=1)
        assert "tags.too-few" in alone.err
        # What asks about somebody is for a person to answer.
        world.run("tags", "request", "--key", "keys/ada.key", "--reason", "A complaint", "--subject", CARLA, "-o", "inquiry")
        world.run("tags", "grant", "--request", "inquiry", "-o", "inquiry.granted")
        for body, rule in (((world.folder / "inquiry.granted").read_bytes(), "tags.by-hand"), (b"nothing", "tags.file")):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{court.url}/v1/tags", body, timeout=20)
            assert json.loads(refused.value.read())["rule"] == rule
    finally:
        said = court.stop(), ombudsman.stop()
    assert "answered admission" in said[0] and "of LENS-0001, 1 subjects" in said[0] and "tags.by-hand" in said[0]
    assert not any("99955501" in text or "bob@" in text for text in said)


# --- Protected persons ------------------------------------------------------------------------------

def test_protected_persons_are_refused_and_the_list_says_nothing(world):
    admit(world, ALICE, BOB)
    world.use("system", HEADERS, BOB)
    tags = inquire(world, BOB, "mailto:press@example.org", key="ada", name="officials")
    world.run("tags", "protect", tags, "-o", "protected.list", "--form", "tags-2.yaml")
    world.run("tags", "publish", "tags-2.yaml", "--key", "keys/ada.key", "-o", "tags-2.record")
    proposed = world.run("submit", "tags-2.record").id
    world.renew("system")
    world.use("system", HEADERS, BOB)  # one officer alone changes nothing
    approve(world, proposed)
    world.use("system", HEADERS, BOB)  # the lease held is still of before
    world.renew("system")
    refused(world, "use.not-admitted", ALICE)  # whose list is not here
    world.run("tags", "install", "--system", "system", "--tags", "tags-2.record", "--list", "officials", status=1)
    world.run("tags", "install", "--system", "system", "--tags", "tags-2.record", status=1)
    world.run("tags", "install", "--system", "system", "--tags", "tags-2.record", "--list", "protected.list")
    refused(world, "use.protected", BOB)
    world.use("system", HEADERS, ALICE)
    listed = (world.folder / "protected.list").read_bytes()
    assert b"bob" not in listed and b"press" not in listed and len(listed) == 20 + 16 + 2 * 16
    tag = bytes.fromhex(world.run("audit", "subject", BOB, "--tags", tags, "--use-log", "system", "--json",
                                  status=1).json["tag"])
    assert tag not in listed


# --- Was she targeted? ----------------------------------------------------------------------------

def test_a_quorum_shows_the_uses_on_a_subject_or_their_absence(world):
    admit(world, ALICE, BOB)
    world.use("system", HEADERS, ALICE)
    world.use("system", HEADERS, ALICE, "--purpose", "terrorism", "--territory", "UG", "--warrant", "1", status=1)
    world.renew("system")
    tags = inquire(world, ALICE, CARLA)
    found = world.run("audit", "subject", ALICE, "--tags", tags, "--use-log", "system", "--json", status=1).json
    assert found["targeted"] and found["complete"] and found["missing"] == []
    assert [(u["code"], u["acknowledged"]) for u in found["uses"]] == [("allowed", True), ("use.territory", True)]
    assert found["use-logs"][0]["leaves"] > 0 and found["use-logs"][0]["subjects-admitted"] == 2
    none = world.run("audit", "subject", CARLA, "--tags", tags, "--use-log", "system")
    assert "0 uses allowed and 0 refused, over all" in none.out
    # Offline, from the published log and a copy of the use log.
    shutil.copytree(world.folder / "system/use-log", world.folder / "copy")
    away = world.run("audit", "subject", CARLA, "--tags", tags, "--use-log", "copy", "--log", "authority/log",
                     "--authority", "keys/licensing.example.org.pub", "--json", env={"PROVISO_HOME": ""}).json
    assert away["targeted"] is False and away["complete"] is True
    # The question itself is on the log, with its reason and without the subject.
    record = world.run("show", away["request"], "--json").json
    assert record["kind"] == "inquiry" and record["says"]["reason"] == "Complaint 12 of 2026"
    assert "99955577" not in json.dumps(record)


def test_what_is_not_shown_is_said(world):
    admit(world, ALICE)
    world.use("system", HEADERS, ALICE)
    world.renew("system")
    tags = inquire(world, CARLA)
    missing = world.run("audit", "subject", CARLA, "--tags", tags, status=1)
    assert "MISSING  the use log of LENS-0001" in missing.out and "NOT COMPLETE" in missing.out
    # A use log that nobody has acknowledged, and a tag that was not asked for.
    world.system("second", "LENS-0002")
    world.renew("second")
    answer = world.run("audit", "subject", CARLA, "--tags", tags, "--use-log", "second", status=1)
    assert "audit.use-log-unknown" in answer.err
    answer = world.run("audit", "subject", BOB, "--tags", tags, "--use-log", "system", status=1)
    assert "tags.other-subject" in answer.err


def test_a_use_log_cut_behind_the_head_acknowledged_is_not_taken(world):
    admit(world, ALICE)
    world.renew("system")
    shutil.copytree(world.folder / "system/use-log", world.folder / "old")
    world.use("system", HEADERS, ALICE)
    world.renew("system")
    tags = inquire(world, ALICE)
    answer = world.run("audit", "subject", ALICE, "--tags", tags, "--use-log", "old", status=1)
    assert "audit.use-log-unknown" in answer.err


def test_an_inquiry_by_an_end_user_is_refused(world):
    world.run("tags", "request", "--key", "keys/ruritania.key", "--reason", "Curiosity", "--subject", ALICE,
              "-o", "inquiry")
    answer = world.run("tags", "grant", "--request", "inquiry", "-o", "granted", status=1)
    assert "record.wrong-role" in answer.err


def test_an_evaluation_granted_on_a_secret_branch_of_the_log_is_found(world):
    """The authority shows holders another log than everybody: they answer, and the use log tells."""
    shutil.copytree(world.folder / "authority", world.folder / "branch")
    world.run("tags", "request", "--system", "system", "--subject", ALICE, "-o", "secret")
    world.run("tags", "grant", "--request", "secret", "-o", "secret.granted", "--home", "branch")
    world.run("tags", "combine", "secret.granted", *evaluate(world, "secret.granted", "court", "ombudsman"),
              "--system", "system")
    world.use("system", HEADERS, ALICE)
    world.renew("system")
    tags = inquire(world, CARLA)
    found = world.run("audit", "subject", CARLA, "--tags", tags, "--use-log", "system", "--json", status=1).json
    assert found["targeted"] is False and found["complete"] is False
    assert found["use-logs"][0]["uses-without-admission"] == 1 and found["use-logs"][0]["subjects-admitted"] == 0
    told = world.run("audit", "subject", CARLA, "--tags", tags, "--use-log", "system", status=1).out
    assert "1 uses have tags that no admission on the log covers" in told
    # And the tags of an inquiry that only the branch has are no answer here.
    world.run("tags", "request", "--key", "keys/ada.key", "--reason", "Nobody is to know", "--subject", ALICE,
              "-o", "quiet")
    world.run("tags", "grant", "--request", "quiet", "-o", "quiet.granted", "--home", "branch")
    world.run("tags", "combine", "quiet.granted", *evaluate(world, "quiet.granted", "court", "ombudsman"),
              "--blinds", "quiet.blinds", "-o", "quiet.tags")
    answer = world.run("audit", "subject", ALICE, "--tags", "quiet.tags", "--use-log", "system", status=1)
    assert "tags.not-on-the-log" in answer.err
