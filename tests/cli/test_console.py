"""The console's own reading of the bytes (console/src/verify) beside the C that writes them: what it
takes, what it refuses and by which rule. Skipped where the console's packages are not installed."""
import base64
import hashlib
import json
import os
import random
import subprocess

import pytest
import yaml
from conftest import BUILD, SOURCE
from conftest import ask_console as ask
from test_cosign import witnessed  # noqa: F401

PEER, CONSOLE = BUILD / "tests/peers/peer_records", SOURCE / "console"
SEED = int(os.environ.get("PROVISO_TEST_SEED", random.SystemRandom().getrandbits(32)))

def ask_one(**request):
    return ask([request])[0]


def test_the_table_of_fields_is_the_one_of_the_code():
    made = subprocess.run([PEER, "typescript"], check=True, text=True, capture_output=True).stdout
    assert (CONSOLE / "src/verify/fields.ts").read_text() == made, "peer_records typescript > console/src/verify/fields.ts"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    print(f"PROVISO_TEST_SEED={SEED}")
    folder = tmp_path_factory.mktemp("records")
    subprocess.run([PEER, "generate", str(SEED), "20", folder], check=True)
    return folder


def names(value):
    """The field names and list lengths of a form, or of a record as the console has it."""
    if isinstance(value, dict) and "withheld" not in value:
        return {key: names(inner) for key, inner in value.items()}
    return [names(inner) for inner in value] if isinstance(value, list) else None


def test_records_are_decoded_into_the_fields_of_their_forms(generated):
    files = sorted(generated.glob("*.cbor"))
    for file, answer in zip(files, ask([{"do": "decode", "file": file} for file in files])):
        form = yaml.load(file.with_suffix(".yaml").read_text(), yaml.BaseLoader) or {}
        kind = file.stem.rsplit("-", 1)[0]
        assert answer.get("ok", answer).get("kind") == kind, answer
        if form.get("system") == "unknown":
            del form["system"]
        assert names(answer["ok"]["says"]) == names(form), file


def changed(data, rng):
    at, data = rng.randrange(len(data)), bytearray(data)
    how = rng.randrange(4)
    if how == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif how == 1:
        data[at] = rng.choice((0, 1, 0x17, 0x18, 0x20, 0x40, 0x60, 0x80, 0xA0, 0xC0, 0xF4, 0xF6, 0xF7, 0xFB, 0xFF))
    elif how == 2:
        del data[at]
    else:
        data.insert(at, rng.randrange(256))
    return bytes(data)


def test_what_is_changed_is_refused_by_the_same_rule(generated, tmp_path):
    rng, files = random.Random(SEED), []
    originals = sorted(generated.glob("*.cbor"))
    for i in range(3000):
        files.append(tmp_path / f"{i}.cbor")
        files[-1].write_bytes(changed(rng.choice(originals).read_bytes(), rng))
    said = subprocess.run([PEER, "check", *files], check=True, text=True, capture_output=True).stdout.splitlines()
    answers = ask([{"do": "decode", "file": file} for file in files])
    refused = 0
    for file, c, ours in zip(files, said, answers, strict=True):
        rule, mine = c.split(" ", 1)[0], ours.get("rule", "ok")
        refused += rule != "ok"
        # Whether a scope is in canonical form is left to the authority; a key may be no point.
        if rule.startswith("scope.") or "canonical form" in c or rule == "key.public":
            continue
        # Of two faults in one record the console may name the other: it reads keys last, as that takes WebCrypto.
        if rule.startswith("key.") and mine != "ok":
            continue
        assert mine == rule, f"{file.read_bytes().hex()}\nC: {c}\nconsole: {ours}"
    assert 1000 < refused < 3000


# --- A real authority ---------------------------------------------------------------------------


def entries(place):
    """Every entry of the published log, in order."""
    files = (f for f in (place.folder / "authority/log/tile/entries/000.p").iterdir())
    found, bundle = [], max(files, key=lambda f: int(f.name)).read_bytes()
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        found.append(bundle[2:2 + length])
        bundle = bundle[2 + length:]
    return found


def prove(place, record, *how):
    file = place.folder / f"{record[:12]}{''.join(how)}"
    place.run("log", "prove", record, "-o", file, *how)
    return file


@pytest.fixture
def home(place):
    """A log with keys of both algorithms, a report and the lease of a system."""
    place.authority().definitions().declaration().application()
    place.licence()
    place.system()
    place.renew("system")
    place.upheld()
    place.run("keygen", "dora", "--out", "keys", "--no-passphrase", "--alg", "es256")
    place.sign("key", {"role": "officer", "holder": "Dora", "public-key": "@keys/dora.pub"},
               "licensing.example.org", name="key-dora")
    place.measure("suspend", "country/XR", "dora", basis="Section 9")
    return place


def shown(place):
    """What `proviso show` says of every entry of the log."""
    return [place.run("show", hashlib.sha256(entry).hexdigest(), "--json").json for entry in entries(place)]


def request(place, file, **more):
    return {"do": "verify", "file": file, "authority": place.folder / "keys/licensing.example.org.pub", **more}


def keys_of(place):
    return [prove(place, record["id"]) for record in shown(place) if record["kind"] == "key"]


def test_every_record_of_a_log_is_verified_and_shown_as_the_command_shows_it(home):
    records, keys = shown(home), keys_of(home)
    assert {r["kind"] for r in records} >= {"key", "lease", "report", "measure", "approval"}
    answers = ask([request(home, prove(home, r["id"]), keys=keys) for r in records])
    for record, answer in zip(records, answers, strict=True):
        ok = answer.get("ok") or pytest.fail(str(answer))
        # Confidential values are in the home, and not in the bytes.
        for withheld in ("subject", "reporter") if record["kind"] == "report" else ():
            assert len(ok["says"].pop(withheld)["withheld"]) == 64
            del record["says"][withheld]
        assert ok["says"] == record["says"] and ok["kind"] == record["kind"]
        assert ok["index"] == record["seq"] and ok["by"] == "proof"
        assert ok.get("signed-by") == record.get("signed-by")
        assert ok["signature"] == ("good" if "signed-by" in record else "none")


def test_proofs_receipts_and_statements_are_taken_and_every_changed_byte_is_refused(home):
    record = home.ids["suspend"]
    bare, receipt, statement = (prove(home, record, f"--{how}") for how in ("proof-only", "receipt", "statement"))
    entry = home.folder / "entry"
    entry.write_bytes(next(e for e in entries(home) if hashlib.sha256(e).hexdigest() == record))
    whole, keys = prove(home, record), keys_of(home)
    cases = [(whole, {}), (bare, {"record": entry}), (receipt, {"record": entry}), (statement, {})]
    answers = ask([request(home, file, keys=keys, **more) for file, more in cases] + [request(home, entry, keys=keys)])
    assert [a["ok"]["by"] for a in answers[:4]] == ["proof", "proof", "receipt", "receipt"], answers
    assert all(a["ok"]["signature"] == "good" for a in answers) and "by" not in answers[4]["ok"]

    requests, places = [], []
    for file, more in cases:
        data = file.read_bytes()
        for at in range(len(data)):
            changed_file = home.folder / f"{file.name}-{at}"
            changed_file.write_bytes(data[:at] + bytes([data[at] ^ (1 << at % 8)]) + data[at + 1:])
            requests.append(request(home, changed_file, keys=keys[:1], **more))
            places.append((file.name, at))
    missed = [place for place, answer in zip(places, ask(requests), strict=True) if "ok" in answer]
    # Of an unauthenticated receipt's size another with the same path is the same statement.
    assert [place for place in missed if "--" not in place[0]] == []
    assert len(missed) <= 2, missed


def test_what_fails_is_named(home):
    keys, other = keys_of(home), home.ids["finding"]
    record = home.ids["suspend"]
    bare = prove(home, record, "--proof-only")
    entry = home.folder / "entry"
    entry.write_bytes(next(e for e in entries(home) if hashlib.sha256(e).hexdigest() == other))
    home.keygen("eve.example")
    eve = {"authority": home.folder / "keys/eve.example.pub"}
    registered = [r["says"]["public-key"] for r in shown(home) if r["kind"] == "key"]
    key_of_ada = next(file for file, line in zip(keys, registered, strict=True) if line.startswith("ada+"))
    answers = ask([
        request(home, bare, record=entry),
        request(home, bare),
        request(home, prove(home, record)) | eve,
        request(home, prove(home, record, "--receipt"), record=entry),
        request(home, prove(home, record)),
        request(home, home.folder / "keys/ada.pub"),
        request(home, prove(home, home.ids["approve-suspend"]), keys=[key_of_ada]),
    ])
    assert [a.get("rule") or a["ok"]["signature"] for a in answers] == [
        "log.proof-root", "verify.record-missing", "policy.unknown-log", "cose.bad-signature", "unknown-key",
        "note.separator", "unknown-key"]


def test_disclosures_fit_the_report_they_are_of(home):
    (home.folder / "report.yaml").write_text(yaml.safe_dump({
        "subject": "A lawyer", "system": "unknown", "allegation": "Listened to.", "reporter": "A lab"}))
    home.run("report", "report.yaml", "--key", "keys/ombudsman.key", "-o", "report.cose", "--authority",
             "keys/licensing.example.org.pub")
    report, beside = home.folder / "report.cose", home.folder / "report.cose.disclosures"
    data = beside.read_bytes()
    requests = [request(home, report, disclosures=beside)]
    for at in range(len(data)):
        file = home.folder / f"d{at}"
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        requests.append(request(home, report, disclosures=file))
    first, *rest = ask(requests)
    assert first["ok"]["says"]["subject"] == "A lawyer" and first["ok"]["says"]["reporter"] == "A lab"
    assert all(a["kind"] == "input" and a["rule"].split(".")[0] in ("record", "cbor") for a in rest)


def test_a_log_is_shown_to_have_grown_and_no_other_is(home):
    now = home.folder / "authority/log/checkpoint"
    first = home.folder / "first"
    first.write_bytes(now.read_bytes())
    for name in ("a0", "a1", "a2", "a3", "a4"):
        home.keygen(name)
        home.sign("key", {"role": "auditor", "holder": name, "public-key": f"@keys/{name}.pub"}, "ada", name=name)
    proof = [base64.b64encode(bytes.fromhex(h)).decode()
             for h in home.run("log", "consistency", "first", "--json").json["proof"]]
    grown = {"do": "growth", "earlier": first, "later": now, "proof": proof,
             "authority": home.folder / "keys/licensing.example.org.pub"}
    wrong = [base64.b64encode(bytes(32)).decode(), *proof[1:]]
    answers = ask([grown, grown | {"proof": wrong}, grown | {"proof": proof[:-1]}, grown | {"proof": proof + proof[:1]},
                   grown | {"earlier": now, "later": first}])
    assert answers[0]["ok"][1] - answers[0]["ok"][0] == 5
    assert [a["rule"] for a in answers[1:]] == ["log.proof-root", "log.proof-length", "log.proof-length", "log.proof-index"]


def test_cosignatures_are_counted_as_the_policy_asks(witnessed):  # noqa: F811
    place = witnessed
    policy = place.folder / "policy"
    all_three = place.folder / "all"
    all_three.write_text(policy.read_text().replace("group two 2", "group two all"))
    of_other = place.folder / "other"
    of_other.write_text(policy.read_text().replace("log licensing", "log other"))
    place.witnesses[0].stop()
    place.run("log", "cosign")
    lease = prove(place, place.ids["licence"])
    checkpoint = place.folder / "authority/log/checkpoint"
    flipped = place.folder / "flipped"
    lines = checkpoint.read_text().splitlines()
    name, blob = lines[-1].rsplit(" ", 1)
    blob = bytearray(base64.b64decode(blob))
    blob[-1] ^= 1
    flipped.write_text("\n".join([*lines[:-1], f"{name} {base64.b64encode(blob).decode()}", ""]))
    answers = ask([request(place, lease, policy=policy), request(place, checkpoint, policy=policy),
                   request(place, checkpoint, policy=all_three), request(place, flipped, policy=policy),
                   request(place, flipped)])
    assert [a["ok"]["witnesses"] for a in answers[:2]] == [2, 2]
    assert [a.get("rule") for a in answers[2:]] == ["policy.quorum-missing", "note.bad-signature", None]


# --- Passkeys -----------------------------------------------------------------------------------

ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551  # of P-256's group
SITE = {"rpId": "licensing.example.org", "origin": "https://licensing.example.org"}


def test_what_passkeys_sign_in_the_browser_is_taken_and_shown(home):
    """A disconnection by two officers, each with a passkey of another algorithm."""
    lines = ask([{"do": "passkey", "algorithm": algorithm, "name": name, "out": home.folder / f"{name}.json", **SITE}
                 for name, algorithm in (("pia", "es256"), ("quin", "ed25519"))])
    for name, line in zip(("pia", "quin"), lines):
        home.sign("key", {"role": "officer", "holder": name, "public-key": line["ok"], "rp-id": SITE["rpId"],
                          "origin": SITE["origin"]}, "licensing.example.org", name=f"key-{name}")

    def signed(word, form, name):
        """As a form of `ada` has it, but signed by the passkey; its id."""
        (home.folder / "form.yaml").write_text(yaml.safe_dump(form))
        home.run(word, "form.yaml", "--key", "keys/ada.key", "-o", "by-ada", "--home", "authority")
        answer = ask_one(do="sign", file=home.folder / "by-ada", passkey=home.folder / f"{name}.json",
                         out=home.folder / f"{word}-{name}")
        assert home.run("submit", f"{word}-{name}").id == answer["ok"]
        return answer["ok"]

    measure = signed("measure", {"target": home.ids["system"], "action": "disconnect", "reason": "On the finding.",
                                 "finding": home.ids["finding"]}, "pia")
    assert home.run("show", measure, "--json").json["signed-by"] == "pia"
    approval = signed("approve", {"proposal": measure}, "quin")
    assert "disconnect" in home.run("status", home.ids["system"]).out
    # The log is checked whole, and both records in the browser with the keys that stand on it.
    home.run("log", "verify")
    keys = keys_of(home)
    answers = ask([request(home, prove(home, record), keys=keys) for record in (measure, approval)])
    assert [a["ok"]["signature"] for a in answers] == ["good", "good"]

    # Turned over, or for another record, it is no signature: neither there nor here.
    data = (home.folder / "measure-pia").read_bytes()
    (home.folder / "high").write_bytes(data[:-32] + (ORDER - int.from_bytes(data[-32:], "big")).to_bytes(32, "big"))
    home.run("submit", "high", status=1)
    other = (home.folder / "approve-quin").read_bytes()
    (home.folder / "other").write_bytes(other.replace(bytes.fromhex(measure), bytes.fromhex(home.ids["suspend"])))
    assert "record.bad-signature" in home.run("submit", "other", status=1).err
    refused = ask([request(home, home.folder / file, keys=keys) for file in ("high", "other")])
    assert [a["rule"] for a in refused] == ["passkey.signature", "passkey.client-data"]
