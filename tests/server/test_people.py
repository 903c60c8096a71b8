"""
A disconnection as two officers do it: each a passkey of her own, in a browser of her own, through the service's own
statements and sessions. And what an attacker who sits between them, or has one of them, cannot do.
"""
import hashlib
import json

import cbor2
import pytest
from passkeys import Browser, Passkey, put_in, statement, unb64u

AUTHORITY = "licensing.example.org"


@pytest.fixture
def officers(world):
    """Two officers by passkey, and an exporter by one: ada, ben and chen have theirs in files."""
    people = [Passkey("dora"), Passkey("emil", algorithm="ed25519")]
    for officer in people:
        world.sign("key", officer.form(), AUTHORITY, name=f"key-{officer.name}")
    return people


def in_force(service, system):
    return service.ask(f"/v1/systems/{system}").json


def test_two_officers_disconnect_a_system(world, serve, officers):
    world.renew("system")
    world.upheld()
    service = serve(world)
    dora, emil = (Browser(service, officer) for officer in officers)
    assert dora.sign_in().status == emil.sign_in().status == 201
    # She reads the report and its evidence by her session, and proposes.
    assert dora.ask(f"/v1/records/{world.ids['report']}").json["says"]["subject"] == "A journalist"
    form = {"target": world.ids["system"][:12], "action": "disconnect", "finding": world.ids["finding"][:12],
            "reason": "The finding shows misuse."}
    made = statement(service, "measure", dora.passkey.kid, form)
    assert made["words"]["says"]["target"] == f"system/{world.ids['system']}" and "disconnect" in made["text"]
    proposed = service.submit(dora.passkey.seal(made))
    assert proposed.status == 201, proposed.body
    measure = proposed.json["id"]
    # One is not enough, even twice.
    assert service.ask(f"/v1/measures/{measure}").json["stage"] == "proposed"
    again = dora.decide("approval", {"proposal": measure})
    assert (again.status, again.json["rule"]) == (409, "approval.same-officer")
    assert world.renew("system").status == 0
    # The second device agrees, and it holds.
    approved = emil.decide("approval", {"proposal": measure[:10]})
    assert approved.status == 201, approved.body
    shown = service.ask(f"/v1/measures/{measure}").json
    assert shown["stage"] == "in force" and shown["approvals"] == ["emil"]
    refused = world.run("system", "renew", "--system", "system", "--url", service.url, status=1)
    assert "measure" in refused.text or "disconnect" in refused.text
    # Anybody can check all of it from the log alone, passkeys and all.
    service.stop()
    for command in (("audit",), ("log", "verify"), ("replay",)):
        world.run(*command)


@pytest.fixture
def attack(world, serve, officers):
    world.upheld()
    service = serve(world)
    dora, emil = (Browser(service, officer) for officer in officers)
    made = {name: statement(service, "measure", officers[0].kid, {
        "target": world.ids["system"], "action": action, "finding": world.ids["finding"], "reason": f"{name}."})
        for name, action in (("suspension", "suspend"), ("disconnection", "disconnect"))}
    return service, dora, emil, made


def refused(answer, rule="record.bad-signature", status=403):
    assert (answer.status, answer.json["rule"]) == (status, rule), answer.body


def challenge_of(made):
    return hashlib.sha256(unb64u(made["to_sign"])).digest()


def test_an_assertion_is_one_records(attack):
    service, dora, _, made = attack
    unsigned = {name: unb64u(m["unsigned"]) for name, m in made.items()}
    signed = dora.passkey.assertion(challenge_of(made["suspension"]))
    assert service.submit(put_in(unsigned["suspension"], signed)).status == 201
    # What she signed for the suspension, put under the disconnection; and sent again.
    refused(service.submit(put_in(unsigned["disconnection"], signed)))
    assert service.submit(put_in(unsigned["suspension"], signed)).status == 200, "the same record is the same answer"
    # One byte of the payload or of the header other than what was shown.
    for part in (0, 2):
        record = cbor2.loads(unsigned["disconnection"])
        assertion = dora.passkey.assertion(challenge_of(made["disconnection"]))
        record.value[3] = cbor2.dumps(list(assertion))
        at = bytearray(record.value[part])
        at[-2] ^= 1
        record.value[part] = bytes(at)
        assert service.submit(cbor2.dumps(record)).status in (400, 403)


def test_an_assertion_is_made_at_one_place_by_one_person(attack):
    service, dora, emil, made = attack
    unsigned, challenge = unb64u(made["disconnection"]["unsigned"]), challenge_of(made["disconnection"])
    for how in ({"origin": "https://evil.example"}, {"origin": "http://localhost:9999"}, {"rp_id": "evil.example"},
                {"cross": True}, {"flags": 0x01}, {"flags": 0x04}):
        refused(service.submit(put_in(unsigned, dora.passkey.assertion(challenge, **how))))
    refused(service.submit(put_in(unsigned, emil.passkey.assertion(challenge))))
    # A signature without an assertion, and an assertion that was changed.
    data, client, signature = dora.passkey.assertion(challenge)
    for broken in ((data, client + b" ", signature), (data[:-1] + b"\x00", client, signature),
                   (data, client, signature[:32] + bytes(32))):
        assert service.submit(put_in(unsigned, broken)).status in (400, 403)
    plain = cbor2.loads(unsigned)
    plain.value[3] = dora.passkey.sign(unb64u(made["disconnection"]["to_sign"]))
    assert service.submit(cbor2.dumps(plain)).status in (400, 403)


def test_a_signature_has_one_form(attack):
    """ES256 with s in the upper half is good mathematics and another id: there is one record a decision."""
    from passkeys import ORDER
    service, dora, _, made = attack
    data, client, signature = dora.passkey.assertion(challenge_of(made["disconnection"]))
    high = signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    refused(service.submit(put_in(unb64u(made["disconnection"]["unsigned"]), (data, client, high))))


def test_one_officer_is_not_two(attack):
    """With one device in hand: another name in the claims, another kid, an approval of one's own."""
    service, dora, emil, made = attack
    proposal = service.submit(dora.passkey.seal(made["disconnection"])).json["id"]
    approval = statement(service, "approval", emil.passkey.kid, {"proposal": proposal})
    refused(service.submit(put_in(unb64u(approval["unsigned"]), dora.passkey.assertion(challenge_of(approval)))))
    mine = cbor2.loads(unb64u(statement(service, "approval", dora.passkey.kid, {"proposal": proposal})["unsigned"]))
    header = cbor2.loads(mine.value[0])
    header[15][1] = "emil"
    mine.value[0] = cbor2.dumps(header)
    message = cbor2.dumps(["Signature1", mine.value[0], b"", mine.value[2]])
    refused(service.submit(put_in(cbor2.dumps(mine), dora.passkey.assertion(hashlib.sha256(message).digest()))),
            "record.other-issuer")
    assert service.ask(f"/v1/measures/{proposal}").json["stage"] == "proposed"


def test_a_role_that_has_run_out_signs_nothing(world, serve, officers):
    """A deputy for four seconds."""
    import time
    from datetime import datetime, timezone
    deputy = Passkey("fred")
    end = int(time.time()) + 4
    world.sign("key", deputy.form(**{"valid-until": datetime.fromtimestamp(end, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}),
               AUTHORITY, name="key-fred")
    world.upheld()
    service = serve(world)
    fred = Browser(service, deputy)
    assert fred.sign_in().status == 201 and fred.ask(f"/v1/records/{world.ids['report']}").json["says"]["subject"] == "A journalist"
    form = {"target": world.ids["system"], "action": "disconnect", "finding": world.ids["finding"], "reason": "In time."}
    early = statement(service, "measure", deputy.kid, form)
    while time.time() < end:
        time.sleep(0.1)
    # Neither what he now asks for, nor what was made in time and is sent late, nor his session.
    refused(service.submit(deputy.seal(early)), "record.key-expired")
    assert statement(service, "measure", deputy.kid, form, status=400)["rule"] == "record.key-ended"
    assert fred.ask("/v1/session").json["rule"] == "session.key-ended"
    assert fred.ask(f"/v1/records/{world.ids['report']}").status == 401
    assert fred.sign_in().json["rule"] == "session.key-ended"
    # And an end date is not moved by its holder.
    later = {"role": "officer", "holder": "fred", "replaces": world.ids["key-fred"], "public-key": Passkey("fred").line}
    answer = statement(service, "key", deputy.kid, later, status=400)
    assert answer["rule"] == "record.key-ended"


def test_a_role_signs_what_it_may(world, serve, officers):
    exporter = Passkey("gwen")
    world.sign("key", exporter.form("exporter", country="DE"), "ada", name="key-gwen")
    world.upheld()
    service = serve(world)
    gwen = Browser(service, exporter)
    answer = gwen.decide("measure", {"target": world.ids["system"], "action": "suspend", "finding": world.ids["finding"],
                                     "reason": "A rival's."})
    refused(answer, "record.wrong-role")
    # A deposed officer, with a page that still is open.
    dora = Browser(service, officers[0])
    assert dora.sign_in().status == 201
    form = {"target": world.ids["system"], "action": "suspend", "finding": world.ids["finding"], "reason": "Late."}
    made = statement(service, "measure", officers[0].kid, form)
    world.sign("key", {"role": "officer", "holder": "dora", "replaces": world.ids["key-dora"], "reason": "Left."}, AUTHORITY,
               name="revoke")
    refused(service.submit(officers[0].seal(made)), "record.key-ended")


def test_a_page_elsewhere_does_nothing_with_her_session(world, serve, officers):
    """What a browser lets a foreign page send, cookies and all; a form's types, and fetch without CORS."""
    service = serve(world)
    dora = Browser(service, officers[0])
    assert dora.sign_in().status == 201
    digest = hashlib.sha256(b"planted").hexdigest()
    for headers, without in (({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, ("Proviso-Console",)),
                             ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, ()),
                             ({"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"}, ()),
                             ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, ()),
                             ({}, ("Proviso-Console",)), ({}, ("Origin", "Sec-Fetch-Site"))):
        refused(dora.ask(f"/v1/evidence/{digest}", b"planted", method="PUT", headers=headers, without=without), "request.cross-site")
        refused(dora.ask("/v1/session", method="DELETE", headers=headers, without=without), "request.cross-site")
    assert not (world.folder / "authority/evidence" / digest).exists()
    assert dora.ask("/v1/session").status == 200
    assert dora.ask(f"/v1/evidence/{digest}", b"planted", method="PUT").status == 201
    # Nothing is given to other origins to read, and a form cannot ask for a statement.
    answer = service.ask("/v1/session", headers={"Origin": "https://evil.example"}, method="GET")
    assert "Access-Control-Allow-Origin" not in answer.headers
    body = json.dumps({"kind": "measure", "kid": officers[0].kid, "form": {}}).encode()
    assert service.ask("/v1/statements", body, {"Content-Type": "text/plain"}).status == 415
