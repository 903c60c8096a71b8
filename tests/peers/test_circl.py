"""Subject tags beside Cloudflare's circl: it checks what our holders answer, and answers in their place."""

import hashlib
import importlib.util
import json
import pathlib
import shutil
import subprocess

import cbor2
import pytest

HERE = pathlib.Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("commands", HERE.parent / "cli" / "conftest.py")
COMMANDS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(COMMANDS)

HOLDERS = ["court", "ombudsman", "licensing.example.org"]
SUBJECTS = ["tel:+99955501", "mailto:bob@example.org"]


@pytest.fixture(scope="session")
def circl(tmp_path_factory):
    if shutil.which("go") is None:
        pytest.skip("no Go")
    program = tmp_path_factory.mktemp("go") / "circl"
    subprocess.run(["go", "build", "-o", program, "."], cwd=HERE / "circl", check=True)

    def ask(command, status=0, **question):
        done = subprocess.run([program, command], input=json.dumps(question), capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout) if status == 0 else done.stderr

    return ask


@pytest.fixture
def place(tmp_path):
    place = COMMANDS.Place(tmp_path)
    place.SCOPE = place.SCOPE + ",admission; limit.subjects=25"
    place.authority().definitions().declaration().application()
    place.keygen("court")
    return place


def publish(place, form):
    proposal = place.run("tags", "publish", form, "--key", "keys/ada.key").id
    place.sign("approve", {"proposal": proposal}, "ben")


def lease(place):
    place.licence()
    place.system()
    place.renew("system")


def granted_request(place, name):
    """What holders are shown: the id of the request, and what is blinded in it."""
    reply, _ = cbor2.loads((place.folder / name).read_bytes())
    entry, _ = cbor2.loads(reply)
    payload = cbor2.loads(cbor2.loads(entry).value[2])
    return hashlib.sha256(entry).digest(), [element.hex() for element in payload[2]]


def read_evaluation(data):
    magic, _, index, answers = cbor2.loads(data)
    assert magic == "proviso-evaluation-1"
    return {"index": index, "answers": [{"element": e.hex(), "proof": (c + s).hex()} for e, c, s in answers]}


def test_circl_checks_our_holders_and_makes_the_same_tags(place, circl):
    place.holders(*HOLDERS)
    publish(place, "shares/tags.yaml")
    lease(place)
    place.run("tags", "request", "--key", "keys/ombudsman.key", "--reason", "A complaint", "-o", "request",
              *[w for s in SUBJECTS for w in ("--subject", s)])
    place.run("tags", "grant", "--request", "request", "-o", "granted")
    for holder in ("licensing.example.org", "court"):
        place.run("tags", "evaluate", "granted", "--share", f"shares/{holder}.share", "--key",
                  f"keys/{holder}.key", "-o", holder)
    place.run("tags", "combine", "granted", "licensing.example.org", "court", "--blinds", "request.blinds",
              "-o", "tags")
    _, granted, evaluations, blinds = cbor2.loads((place.folder / "tags").read_bytes())
    key = cbor2.loads(cbor2.loads(cbor2.loads(granted)[1]).value[2])
    question = {"holders": [holder[2].hex() for holder in key[4]],
                "blinded": granted_request(place, "granted")[1],
                "evaluations": [read_evaluation(data) for data in evaluations],
                "blinds": [{"selector": s, "blind": b.hex()} for s, b in blinds]}
    outputs = circl("tags", **question)
    for subject, output in zip(SUBJECTS, outputs):
        ours = place.run("audit", "subject", subject, "--tags", "tags", "--json").json["tag"]
        assert output[:32] == ours
    # And it refuses what we refuse: an answer of one holder in the name of another.
    question["evaluations"][0]["index"], question["evaluations"][1]["index"] = 1, 3
    assert "the proof is wrong" in circl("tags", status=1, **question)


def test_we_take_what_circl_deals_and_answers(place, circl):
    dealt = circl("deal", threshold=2, count=3)
    form = {"number": 1, "threshold": 2, "public": dealt["public"],
            "holders": [{"name": n, "public": p} for n, p in zip(HOLDERS, dealt["holders"])]}
    (place.folder / "tags.yaml").write_text(json.dumps(form))
    publish(place, "tags.yaml")
    lease(place)
    place.run("tags", "request", "--system", "system", "-o", "request",
              *[w for s in SUBJECTS for w in ("--subject", s)])
    place.run("tags", "grant", "--request", "request", "-o", "granted")
    request, blinded = granted_request(place, "granted")

    def answer(index, key, name):
        pairs = circl("evaluate", key=key, blinded=blinded)
        parts = [[bytes.fromhex(p["element"]), bytes.fromhex(p["proof"])[:32], bytes.fromhex(p["proof"])[32:]]
                 for p in pairs]
        (place.folder / name).write_bytes(cbor2.dumps(["proviso-evaluation-1", request, index, parts]))

    for i, key in enumerate(dealt["shares"]):
        answer(i + 1, key, f"answer-{i + 1}")
    answer(2, dealt["shares"][0], "wrong")
    refused = place.run("tags", "combine", "granted", "answer-1", "wrong", "--system", "system", status=1)
    assert "ombudsman" in refused.err and "oprf.proof" in refused.err
    place.run("tags", "combine", "granted", "answer-3", "answer-1", "--system", "system")
    for subject in SUBJECTS:
        place.use("system", "capture.headers", subject)
    used = place.run("system", "status", "--system", "system", "--uses", "--json").json["uses"]
    assert [u["subject-tag"] for u in used] == [
        output[:32] for output in circl("function", key=dealt["key"], inputs=SUBJECTS)]
