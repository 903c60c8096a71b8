"""The commands through a service instead of a directory: the same words, the same exit statuses."""
import json
import re

import pytest
from conftest import Place, wait_until


@pytest.fixture
def remote(place, serve):
    """A place whose commands know the service alone; the authority's directory is another's."""
    keeper = place.folder / "keeper"
    keeper.mkdir()
    at_home = Place(keeper)
    at_home.keygen("licensing.example.org", "ada", "ben", "chen", "harbour", "ruritania", "ombudsman")
    at_home.run("init", "--name", "licensing.example.org", "--key", "keys/licensing.example.org.key",
                *[w for name in ("ada", "ben", "chen") for w in ("--officer", f"keys/{name}.pub")], "--threshold", 2)
    service = serve(at_home)
    far = Place(place.folder)
    (far.folder / "keys").symlink_to(keeper / "keys")
    run = far.run

    def run_far(*words, env=None, **options):
        return run(*words, env={"PROVISO_HOME": "", "PROVISO_URL": service.url} | (env or {}), **options)

    far.run, far.keygen, far.service, far.keeper = run_far, lambda *_, **__: None, service, at_home
    return far


def timeless(text):
    """Without how long a lease has left, which is another from one second to the next."""
    return re.sub(r" +\d+ min \d+ s left", " left", text)


def test_the_whole_story_through_a_service(remote):
    init = remote.run
    remote.run = lambda *words, **options: None if words[0] == "init" else init(*words, **options)
    remote.authority()
    remote.run = init
    remote.definitions().declaration().application()
    remote.licence()
    remote.system()
    assert "lease 1 of licensing.example.org" in remote.renew("system").out
    remote.use("system")
    remote.renew("system")
    system = remote.ids["system"]
    for words in (("status",), ("status", system), ("explain", system), ("show", remote.ids["licence"])):
        there = remote.keeper.run(*words)
        assert timeless(remote.run(*words).out) == timeless(there.out)
        assert remote.run(*words, "--json").json == remote.keeper.run(*words, "--json").json
    use = "capability=capture.content purpose=terrorism territory=XA subject=tel:+99912345678 with=warrant"
    assert "refused by" in remote.run("explain", system[:8], use, status=1).out
    remote.upheld()
    remote.measure("disconnect", system[:8], finding=remote.ids["finding"][:8])
    assert "renewal.measure" in remote.renew("system", status=1).text
    remote.use("system", status=1)
    # The confidential values of the report went with it, and are the keeper's.
    assert "withheld" in json.dumps(remote.run("show", remote.ids["report"], "--json").json)
    read = remote.keeper.run("disclose", remote.ids["report"], "--key", "keys/ada.key", "--json").json["values"]
    assert read["subject"] == "A journalist"
    remote.keeper.run("audit")


def test_the_log_is_verified_from_afar(remote):
    init = remote.run
    remote.run = lambda *words, **options: None if words[0] == "init" else init(*words, **options)
    remote.authority()
    remote.run = init
    pub = ("--authority", "keys/licensing.example.org.pub")
    early = remote.run("log", "checkpoint").out
    (remote.folder / "early").write_text(early)
    remote.definitions()
    assert remote.run("log", "checkpoint", *pub).out == remote.keeper.run("log", "checkpoint").out != early
    assert "verified" in remote.run("log", "verify", *pub).out
    assert "verified" in remote.run("log", "verify", "--log", remote.service.url + "/log", *pub).out
    assert "consistent" in remote.run("log", "consistency", "early", *pub).out
    assert "audited" in remote.run("audit", *pub).out
    remote.run("log", "prove", remote.ids["definitions-1"], "-o", "proof")
    assert "verified: definitions" in remote.run("log", "verify", "proof", *pub).out
    remote.run("log", "verify", "--authority", "keys/ada.pub", status=1)
    assert "--authority" in remote.run("log", "verify", status=2).err
    for form in ("--receipt", "--statement"):
        remote.run("log", "prove", remote.ids["definitions-1"], "-o", form[2:], form)
    remote.run("log", "prove", remote.ids["definitions-1"], "-o", "x", "--receipt", "--statement", status=2)
    assert "verified: definitions" in remote.run("log", "verify", "statement", *pub).out
    record = remote.service.ask(f"/v1/records/{remote.ids['definitions-1']}", headers={"Accept": "application/cose"}).body
    (remote.folder / "record").write_bytes(record)
    assert "verified" in remote.run("log", "verify", "receipt", "--record", "record", *pub).out
    remote.run("log", "verify", "statement", "--authority", "keys/ada.pub", status=1)


def test_errors_come_back_as_they_were(remote):
    assert "store.no-such-id" in remote.run("show", "ffffffff", status=1).err
    remote.run("show", "zz", status=3)
    assert "key.unknown" not in remote.run("status", status=0).err
    remote.run("replay", "--url", remote.service.url, status=2)
    remote.run("status", env={"PROVISO_URL": "http://127.0.0.1:1"}, status=4)
    remote.run("status", env={"PROVISO_URL": "file:///etc/passwd"}, status=4)
    answer = remote.sign("define", {"number": 7, "effective": "2026-01-01T00:00:00Z", "scope": "any", "purposes": [
        {"label": "x", "title": "X", "text": "x", "excludes": []}]}, "ada", status=1)
    assert "definitions.number" in answer.err


def test_records_signed_elsewhere_are_submitted(remote):
    remote.sign("key", {"role": "exporter", "country": "IL", "holder": "Harbour Optics Ltd",
                        "public-key": "@keys/harbour.pub"}, "ada", "-o", "key.cose")
    first, again = remote.run("submit", "key.cose"), remote.run("submit", "key.cose", "--json")
    assert first.id == again.json[0]["id"] and again.json[0]["was-there"]
    assert "purposes" in remote.run("template", "declaration", "--json").json


def test_tags_are_asked_for_through_a_service(remote):
    init = remote.run
    remote.run = lambda *words, **options: None if words[0] == "init" else init(*words, **options)
    remote.SCOPE = remote.SCOPE + ",admission; limit.subjects=2"
    remote.authority()
    remote.run = init
    remote.definitions().declaration().application()
    holders = ("ombudsman", "licensing.example.org", "harbour")
    remote.holders(*holders)
    proposal = remote.run("tags", "publish", "shares/tags.yaml", "--key", "keys/ada.key").id
    remote.sign("approve", {"proposal": proposal}, "ben")
    remote.licence()
    remote.system()
    remote.renew("system")
    remote.use("system", status=1)
    remote.run("tags", "request", "--system", "system", "--subject", "tel:+99955501", "-o", "request")
    remote.run("tags", "grant", "--request", "request", "-o", "granted")
    for name in holders:
        remote.run("tags", "evaluate", "granted", "--share", f"shares/{name}.share", "--key", f"keys/{name}.key",
                   "--authority", "keys/licensing.example.org.pub", "-o", name)
    remote.run("tags", "combine", "granted", *holders, "--system", "system")
    remote.use("system")
    remote.run("tags", "request", "--system", "system", "--subject", "tel:+99955502", "--subject", "tel:+99955503",
               "-o", "more")
    refused = remote.run("tags", "grant", "--request", "more", "-o", "more.granted", status=1)
    assert "admission.over-limit" in refused.err
    # A person asks too: which key is in force the service says.
    about = ("--key", "keys/ombudsman.key", "--reason", "A complaint", "--subject", "tel:+99955501")
    remote.run("tags", "request", *about, "-o", "inquiry")
    remote.run("tags", "grant", "--request", "inquiry", "-o", "inquiry.granted")
    assert "tags" in remote.service.ask("/v1/authority").json


def test_names_are_screened_by_a_service(remote):
    hit = remote.run("screen", "NSO Group", "--country", "IL", status=1)
    assert "HIT" in hit.out and "us-entity-list-2021-11" in hit.out and "listed because" in hit.out
    here = remote.keeper.run("screen", "NSO Group", "--country", "IL", "--json", status=1).json["hits"]
    there = remote.run("screen", "NSO Group", "--country", "IL", "--json", status=1).json["hits"]
    keys = ("list", "name", "primary", "type", "match")
    assert [[h[k] for k in keys] for h in there] == [[h[k] for k in keys] for h in here]
    assert [h["score"] for h in there] == pytest.approx([h["score"] for h in here])
    assert "no hit" in remote.run("screen", "Harbour Optics Ltd").out
    assert remote.run("screen", "NSO Group", "Harbour Optics Ltd", "--json", status=1).out.count("\n") == 2
    remote.run("screen", "NSO Group", "--list", "us-entity-list-2021-11", status=1)
    assert "match.no-such-dataset" in remote.run("screen", "NSO Group", "--list", "nothing", status=1).err
    # A service that is named and cannot be asked is never a "no hit" of what is built in.
    remote.run("screen", "NSO Group", env={"PROVISO_URL": "http://127.0.0.1:1"}, status=4)
    for words in (("--as-of", "2026-01-01"), ("--near",)):
        assert "--home" in remote.run("screen", "NSO Group", *words, status=2).err
    (remote.folder / "names.csv").write_text("name\nNSO Group\n")
    assert "--home" in remote.run("screen", "--batch", "names.csv", status=2).err


def test_a_service_names_its_lists(remote):
    (remote.keeper.folder / "own.csv").write_text("name,country\nVilla Volta,FR\n")
    remote.keeper.run("lists", "add", "own", "own.csv", "--policy", "note")
    wanted = {"us-entity-list-2021-11", "own"}
    # The service takes a list up within a second, without a pause.
    wait_until(lambda: {one["name"] for one in remote.run("lists", "show", "--json").json} == wanted)
    assert "1 entries" in remote.run("lists", "show", "own").out
    assert "lists.no-such-list" in remote.run("lists", "show", "nothing", status=3).err
    assert "HIT" in remote.run("screen", "Villa Volta", status=1).out


def test_a_doctor_sees_from_afar_what_others_see(remote):
    pub = ("--authority", "keys/licensing.example.org.pub")
    well = remote.run("doctor", "--json").json
    assert well["ok"] and all(check["ok"] for check in well["checks"])
    said = remote.run("doctor", *pub).out
    for words in ("is the service of licensing.example.org", "its key is the one given", "takes records in", "s apart",
                  "0 commits failed", "lists are in use", "entries are those of the signed checkpoint"):
        assert words in said
    other = remote.run("doctor", "--authority", "keys/ada.pub", status=1).out
    assert "WRONG  its key is not the one given" in other and "signed checkpoint" not in other
    checkpoint = remote.keeper.folder / "authority/log/checkpoint"
    good = checkpoint.read_bytes()
    checkpoint.write_bytes(good.replace(b"licensing", b"licencing"))
    assert "WRONG  the log does not verify" in remote.run("doctor", status=1).out
    checkpoint.write_bytes(good)
    tile = next(p for p in (remote.keeper.folder / "authority/log/tile/entries").rglob("*") if p.is_file())
    whole = tile.read_bytes()
    tile.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert remote.run("doctor").out and "WRONG  the log does not verify" in remote.run("doctor", *pub, status=1).out
    tile.write_bytes(whole)
    assert "is no service" in remote.run("doctor", "--url", remote.service.url + "/log", status=1).out


def test_a_list_that_nobody_looks_at_is_seen_from_afar(remote):
    (remote.keeper.folder / "own.csv").write_text("name,country\nVilla Volta,FR\n")
    remote.keeper.run("lists", "add", "own", "own.csv", "--max-age", "2d")
    settings = remote.keeper.folder / "authority/lists/own/list.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"checked": "2026-01-01T00:00:00Z"}))
    wait_until(lambda: "list own is out of date" in remote.run("doctor", status=None).out)

