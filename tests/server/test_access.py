"""Reading what is confidential by signed request, and how often anybody may ask."""
import base64
import json
import os
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROLES = {"licensing.example.org": True, "ada": True, "ben": True, "ombudsman": True, "harbour": False,
         "ruritania": False}


def signature(place, key, kid, path, query="?", created=None, method="GET", components='"@method" "@path" "@query"',
              nonce=True):
    """As RFC 9421 has it, by another's Ed25519."""
    seed = base64.b64decode((place.folder / f"keys/{key}.key").read_text().splitlines()[1])[:32]
    parameters = f'({components});created={int(created or time.time())};keyid="{kid}"' + (f';nonce="{os.urandom(8).hex()}"' if nonce else "")
    base = f'"@method": {method}\n"@path": {path}\n"@query": {query}\n"@signature-params": {parameters}'
    signed = Ed25519PrivateKey.from_private_bytes(seed).sign(base.encode())
    return {"Signature-Input": f"sig1={parameters}", "Signature": f"sig1=:{base64.b64encode(signed).decode()}:"}


@pytest.fixture
def reported(world):
    world.upheld()
    return world


def kid_of(place, name):
    """The id of a key as the state has it: from a record that it signed, or its thumbprint."""
    import hashlib
    line = (place.folder / f"keys/{name}.pub").read_text().strip().split("+", 2)[2]
    raw = base64.b64decode(line)[1:]
    return hashlib.sha256(b"\xa3\x01\x01\x20\x06\x21\x58\x20" + raw).hexdigest()


def test_who_may_read_is_shown_the_values_and_nobody_else(reported, serve):
    service = serve(reported)
    report = reported.ids["report"]
    path = f"/v1/records/{report}"
    assert "withheld" in service.ask(path).json["says"]["subject"]
    for key, may in ROLES.items():
        answer = service.ask(path, headers=signature(reported, key, kid_of(reported, key), path))
        assert answer.status == 200, answer.body
        assert (answer.json["says"]["subject"] == "A journalist") == may, key
        assert "no-store" in answer.headers["Cache-Control"]
        shown = reported.run("show", report, "--json", "--url", service.url, "--key", f"keys/{key}.key").json
        assert (shown["says"]["reporter"] == "The ombudsman") == may, key
    # What an exporter reports himself he may read again.
    reported.sign("report", {"subject": "An engineer", "allegation": "A copy was made.", "reporter": "Harbour",
                             "evidence": []}, "harbour", name="own")
    for key, may in ROLES.items():
        shown = reported.run("show", reported.ids["own"], "--json", "--url", service.url, "--key", f"keys/{key}.key").json
        assert (shown["says"]["subject"] == "An engineer") == (may or key == "harbour"), key
    # Each release is logged.
    service.stop()
    released = [json.loads(line) for line in service.logged().splitlines() if '"disclosed"' in line]
    assert {line["record"] for line in released} == {report, reported.ids["own"]}
    assert "ruritania" not in json.dumps(released) and len(released) == 2 * 4 + 5


def test_evidence_is_left_and_read_over_the_network(reported, serve):
    import hashlib
    service = serve(reported)
    there = {"env": {"PROVISO_HOME": "", "PROVISO_URL": service.url}}
    (reported.folder / "capture.bin").write_bytes(b"packets " * 1000)
    (reported.folder / "with.yaml").write_text(json.dumps({
        "subject": "A journalist", "allegation": "With evidence.", "reporter": "The ombudsman",
        "evidence": [{"file": "capture.bin", "type": "application/octet-stream"}]}))
    digest = hashlib.sha256(b"packets " * 1000).hexdigest()
    kept = reported.folder / "authority/evidence" / digest
    # Signed to a file nothing is sent; submitted, it goes first.
    reported.run("report", "with.yaml", "--key", "keys/ombudsman.key", "-o", "later.cose", **there)
    assert not kept.exists()
    reported.run("report", "with.yaml", "--key", "keys/ombudsman.key", **there)
    assert kept.read_bytes() == b"packets " * 1000 and kept.stat().st_mode & 0o777 == 0o600
    path = f"/v1/evidence/{digest}"
    for key, may in ROLES.items():
        answer = service.ask(path, headers=signature(reported, key, kid_of(reported, key), path))
        assert answer.status == (200 if may else 403), (key, answer.body)
        assert not may or (answer.body == b"packets " * 1000 and "no-store" in answer.headers["Cache-Control"])
    assert service.ask(path).status == 401

    def put(path, body, key="harbour", kid=None):
        signed = signature(reported, key, kid or kid_of(reported, key), path, method="PUT") if key else {}
        return service.ask(path, body, signed | {"Content-Type": "application/octet-stream"}, method="PUT")
    other = f"/v1/evidence/{hashlib.sha256(b'other').hexdigest()}"
    assert put(other, b"other", key=None).status == 401
    assert put(other, b"else").json["rule"] == "evidence.digest"
    assert put(other, b"other", kid="00" * 32).json["rule"] == "signature.unknown-key"
    assert put("/v1/evidence/..%2f..%2fx", b"other").status == 400
    assert not (kept.parent / other[13:]).exists()
    assert put(other, b"other").status == 201
    assert put(other, b"other", key="ruritania").status == 200
    reported.run("log", "verify", **there | {"env": {}})


HOSTILE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(document.cookie)"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>fetch('/v1/session')</script>",
    "pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>\nendobj\n",
    "stix": b'{"type":"bundle","id":"bundle--</script><script>alert(1)</script>","objects":[]}',
    "polyglot": b"\xff\xd8\xff\xe0<html><script>alert(1)</script>" + b"\x00" * 64,
    "mhtml": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>",
    "empty": b"",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_evidence_is_saved_as_bytes_of_no_type_whatever_it_is(reported, serve, what):
    """It comes from anybody with a key; who opens it must not have it run at the authority's origin."""
    import hashlib
    service = serve(reported)
    body = HOSTILE[what]
    digest = hashlib.sha256(body).hexdigest()
    path = f"/v1/evidence/{digest}"
    put = signature(reported, "harbour", kid_of(reported, "harbour"), path, method="PUT")
    assert service.ask(path, body, put | {"Content-Type": "image/svg+xml"}, method="PUT").status in (201, 415)
    put = signature(reported, "harbour", kid_of(reported, "harbour"), path, method="PUT")
    service.ask(path, body, put | {"Content-Type": "application/octet-stream"}, method="PUT")
    # Whatever a client asks for, the file's own type is not told and not guessed.
    for accept in ("*/*", "text/html", "image/svg+xml"):
        get = signature(reported, "ada", kid_of(reported, "ada"), path)
        answer = service.ask(path, headers=get | {"Accept": accept})
        assert answer.status == 200 and answer.body == body
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{digest}"'
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox;") and "default-src 'none'" in policy and "allow" not in policy
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in answer.headers["Cache-Control"]


def test_signatures_that_are_not_good_are_refused(reported, serve):
    service = serve(reported)
    path, kid = f"/v1/records/{reported.ids['report']}", kid_of(reported, "ada")
    good = signature(reported, "ada", kid, path)
    for headers, rule in (
            (signature(reported, "ben", kid, path), "signature.bad"),
            (signature(reported, "ada", kid, path + "x"), "signature.bad"),
            (signature(reported, "ada", kid, path, method="POST"), "signature.bad"),
            (signature(reported, "ada", kid, path, created=time.time() - 400), "signature.time"),
            (signature(reported, "ada", "00" * 32, path), "signature.unknown-key"),
            (signature(reported, "ada", kid, path, components='"@method" "@path"'), "signature.components"),
            (signature(reported, "ada", kid, path, nonce=False), "signature.form"),
            ({"Signature": good["Signature"]}, "signature.form"),
            (good | {"Signature-Input": good["Signature-Input"].replace("sig1", "sig2")}, "signature.form")):
        answer = service.ask(path, headers=headers)
        assert (answer.status, answer.json["rule"]) == (401, rule), answer.body
    # The same for another record, and for a query that was not signed.
    other = f"/v1/records/{reported.ids['finding']}"
    assert service.ask(other, headers=good).json["rule"] == "signature.bad"
    assert service.ask(path + "?x", headers=good).json["rule"] == "signature.bad"
    # A key that has ended reads no more.
    # Good once.
    assert service.ask(path, headers=good).status == 200
    assert service.ask(path, headers=good).json["rule"] == "signature.replayed"
    reported.sign("key", {"role": "officer", "holder": "ada", "replaces": key_record(reported, "ada"),
                          "reason": "Lost."}, "licensing.example.org", name="revoke")
    again = signature(reported, "ada", kid, path)
    assert service.ask(path, headers=again).json["rule"] == "signature.key-ended"


def key_record(place, name):
    for line in place.run("log", "verify").out and range(1, 5):
        shown = place.run("show", record_at(place, line), "--json").json
        if shown["kind"] == "key" and shown["says"].get("holder") == name:
            return shown["id"]
    raise AssertionError(name)


def record_at(place, index):
    import hashlib
    bundle = sorted((place.folder / "authority/log/tile/entries").glob("000.p/*"), key=lambda p: int(p.name))[-1].read_bytes()
    for _ in range(index):
        bundle = bundle[2 + int.from_bytes(bundle[:2], "big"):]
    return hashlib.sha256(bundle[2:2 + int.from_bytes(bundle[:2], "big")]).hexdigest()


def test_an_address_that_asks_too_often_waits(world, serve):
    service = serve(world, "--rate-address", 5)
    answers = [service.ask("/v1/authority") for _ in range(30)]
    refused = [a for a in answers if a.status == 429]
    assert len(refused) >= 10 and refused[0].json["rule"] == "service.too-often" and refused[0].headers["Retry-After"]
    assert service.ask("/healthz").status == 200
    time.sleep(0.5)
    assert service.ask("/v1/authority").status == 200


def test_a_key_that_signs_too_much_waits_and_others_do_not(world, serve):
    service = serve(world, "--rate-key", 2)
    form = {"target": world.ids["system"], "action": "suspend", "reason": "A doubt.", "basis": "section 4"}
    statuses = []
    for i in range(8):
        world.sign("measure", form | {"reason": f"No. {i}.", "target": f"country/X{'BCDEFGHI'[i]}"}, "ada", "-o",
                   f"{i}.cose", name=f"m{i}")
    records = [(world.folder / f"{i}.cose").read_bytes() for i in range(8)]
    # Forged in her name: refused, and not counted as hers.
    for record in records:
        assert service.submit(record[:-1] + bytes([record[-1] ^ 1])).status == 403
    statuses = [service.submit(record).status for record in records]
    assert statuses[:4] == [201] * 4 and 429 in statuses[4:]
    world.sign("measure", form, "ben", "-o", "ben.cose", name="ben")
    assert service.submit((world.folder / "ben.cose").read_bytes()).status == 201
