"""Inviting somebody to have a passkey, giving one who lost a device another, and ending what was given."""
import hashlib
import json
import stat

import pytest
from passkeys import Browser, Passkey, b64u, statement, unb64u
from test_access import kid_of, signature

AUTHORITY = "licensing.example.org"


@pytest.fixture
def officers(world):
    people = [Passkey("dora"), Passkey("emil", algorithm="ed25519")]
    for officer in people:
        world.sign("key", officer.form(), AUTHORITY, name=f"key-{officer.name}")
    return people


@pytest.fixture
def signed_in(world, serve, officers):
    service = serve(world)
    browsers = [Browser(service, officer) for officer in officers]
    assert [b.sign_in().status for b in browsers] == [201, 201]
    return service, *browsers


class Invited:
    """Somebody who opened the link: the page takes id and secret out of it."""

    def __init__(self, service, link, passkey):
        self.service, self.passkey = service, passkey
        address, self.secret = link.split("#")
        self.id = address.rpartition("/")[2]

    def headers(self, secret=None):
        return {"Authorization": f"Bearer {secret or self.secret}", "Content-Type": "application/json"}

    def look(self, secret=None):
        return self.service.ask(f"/v1/invitations/{self.id}", headers=self.headers(secret))

    def answer(self, passkey=None, **how):
        passkey = passkey or self.passkey
        challenge = hashlib.sha256(b"proviso invitation\0" + passkey.origin.encode() + b"\0" + unb64u(self.secret)).digest()
        data, client, signature = passkey.assertion(challenge, **how)
        return {"public-key": b64u(passkey.spki), "authenticatorData": b64u(data), "clientDataJSON": b64u(client),
                "signature": b64u(signature)}

    def put_forward(self, secret=None, **more):
        body = self.answer(**more) if "body" not in more else more["body"]
        return self.service.ask(f"/v1/invitations/{self.id}/key", json.dumps(body).encode(), self.headers(secret))


def invite(officer, passkey, **form):
    answer = officer.ask("/v1/invitations", {"role": "auditor", "holder": "Noor Haddad", **form})
    assert answer.status == 201, answer.body
    return Invited(officer.service, answer.json["link"], passkey)


def waiting(officer, invited):
    items = officer.ask("/v1/invitations").json["items"]
    return next(i for i in items if i["id"] == invited.id)


def test_somebody_is_invited_and_registered(world, signed_in):
    service, dora, _ = signed_in
    noor = invite(dora, Passkey("Noor-Haddad"), **{"valid-until": "2099-01-01T00:00:00Z"})
    # The secret is in the fragment, which no server is sent; what is kept is its hash, for nobody else to read.
    kept = world.folder / "authority/invitations" / noor.id
    assert noor.secret not in kept.read_text() and stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    shown = noor.look()
    assert shown.status == 200 and shown.json["stage"] == "invited" and shown.json["by"] == "dora"
    assert shown.json["form"] == {"role": "auditor", "holder": "Noor Haddad", "rp-id": "localhost",
                                  "origin": "http://localhost:8470", "valid-until": "2099-01-01T00:00:00Z"}
    assert waiting(dora, noor)["stage"] == "invited"
    answer = noor.put_forward()
    assert answer.status == 201 and answer.json["kid"] == noor.passkey.kid, answer.body
    item = waiting(dora, noor)
    assert item["stage"] == "put forward" and item["form"]["public-key"] == noor.passkey.line and item["record"] is None
    # It is no key before an officer signs the record.
    assert Browser(service, noor.passkey).sign_in().json["rule"] == "session.unknown-key"
    registered = dora.decide("key", item["form"])
    assert registered.status == 201, registered.body
    item = waiting(dora, noor)
    assert item["stage"] == "registered" and item["record"] == registered.json["id"]
    assert Browser(service, noor.passkey).sign_in().json["role"] == "auditor"
    key = next(k for k in service.ask("/v1/keys").json["items"] if k["kid"] == noor.passkey.kid)
    assert key["valid-until"] == "2099-01-01T00:00:00Z" and key["may-sign"] and key["record"] == registered.json["id"]
    assert noor.look().json["stage"] == "registered"
    service.stop()
    assert noor.secret not in service.logged()


def test_a_link_is_good_once_and_for_one_who_has_its_secret(world, signed_in):
    service, dora, _ = signed_in
    noor = invite(dora, Passkey("Noor-Haddad"))
    other = invite(dora, Passkey("Noor-Haddad"), holder="Somebody Else")
    eve = Passkey("Eve")
    for secret in (other.secret, b64u(bytes(32)), "", "x", noor.secret[:-1]):
        assert noor.look(secret or " ").json["rule"] == "invitation.secret"
        answer = noor.put_forward(secret or " ")
        assert (answer.status, answer.json["rule"]) == (401, "invitation.secret")
    assert service.ask(f"/v1/invitations/{noor.id}").status == 401
    for unknown in ("00" * 16, "..%2f..%2fauthority.key", "x", noor.id.upper()):
        for method, body in (("GET", None), ("POST", b"{}")):
            path = f"/v1/invitations/{unknown}" + ("/key" if body else "")
            answer = service.ask(path, body, noor.headers(), method=method)
            assert (answer.status, answer.json["rule"]) == (401, "invitation.secret"), unknown
    # A passkey that is not held, of another site, unverified, or for another challenge.
    for how, rule in (({"origin": "http://evil.example"}, "passkey.client-data"), ({"rp_id": "evil.example"}, "passkey.rp-id"),
                      ({"flags": 0x01}, "passkey.user-unverified"), ({"cross": True}, "passkey.client-data")):
        assert noor.put_forward(**how).json["rule"] == rule
    stolen = noor.answer() | {"public-key": b64u(eve.spki)}
    assert noor.put_forward(body=stolen).json["rule"] == "passkey.signature"
    sign_in = dora.answer(dora.challenge(), passkey=noor.passkey)
    body = {k: sign_in[k] for k in ("authenticatorData", "clientDataJSON", "signature")} | {"public-key": b64u(noor.passkey.spki)}
    assert noor.put_forward(body=body).json["rule"] == "passkey.client-data"
    for body, field in (({}, "public-key"), (noor.answer() | {"public-key": b64u(b"no key")}, "public-key"),
                        (noor.answer() | {"signature": "?"}, "signature")):
        answer = noor.put_forward(body=body)
        assert answer.status == 400 and answer.json["field"] == field, answer.body
    for raw in (b"", b"[]", b"{"):
        assert service.ask(f"/v1/invitations/{noor.id}/key", raw, noor.headers()).json["rule"] == "invitation.form"
    # A key that is registered already is nobody else's.
    assert noor.put_forward(passkey=dora.passkey).json["rule"] == "key.in-use"
    assert noor.put_forward().status == 201
    again = noor.put_forward(passkey=eve)
    assert (again.status, again.json["rule"]) == (409, "invitation.used")
    assert waiting(dora, noor)["form"]["public-key"] == noor.passkey.line


def test_only_officers_invite_and_see_who_is_invited(world, serve, officers):
    service = serve(world)
    auditor, officer = Passkey("noor"), Browser(service, officers[0])
    world.sign("key", auditor.form("auditor"), "ada", name="key-noor")
    browser = Browser(service, auditor)
    form = {"role": "officer", "holder": "Eve"}
    for asker, status in ((Browser(service, auditor), 401), (browser, 403)):
        if asker is browser:
            assert browser.sign_in().status == 201
        for answer in (asker.ask("/v1/invitations", form), asker.ask("/v1/invitations"),
                       asker.ask(f"/v1/invitations/{'00' * 16}", method="DELETE")):
            assert answer.status == status, answer.body
    assert officer.sign_in().status == 201
    for headers in ({"Proviso-Console": None}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert officer.ask("/v1/invitations", form, headers=headers).json["rule"] == "request.cross-site"
    assert officer.ask("/v1/invitations").json["items"] == []


@pytest.mark.parametrize("form,field", [
    ({"role": "authority", "holder": "Eve"}, "role"), ({"role": "king", "holder": "Eve"}, "role"),
    ({"role": "officer"}, "holder"), ({"role": "officer", "holder": ""}, "holder"), ({"role": "officer", "holder": ["Eve"]}, "holder"),
    ({"role": "officer", "holder": "Eve", "valid-until": "2020-01-01"}, "valid-until"),
    ({"role": "officer", "holder": "Eve", "valid-until": "soon"}, "valid-until"),
    ({"role": "officer", "holder": "Eve", "public-key": Passkey("Eve").line}, "public-key"),
    ({"role": "officer", "holder": "Eve", "replaces": "ab" * 32}, "replaces"),
    ({"role": "officer", "holder": "Eve", "threshold": 1}, "threshold"),
    ({"role": "officer", "holder": "Eve", "rp-id": "localhost"}, "origin"),
    ({"role": "officer", "holder": "Eve", "colour": "red"}, "colour")])
def test_a_bad_invitation_is_told_by_its_field(signed_in, form, field):
    _, dora, _ = signed_in
    answer = dora.ask("/v1/invitations", form)
    assert answer.status == 400 and answer.json["field"] == field, answer.body


def test_an_invitation_is_withdrawn_and_runs_out(world, signed_in):
    service, dora, emil = signed_in
    noor, late = invite(dora, Passkey("Noor-Haddad")), invite(dora, Passkey("Late"), holder="Late")
    assert emil.ask(f"/v1/invitations/{noor.id}", method="DELETE").status == 204
    assert noor.look().status == 401 and emil.ask(f"/v1/invitations/{noor.id}", method="DELETE").status == 404
    kept = world.folder / "authority/invitations" / late.id
    told = json.loads(kept.read_text())
    kept.write_text(json.dumps(told | {"expires": told["made"] - 1}))
    assert waiting(dora, late)["stage"] == "expired"
    assert late.put_forward().json["rule"] == "invitation.secret"
    # What is over makes room.
    invite(dora, Passkey("Next"), holder="Next")
    assert not kept.exists()


def test_an_officer_who_lost_a_device_gets_another_from_two(world, signed_in):
    """Recovery: as many officers as lift a measure, and the old key ends with it; the authority's stays in its safe."""
    service, dora, emil = signed_in
    chen_record = next(k for k in service.ask("/v1/keys").json["items"] if k["holder"] == "chen")["record"]
    chen = invite(dora, Passkey("chen"), role="officer", holder="chen")
    assert chen.put_forward().status == 201
    item = waiting(dora, chen)
    assert item["form"]["replaces"] == chen_record
    proposed = dora.decide("key", item["form"])
    assert proposed.status == 201, proposed.body
    item = waiting(emil, chen)
    assert item["stage"] == "proposed" and item["record"] == proposed.json["id"]
    asked = service.ask("/v1/proposed-keys").json["items"]
    assert len(asked) == 1 and asked[0]["proposer"] == "dora" and asked[0]["needed"] == 2 and asked[0]["approvals"] == []
    assert asked[0]["says"]["holder"] == "chen"
    # One officer's word changes nothing.
    assert Browser(service, chen.passkey).sign_in().json["rule"] == "session.unknown-key"
    assert dora.decide("approval", {"proposal": proposed.json["id"]}).json["rule"] == "approval.same-officer"
    agreed = emil.decide("approval", {"proposal": proposed.json["id"]})
    assert agreed.status == 201, agreed.body
    assert waiting(emil, chen)["stage"] == "registered" and service.ask("/v1/proposed-keys").json["items"] == []
    assert Browser(service, chen.passkey).sign_in().json["role"] == "officer"
    old = next(k for k in service.ask("/v1/keys").json["items"] if k["record"] == chen_record)
    assert old["ended"] == proposed.json["id"] and not old["may-sign"]
    # The lost device signs no more.
    world.sign("measure", {"target": world.ids["system"], "action": "suspend", "reason": "x", "basis": "s. 4"}, "chen", "-o", "m.cose", name="m")
    assert service.submit((world.folder / "m.cose").read_bytes()).json["rule"] == "record.key-ended"
    # Nor does a third officer come in by one: an invitation gives no right.
    eve = invite(dora, Passkey("Eve"), role="officer", holder="Eve")
    assert eve.put_forward().status == 201
    assert dora.decide("key", waiting(dora, eve)["form"]).status == 201
    assert Browser(service, eve.passkey).sign_in().json["rule"] == "session.unknown-key"
    service.stop()
    for command in (("audit",), ("replay",)):
        world.run(*command)


def test_keys_are_listed_page_by_page(world, signed_in):
    service, *_ = signed_in
    whole = service.ask("/v1/keys").json
    assert whole["next"] is None and len(whole["items"]) == 9
    assert {k["role"] for k in whole["items"]} == {"authority", "officer", "exporter", "end-user", "auditor"}
    seen, after = [], ""
    while True:
        page = service.ask(f"/v1/keys?limit=4{after}").json
        seen += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == whole["items"]


def test_a_signed_invitation_is_of_whom_it_was_signed_for(world, serve):
    service, path = serve(world), "/v1/invitations"
    meant, other = (json.dumps({"role": "auditor", "holder": holder, "rp-id": "localhost",
                                "origin": "http://localhost:1"}).encode() for holder in ("Noor Haddad", "Eve"))
    query = "?digest=" + hashlib.sha256(meant).hexdigest()

    def ask(body, query):
        signed = signature(world, "ada", kid_of(world, "ada"), path, query=query or "?", method="POST")
        return service.ask(path + query, body, signed | {"Content-Type": "application/json"}, method="POST")
    for body, named in ((meant, ""), (other, query), (other, "?digest=00")):
        assert (ask(body, named).status, ask(body, named).json["rule"]) == (401, "signature.body")
    assert ask(meant, query).status == 201
