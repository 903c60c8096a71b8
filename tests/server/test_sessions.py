"""People who sign in by a passkey, and whoever would pass for them."""
import json
import time

import pytest
from passkeys import PRESENT, VERIFIED, Browser, Passkey, b64u, submission, unb64u

AUTHORITY = "licensing.example.org"


def register(place, passkey, role="officer", **more):
    place.sign("key", passkey.form(role, **more), AUTHORITY, name=f"key-{passkey.name}")
    return passkey


@pytest.fixture
def dora(world):
    return register(world, Passkey("dora"))


def test_a_passkey_signs_in_and_out(world, serve, dora):
    service = serve(world)
    emil = register(world, Passkey("emil", algorithm="ed25519"), origin="http://localhost:8470")
    for passkey in (dora, emil):
        browser = Browser(service, passkey)
        assert browser.ask("/v1/session").json["rule"] == "session.none"
        answer = browser.sign_in()
        assert answer.status == 201, answer.body
        assert answer.json["kid"] == passkey.kid and answer.json["role"] == "officer" and answer.json["holder"] == passkey.name
        cookie = next(c for c in answer.headers.get_all("Set-Cookie") if c.startswith("proviso-session="))
        assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"} < set(cookie.split("; ")) and "Secure" not in cookie
        assert "no-store" in answer.headers["Cache-Control"] and "proviso-challenge" not in browser.cookies
        assert browser.ask("/v1/session").json == answer.json | {"ends": browser.ask("/v1/session").json["ends"]}
        token = browser.cookies["proviso-session"]
        # Signing in again is another session, and the one before is over.
        assert browser.sign_in().status == 201 and browser.cookies["proviso-session"] != token
        assert browser.ask("/v1/session", headers={"Cookie": f"proviso-session={token}"}).status == 401
        assert browser.ask("/v1/session", headers={"Cookie": f"proviso-session={browser.cookies['proviso-session']}; a=b"}).status == 200
        kept = dict(browser.cookies)
        assert browser.ask("/v1/session", method="DELETE").status == 204
        assert "proviso-session" not in browser.cookies
        browser.cookies = kept
        assert (browser.ask("/v1/session").status, browser.ask("/v1/session", method="DELETE").status) == (401, 401)
    service.stop()
    events = [json.loads(line) for line in service.logged().splitlines() if '"signed-' in line]
    assert [e["event"] for e in events] == ["signed-in", "signed-in", "signed-out"] * 2
    assert token not in service.logged()


def test_a_site_behind_tls_has_secure_cookies(world, serve):
    service = serve(world)
    passkey = register(world, Passkey("dora", rp_id="authority.example", origin="https://console.authority.example"))
    browser = Browser(service, passkey)
    browser.challenge()
    answer = browser.sign_in()
    assert answer.status == 201 and all("; Secure" in c for c in answer.headers.get_all("Set-Cookie"))


def test_what_is_no_good_assertion_signs_nobody_in(world, serve, dora):
    service = serve(world)
    browser, other = Browser(service, dora), Passkey("eve")

    def refused(answer, rule, status=401):
        assert (answer.status, answer.json["rule"]) == (status, rule), answer.body
        assert "proviso-session" not in browser.cookies

    for how, rule in (({"origin": "http://evil.example"}, "passkey.client-data"),
                      ({"origin": "http://localhost:9999"}, "passkey.client-data"),
                      ({"rp_id": "evil.example"}, "passkey.rp-id"), ({"cross": True}, "passkey.client-data"),
                      ({"flags": VERIFIED}, "passkey.user-absent"), ({"flags": PRESENT}, "passkey.user-unverified"),
                      ({"flags": 0x85}, "passkey.authenticator-data")):
        refused(browser.sign_in(**how), rule)
    # Another's key under her name; nobody's; a key in a file.
    forged = browser.answer(browser.challenge(), passkey=other) | {"kid": dora.kid}
    refused(browser.ask("/v1/session", forged), "passkey.signature")
    refused(browser.ask("/v1/session", browser.answer(browser.challenge(), passkey=other)), "session.unknown-key")
    from test_access import kid_of
    refused(browser.ask("/v1/session", browser.answer(browser.challenge()) | {"kid": kid_of(world, "ada")}), "session.no-passkey")
    # A challenge of nobody's, of another browser's, changed, and none.
    answer = browser.answer(b64u(bytes(40)))
    refused(browser.ask("/v1/session", answer, headers={"Cookie": f"proviso-challenge={b64u(bytes(40))}"}), "session.challenge")
    foreign = Browser(service, dora)
    answer = browser.answer(foreign.challenge())
    refused(browser.ask("/v1/session", answer, headers={"Cookie": None}), "session.challenge")
    browser.challenge()
    refused(browser.ask("/v1/session", answer), "passkey.client-data")
    nonce = bytearray(unb64u(browser.challenge()))
    nonce[16] ^= 1
    answer = browser.answer(b64u(bytes(nonce)))
    refused(browser.ask("/v1/session", answer, headers={"Cookie": f"proviso-challenge={b64u(bytes(nonce))}"}), "session.challenge")
    good = f"proviso-challenge={browser.challenge()}"
    refused(browser.ask("/v1/session", answer, headers={"Cookie": f"{good}; {good}"}), "session.challenge")
    # An assertion for a record is no sign-in, and that for a sign-in no record's.
    made = json.dumps({"kind": "lift", "kid": dora.kid, "form": {"measure": "ab" * 32, "reason": "x"}}).encode()
    made = service.ask("/v1/statements", made, {"Content-Type": "application/json"}).json
    import hashlib
    data, client, signature = dora.assertion(hashlib.sha256(unb64u(made["to_sign"])).digest())
    browser.challenge()
    refused(browser.ask("/v1/session", {"kid": dora.kid, "authenticatorData": b64u(data), "clientDataJSON": b64u(client),
                                        "signature": b64u(signature)}), "passkey.client-data")
    from passkeys import put_in
    answer = browser.answer(browser.challenge())
    record = put_in(unb64u(made["unsigned"]), [unb64u(answer[k]) for k in ("authenticatorData", "clientDataJSON", "signature")])
    assert service.submit(record).json["rule"] == "record.bad-signature"
    # What is no answer at all.
    for body in (b"", b"{}", b"[]", json.dumps(answer | {"kid": "zz"}).encode(), json.dumps(answer | {"signature": "?"}).encode(),
                 json.dumps({k: answer[k] for k in ("kid", "signature")}).encode()):
        assert browser.ask("/v1/session", body).json["rule"] == "session.form"
    refused(browser.ask("/v1/session", answer | {"signature": b64u(b"short")}), "passkey.signature")


def test_a_challenge_is_answered_once(world, serve, dora):
    service = serve(world)
    browser = Browser(service, dora)
    answer = browser.answer(browser.challenge())
    cookies = dict(browser.cookies)
    assert browser.ask("/v1/session", answer).status == 201
    browser.cookies = cookies
    again = browser.ask("/v1/session", answer)
    assert (again.status, again.json["rule"]) == (401, "session.challenge")
    # Nor by another assertion, nor by another process.
    assert browser.ask("/v1/session", browser.answer(cookies["proviso-challenge"])).json["rule"] == "session.challenge"
    service.stop()
    browser.service = serve(world)
    assert browser.ask("/v1/session", browser.answer(cookies["proviso-challenge"])).json["rule"] == "session.challenge"


def test_only_our_own_page_signs_in_and_changes_anything(world, serve, dora):
    service = serve(world)
    browser = Browser(service, dora)
    wrong = [({"Proviso-Console": None}, ()), ({"Proviso-Console": "0"}, ()), ({"Origin": "http://evil.example"}, ()),
             ({"Origin": "http://localhost:9999"}, ()), ({"Origin": "null"}, ()), ({"Sec-Fetch-Site": "cross-site"}, ()),
             ({"Sec-Fetch-Site": "same-site"}, ()), ({}, ("Origin", "Sec-Fetch-Site"))]
    for headers, without in wrong:
        answer = browser.ask("/v1/session", browser.answer(browser.challenge()), headers=headers, without=without)
        assert (answer.status, answer.json["rule"]) == (403, "request.cross-site"), headers
    assert browser.sign_in().status == 201
    path = "/v1/evidence/" + "ab" * 32
    for headers, without in wrong:
        for method, at in (("DELETE", "/v1/session"), ("PUT", path)):
            answer = browser.ask(at, b"x" if method == "PUT" else None, method=method, headers=headers, without=without)
            assert (answer.status, answer.json["rule"]) == (403, "request.cross-site"), headers
    assert browser.ask("/v1/session").status == 200
    assert browser.ask("/v1/session", method="DELETE", without=("Sec-Fetch-Site",)).status == 204
    assert browser.sign_in().status == 201
    assert browser.ask("/v1/session", method="DELETE", without=("Origin",)).status == 204


def test_who_may_read_by_session_is_who_may_by_signature(world, serve):
    """The table of doc/api.md, a cell each: tests/server/test_access.py has the same for signed requests."""
    world.upheld()
    people = {"officer": True, "auditor": True, "exporter": False, "end-user": False}
    passkeys = {role: register(world, Passkey(f"p-{role}"), role) for role in people}
    service = serve(world)
    report = f"/v1/records/{world.ids['report']}"
    digest = service.ask(report).json["says"]["evidence"][0]["digest"]
    for role, may in people.items():
        browser = Browser(service, passkeys[role])
        assert browser.sign_in().json["role"] == role
        answer = browser.ask(report)
        assert (answer.json["says"]["subject"] == "A journalist") == may, role
        assert answer.headers["Cache-Control"] == "private, no-store" and answer.status == 200
        assert browser.ask(f"/v1/evidence/{digest}").status == (200 if may else 403), role
        # Whatever he reports himself he reads again.
        form = {"subject": "An engineer", "allegation": "A copy was made.", "reporter": role, "evidence": []}
        made = json.dumps({"kind": "report", "kid": passkeys[role].kid, "form": form}).encode()
        made = service.ask("/v1/statements", made, {"Content-Type": "application/json"}).json
        sent = service.ask("/v1/records", submission(passkeys[role].seal(made), made["disclosures"]),
                           {"Content-Type": "application/vnd.proviso.submission+cbor"})
        assert sent.status == 201, sent.body
        assert browser.ask(f"/v1/records/{sent.json['id']}").json["says"]["reporter"] == role
        assert "withheld" in service.ask(f"/v1/records/{sent.json['id']}").json["says"]["reporter"]
    # Without a session, or with one that is none, it is the public's.
    for cookie in (None, "proviso-session=" + "A" * 43, "proviso-session=", "proviso-session=???"):
        answer = browser.ask(report, headers={"Cookie": cookie})
        assert "withheld" in answer.json["says"]["subject"] and "Cookie" in answer.headers["Vary"]
        assert browser.ask(f"/v1/evidence/{digest}", headers={"Cookie": cookie}).status == 401


def test_a_session_ends(world, serve, dora):
    service = serve(world, "--session-idle-seconds", 2, "--session-seconds", 4)
    browser = Browser(service, dora)

    def reads():
        return browser.ask(f"/v1/evidence/{'ab' * 32}").status == 404

    assert browser.sign_in().status == 201 and reads()
    # Looking at the session is no use of it.
    end = time.monotonic() + 20
    while browser.ask("/v1/session").status == 200:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert not reads()
    # Used all the time it ends nevertheless.
    assert browser.sign_in().status == 201
    began = time.monotonic()
    while reads():
        assert time.monotonic() - began < 20
        time.sleep(0.2)
    assert time.monotonic() - began > 2


def test_a_revoked_key_is_signed_out_at_once(world, serve, dora):
    service = serve(world)
    browser = Browser(service, dora)
    nonce = browser.challenge()
    assert browser.ask("/v1/session", browser.answer(nonce)).status == 201
    world.sign("key", {"role": "officer", "holder": "dora", "replaces": world.ids["key-dora"], "reason": "Lost."},
               AUTHORITY, name="revoke")
    assert browser.ask("/v1/session").json["rule"] == "session.key-ended"
    assert browser.ask(f"/v1/evidence/{'ab' * 32}").json["rule"] == "session.key-ended"
    assert browser.sign_in().json["rule"] == "session.key-ended"


def test_sessions_are_bounded(world, serve, dora):
    service = serve(world, "--rate-key", 0, "--rate-address", 0)
    first = Browser(service, dora)
    assert first.sign_in().status == 201
    browsers = [Browser(service, dora) for _ in range(40)]
    assert {b.sign_in().status for b in browsers} == {201}
    assert {b.ask("/v1/session").status for b in browsers + [first]} == {200}


def test_a_passkey_signs_no_request(world, serve):
    """Its key, taken out of a software authenticator, would make a signature of RFC 9421 as well."""
    import base64
    service = serve(world)
    passkey = register(world, Passkey("emil", algorithm="ed25519"))
    path = "/v1/evidence/" + "ab" * 32
    parameters = f'("@method" "@path" "@query");created={int(time.time())};keyid="{passkey.kid}";nonce="1"'
    base = f'"@method": GET\n"@path": {path}\n"@query": ?\n"@signature-params": {parameters}'
    signed = base64.b64encode(passkey.sign(base.encode())).decode()
    answer = service.ask(path, headers={"Signature-Input": f"s={parameters}", "Signature": f"s=:{signed}:"})
    assert (answer.status, answer.json["rule"]) == (401, "signature.passkey")
