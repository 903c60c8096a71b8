"""Holders make the key of subject tags together, each in a process of its own; then anew; and one cheats."""
import base64
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conftest import PROVISO

HOLDERS = ["court", "ombudsman", "licensing.example.org"]
ALICE, BOB = "tel:+99955501", "mailto:bob@example.org"


@pytest.fixture
def people(place):
    place.keygen(*HOLDERS, "press-council")
    return place


class Board:
    def __init__(self, place, folder):
        self.process = subprocess.Popen([PROVISO, "tags", "board", folder, "--listen", "127.0.0.1:0"],
                                        cwd=place.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.url = "http://" + self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.err = self.process.communicate(timeout=20)[1]
        assert self.process.returncode == 0


def start(place, url, agree, name, *more, wait=40):
    return subprocess.Popen([PROVISO, "tags", "deal", url, "--agree", agree, "--key", f"keys/{name}.key", "-o",
                             f"{name}.share", "--wait", str(wait), *more],
                            cwd=place.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def everybody(place, url, agree, names, more=lambda name: ()):
    return {name: process.communicate(timeout=60) + (process.returncode,)
            for name, process in [(name, start(place, url, agree, name, *more(name))) for name in names]}


# --- Together --------------------------------------------------------------------------------------

def test_as_many_processes_as_holders_make_a_key_over_http(people):
    names = [*HOLDERS, "press-council", "harbour"]
    people.keygen("harbour", "stranger")
    agree = people.plan("ceremony", *names, threshold=3)
    with Board(people, "ceremony") as board:
        ended = everybody(people, board.url, agree, names)
        assert [status for _, _, status in ended.values()] == [0] * 5, ended
        people.run("tags", "conclude", board.url, "-o", "tags.yaml", "--transcript", "transcript")
        assert "ceremony.not-a-party" in people.deal("ceremony", agree, "stranger", place=board.url, status=1).err
    made = people.run("tags", "conclude", "transcript", "--json").json
    assert made["plan"] == agree and [p["name"] for p in made["parties"]] == names
    shares = {(people.folder / f"{name}.share").read_bytes() for name in names}
    assert len(shares) == 5 and not list(people.folder.glob("*.draft"))
    assert made["ceremony"] in (people.folder / "tags.yaml").read_text()


def test_whoever_is_killed_goes_on_where_it_was(people):
    agree = people.plan("ceremony", *HOLDERS)
    with Board(people, "ceremony") as board:
        for _ in range(12):
            processes = [start(people, board.url, agree, name) for name in HOLDERS]
            time.sleep(0.03)
            for process in processes:
                process.kill()
                process.communicate()
        ended = everybody(people, board.url, agree, HOLDERS)
    assert [status for _, _, status in ended.values()] == [0] * 3, ended
    people.run("tags", "conclude", "ceremony")


def test_a_party_agrees_to_a_plan_and_keeps_what_it_had(people):
    agree = people.plan("ceremony", *HOLDERS)
    told = people.run("tags", "deal", "ceremony", "--key", "keys/court.key", "-o", "court.share", status=1)
    assert "ceremony.not-agreed" in told.err and "press-council" not in told.out and "ombudsman  key" in told.out
    other = people.plan("other", *HOLDERS)
    assert "another plan" in people.deal("ceremony", other, "court", status=1).err
    assert not list((people.folder / "ceremony").glob("1-*"))
    (people.folder / "court.share").write_text("mine")
    people.deal("ceremony", agree, "court", out="court.share", status=2)
    assert (people.folder / "court.share").read_text() == "mine"
    waits = people.deal("ceremony", agree, "court", "--json").json
    assert waits == {"done": False, "round": 1, "waits": ["ombudsman", "licensing.example.org"]}
    assert "ceremony.not-done" in people.run("tags", "conclude", "ceremony", status=1).err
    # The draft was lost: what stands there can no longer be gone on with, and nothing else is said.
    (people.folder / "ceremony/court.share.draft").unlink()
    assert "ceremony.not-mine" in people.deal("ceremony", agree, "court", status=1).err


# --- Cheats ----------------------------------------------------------------------------------------

def signed(people, name, message, change):
    """The message with another payload, signed by the party itself."""
    text = (people.folder / f"keys/{name}.key").read_text().split("\n")[1]
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(text)[:32])
    protected, unprotected, payload, _ = cbor2.loads(message).value
    parts = cbor2.loads(payload)
    change(parts)
    payload = cbor2.dumps(parts)
    signature = key.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected, payload, signature]))


def two_rounds(people, folder, agree):
    for name in [*HOLDERS, "court"]:
        people.deal(folder, agree, name)


def test_a_dealer_whose_share_does_not_fit_is_named_to_all(people):
    agree = people.plan("ceremony", *HOLDERS)
    with Board(people, "ceremony") as board:
        two_rounds(people, "ceremony", agree)
        path = people.folder / "ceremony/2-01"

        def change(parts):
            assert parts[0] == 2 and len(parts) == 8
            parts[7][1] = bytes([parts[7][1][0] ^ 1]) + parts[7][1][1:]  # the ombudsman's

        path.write_bytes(signed(people, "court", path.read_bytes(), change))
        ended = everybody(people, board.url, agree, HOLDERS[1:],
                          lambda name: ("-o", f"ceremony/{name}.share"))
    told = "court gave ombudsman a share that does not fit"
    assert all(status == 1 and told in err for _, err, status in ended.values()), ended
    assert told in people.run("tags", "conclude", "ceremony", status=1).err
    # What shows it lies there for everybody: the dealing, and the complaint that opens it.
    assert (people.folder / "ceremony/3-02").exists() and not (people.folder / "ceremony/ombudsman.share").exists()
    assert told in people.deal("ceremony", agree, "court", status=1).err


def post(board, message):
    try:
        return urllib.request.urlopen(f"{board.url}/v1/ceremony", message, timeout=20).read()
    except urllib.error.HTTPError as answer:
        return answer.read()


def test_a_proof_that_is_none_is_kept_by_the_board_and_named(people):
    agree = people.plan("ceremony", *HOLDERS)
    with Board(people, "ceremony") as board:
        two_rounds(people, "ceremony", agree)
        path = people.folder / "ceremony/2-01"
        message = signed(people, "court", path.read_bytes(), lambda parts: parts.__setitem__(6, parts[5]))
        path.unlink()
        assert b"ceremony.proof" in post(board, message) and path.exists()
        assert "court does not prove" in people.deal("ceremony", agree, "ombudsman", place=board.url, status=1).err
        # Nobody else's word is taken for a party's.
        assert b"ceremony." in post(board, b"nothing")
    assert "ceremony.proof" in board.err


def test_two_first_messages_of_one_party_are_found(people):
    """The court says one thing to the ombudsman and another to the authority."""
    agree = people.plan("ceremony", *HOLDERS)
    people.deal("ceremony", agree, "ombudsman")
    people.deal("ceremony", agree, "licensing.example.org")
    shutil.copytree(people.folder / "ceremony", people.folder / "copy")
    people.deal("ceremony", agree, "court")
    people.deal("copy", agree, "court")
    people.deal("ceremony", agree, "ombudsman")
    people.deal("copy", agree, "licensing.example.org")
    shutil.copy(people.folder / "copy/2-03", people.folder / "ceremony/2-03")
    told = people.run("tags", "conclude", "ceremony", status=1).err
    assert "ceremony.views-differ" in told and "another first message of court" in told
    # Shown both, anybody sees who: they are of one party, in one round of one plan.
    one, two = (cbor2.loads(cbor2.loads((people.folder / folder / "1-01").read_bytes()).value[2])
                for folder in ("ceremony", "copy"))
    assert one[:3] == two[:3] and one != two


# --- In force, and anew ----------------------------------------------------------------------------

@pytest.fixture
def world(place):
    place.SCOPE = place.SCOPE + ",admission; limit.subjects=9"
    place.authority().definitions().declaration().application()
    place.keygen("court", "press-council")
    place.holders(*HOLDERS)
    publish(place, "shares/tags.yaml", "tags-1.record")
    place.licence()
    place.system()
    place.renew("system")
    return place


def publish(place, form, record):
    place.run("tags", "publish", form, "--key", "keys/ada.key", "-o", record)
    proposal = place.run("submit", record).id
    place.sign("approve", {"proposal": proposal}, "ben", name=f"approve-{proposal[:8]}")


def evaluate(world, granted, name, share, status=0):
    out = f"{granted}.{name}"
    return out, world.run("tags", "evaluate", granted, "--share", share, "--key", f"keys/{name}.key", "--authority",
                          "keys/licensing.example.org.pub", "-o", out, status=status)


def granted(world, *words):
    world.run("tags", "request", *words, "-o", "request")
    world.run("tags", "grant", "--request", "request", "-o", "granted")
    return "granted"


def admit(world, subject, shares):
    request = granted(world, "--system", "system", "--subject", subject)
    world.run("tags", "combine", request, *[evaluate(world, request, *pair)[0] for pair in shares], "--system", "system")


def tag_of(world, subject, shares):
    request = granted(world, "--key", "keys/ombudsman.key", "--reason", "A complaint", "--subject", subject)
    world.run("tags", "combine", request, *[evaluate(world, request, *pair)[0] for pair in shares],
              "--blinds", "request.blinds", "-o", "tags")
    return world.run("audit", "subject", subject, "--tags", "tags", "--use-log", "system", "--json", status=None).json


def test_shares_made_anew_give_the_same_tags_and_the_old_ones_are_worth_nothing(world):
    first = [(name, f"shares/{name}.share") for name in HOLDERS]
    admit(world, ALICE, first[:2])
    world.use("system", "capture.headers", ALICE)
    world.renew("system")
    before = tag_of(world, ALICE, first[1:])
    assert world.run("tags", "conclude", "shares/transcript", "--tags", "tags-1.record").status == 0

    # The authority's share is lost: the two others deal, and the press council comes in its place.
    after = ["court", "ombudsman", "press-council"]
    agree = world.plan("anew", *after, dealers=["court", "ombudsman"], before="tags-1.record")
    for name in 3 * after:
        old = ("--share", f"shares/{name}.share") if name != "press-council" else ()
        world.deal("anew", agree, name, *old)
    world.run("tags", "conclude", "anew", "-o", "tags-2.yaml", "--transcript", "anew.transcript")
    publish(world, "tags-2.yaml", "tags-2.record")
    world.renew("system")
    world.run("tags", "install", "--system", "system", "--tags", "tags-2.record")

    second = [(name, f"anew/{name}.share") for name in after]
    admit(world, BOB, second[1:])
    world.use("system", "capture.headers", ALICE)  # admitted before, and the tag is the same
    world.use("system", "capture.headers", BOB)
    world.renew("system")
    found = tag_of(world, ALICE, [second[0], second[2]])
    assert found["tag"] == before["tag"] and len(found["uses"]) == 2 and found["complete"]
    request = granted(world, "--key", "keys/ombudsman.key", "--reason", "Again", "--subject", ALICE)
    for pair in first[:2]:
        assert "tags.no-such-share" in evaluate(world, request, *pair, status=1)[1].err
    assert "ceremony.other-record" in world.run("tags", "conclude", "anew.transcript", "--tags", "tags-1.record",
                                                status=1).err
    assert world.run("audit").status == 0 and world.run("replay", "--json").json["same"]


def test_who_deals_what_is_no_share_of_his_is_told_before_anything_is_said(world):
    agree = world.plan("anew", *HOLDERS, dealers=HOLDERS[:2], before="tags-1.record")
    shutil.copy(world.folder / "keys/court.key", world.folder / "keys/spare.key")
    world.run("tags", "deal", "anew", "--agree", agree, "--key", "keys/court.key", "-o", "x", status=2)
    world.holders(*HOLDERS, folder="other")
    answer = world.deal("anew", agree, "court", "--share", "other/court.share", status=1)
    assert "ceremony.no-such-share" in answer.err and not list((world.folder / "anew").glob("1-*"))
    few = world.run("tags", "plan", "--tags", "tags-1.record", "--holder", "keys/court.pub", "--holder",
                    "keys/ombudsman.pub", "--dealer", "keys/court.pub", "--threshold", "2", "-o", "few", status=1)
    assert "ceremony.too-few" in few.err
