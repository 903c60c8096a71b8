"""What a page shows to be signed: the bytes, and their words, from a form."""
import hashlib
import json

import cbor2
import pytest
from passkeys import Passkey, b64u, put_in, statement, submission, unb64u


@pytest.fixture
def officer(world):
    """An officer whose key is a passkey, one of each algorithm."""
    officers = [Passkey("dora"), Passkey("emil", algorithm="ed25519")]
    for officer in officers:
        world.sign("key", officer.form(), "licensing.example.org", name=f"key-{officer.name}")
    return officers


def sig_structure(unsigned):
    protected, unprotected, payload, signature = cbor2.loads(unsigned).value
    assert unprotected == {} and signature == b""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def test_a_statement_is_the_bytes_and_their_words(world, serve, officer):
    service = serve(world)
    for passkey, algorithm in zip(officer, (-65807, -65808)):
        form = {"target": world.ids["system"][:10], "action": "suspend", "reason": "A doubt – «✓».", "basis": "section 4"}
        made = statement(service, "measure", passkey.kid, form)
        unsigned = unb64u(made["unsigned"])
        assert unb64u(made["to_sign"]) == sig_structure(unsigned)
        protected = cbor2.loads(cbor2.loads(unsigned).value[0])
        assert protected[1] == algorithm and protected[4].hex() == passkey.kid
        assert protected[3] == "application/vnd.proviso.measure+cbor"
        assert protected[15][1] == passkey.name and protected[15][2] == "licensing.example.org"
        assert made["words"]["says"] == form | {"target": f"system/{world.ids['system']}"}
        assert made["words"]["signed-by"] == passkey.name and made["words"]["kind"] == "measure"
        assert f"to sign      {passkey.name}" in made["text"] and "A doubt – «✓»." in made["text"]
        assert made["disclosures"] is None
        # Nothing was written: the same again, and nothing on the log.
        assert service.ask("/v1/measures").json["items"] == []
    # Signed, it is on the log, byte for byte.
    record = officer[1].seal(made)
    answer = service.submit(record)
    assert answer.status == 201, answer.body
    shown = service.ask(f"/v1/records/{answer.json['id']}").json
    assert {k: shown[k] for k in made["words"]} == made["words"]
    assert service.ask(f"/v1/records/{answer.json['id']}", headers={"Accept": "application/cose"}).body == record


def test_a_key_in_a_file_gets_the_plain_algorithm(world, serve):
    service = serve(world)
    world.sign("approve", {"proposal": world.ids["licence"]}, "ada", "-o", "approval.cose", name="approval")
    kid = cbor2.loads(cbor2.loads((world.folder / "approval.cose").read_bytes()).value[0])[4].hex()
    made = statement(service, "approval", kid, {"proposal": world.ids["licence"][:12]})
    assert cbor2.loads(cbor2.loads(unb64u(made["unsigned"])).value[0])[1] == -8
    assert made["words"]["says"] == {"proposal": world.ids["licence"]}


def test_confidential_values_are_disclosures_beside_it(world, serve, officer):
    service = serve(world)
    form = {"subject": "A journalist", "system": world.ids["system"], "allegation": "She was targeted.",
            "evidence": [{"type": "text/plain", "digest": "ab" * 32, "size": 7}], "reporter": "Her paper"}
    made = statement(service, "report", officer[0].kid, form)
    disclosures = cbor2.loads(unb64u(made["disclosures"]))
    assert {cbor2.loads(d)[2]: cbor2.loads(d)[3] for d in disclosures} == {"subject": "A journalist", "reporter": "Her paper"}
    payload = cbor2.loads(cbor2.loads(unb64u(made["unsigned"])).value[2])
    assert {hashlib.sha256(d).digest() for d in disclosures} < set(map(bytes, filter(lambda v: isinstance(v, bytes), payload.values())))
    assert b"journalist" not in unb64u(made["unsigned"])
    assert made["words"]["says"]["subject"] == "A journalist" and "Her paper" in made["text"]
    other = statement(service, "report", officer[0].kid, form)
    assert other["disclosures"] != made["disclosures"], "salts are drawn anew"
    headers = {"Content-Type": "application/vnd.proviso.submission+cbor"}
    record = officer[0].seal(made)
    # The values of another statement, and a passkey's assertion for another record, keep nothing.
    wrong = service.ask("/v1/records", submission(record, other["disclosures"]), headers)
    assert (wrong.status, wrong.json["rule"]) == (400, "record.disclosure")
    forged = put_in(unb64u(other["unsigned"]), officer[0].assertion(hashlib.sha256(unb64u(made["to_sign"])).digest()))
    refused = service.ask("/v1/records", submission(forged, other["disclosures"]), headers)
    assert (refused.status, refused.json["rule"]) == (403, "record.bad-signature"), refused.body
    kept = world.folder / "authority/disclosures"
    assert not kept.exists() or not list(kept.iterdir())
    answer = service.ask("/v1/records", submission(record, made["disclosures"]), headers)
    assert answer.status == 201, answer.body
    assert len(list(kept.iterdir())) == 2


GOOD = {"target": "country/XR", "action": "suspend", "reason": "A doubt.", "basis": "section 4"}
BAD = [
    (GOOD | {"reason": ""}, "reason", "form.value"),
    (GOOD | {"action": "blow-up"}, "action", "form.value"),
    (GOOD | {"colour": "red"}, "colour", "form.field-unknown"),
    ({k: v for k, v in GOOD.items() if k != "target"}, "target", "form.field-missing"),
    (GOOD | {"target": None}, "target", "form.value"),
    (GOOD | {"target": "system/ffffffffffff"}, "target", None),
    (GOOD | {"reason": True}, "reason", "form.value"),
    (GOOD | {"reason": {"a": 1}}, "reason", "form.value"),
    (GOOD | {"until": 1.5}, "until", "form.value"),
    (GOOD | {"until": "soon"}, "until", "form.value"),
    (GOOD | {"finding": "zz"}, "finding", None),
    (GOOD | {"action": "restrict", "scope": "capability=; purpose="}, "scope", "form.value"),
    (GOOD | {"reason": "\x07"}, "reason", "form.value"),
]


@pytest.mark.parametrize("form,field,rule", BAD, ids=[f"{field}-{i}" for i, (_, field, _) in enumerate(BAD)])
def test_a_bad_field_is_named(world, serve, form, field, rule):
    service = serve(world)
    passkey = Passkey("dora")
    world.sign("key", passkey.form(), "licensing.example.org", name="key-dora")
    problem = statement(service, "measure", passkey.kid, form, status=400)
    assert problem["field"] == field and (rule is None or problem["rule"] == rule), problem


def test_bad_questions_are_refused(world, serve, officer):
    service = serve(world)
    kid = officer[0].kid
    for body, rule, field in (
            ({"kind": "lease", "kid": kid, "form": {}}, "statement.form", "kind"),
            ({"kind": "renewal", "kid": kid, "form": {}}, "statement.form", "kind"),
            ({"kind": "x", "kid": kid, "form": {}}, "statement.form", "kind"),
            ({"kind": "measure", "kid": "00" * 32, "form": GOOD}, "state.no-such-key", "kid"),
            ({"kind": "measure", "kid": kid[:8], "form": GOOD}, "statement.form", "kid"),
            ({"kind": "measure", "kid": kid, "form": []}, "statement.form", "form"),
            ({"kind": "measure", "kid": kid}, "statement.form", None),
            ({"kind": "measure", "kid": kid, "form": GOOD, "more": 1}, "statement.form", None),
            ([], "statement.form", None),
            ({"kind": "measure", "kid": kid, "form": {f"f{i}": 1 for i in range(300)}}, "form.too-large", None),
            ({"kind": "application", "kid": kid, "form": {"item": eval("[" * 12 + "1" + "]" * 12)}}, "form.too-large", None)):
        answer = service.ask("/v1/statements", json.dumps(body).encode(), {"Content-Type": "application/json"})
        assert (answer.status, answer.json["rule"], answer.json.get("field")) == (400, rule, field), (body, answer.body)
    for raw in (b"", b"{", b'{"kind":"a","kind":"b"}', b"\xff", b"[" * 5000, b'{"kind":"measure\\u0000"}'):
        assert service.ask("/v1/statements", raw, {"Content-Type": "application/json"}).json["rule"] == "statement.form"
    assert service.ask("/v1/statements", b"x=1", {"Content-Type": "application/x-www-form-urlencoded"}).status == 415
    # A key that has ended signs nothing more, and is told so before anybody is asked to sign.
    world.sign("key", {"role": "officer", "holder": "dora", "replaces": world.ids["key-dora"], "reason": "Lost."},
               "licensing.example.org", name="revoke")
    assert statement(service, "measure", kid, GOOD, status=400)["rule"] == "record.key-ended"
    assert b64u(b"\xff\xfe") == "__4"
