"""The commands that sign a record: kept and refused, as text and as JSON, here and by file; show and submit."""
import json
import shutil

import pytest

from conftest import instant

KINDS = {"define": "definitions", "declare": "declaration", "apply": "application", "decide": "decision",
         "licence": "licence", "surrender": "surrender", "enrol": "enrolment", "report": "report",
         "find": "finding", "measure": "measure", "approve": "approval", "lift": "lift", "key": "key"}


def forms(world):
    """One form a command that the world takes: word -> (form, who may sign, who may not)."""
    ids = world.ids
    device = world.run("system", "init", "--system", "third", "--authority", "keys/licensing.example.org.pub",
                       "--name", "LENS-0009", "--json").json
    return {
        "define": ({"number": 2, "effective": instant(days=1), "supersedes": 1, "grace-days": 30,
                    "purposes": [{"label": "terrorism", "title": "Terrorist acts", "text": "To prevent them."}],
                    "scope": "require=warrant"}, "ada", "harbour"),
        "declare": ({"end-user": {"name": "Ruritanian Police", "country": "XR"}, "definitions": "1",
                     "scope": "purpose=terrorism; territory=XR; require=warrant", "undertakings": ["Only so."],
                     "signatory": {"name": "R. Hentzau", "office": "Director"},
                     "valid-until": instant(days=700)}, "ruritania", "harbour"),
        "apply": ({"exporter": {"name": "Harbour Optics Ltd", "country": "IL"},
                   "end-user": {"name": "Ruritanian Police", "country": "XR"}, "item": world.ITEM,
                   "quantity": 1, "scope": world.SCOPE, "purpose-of-use": "Kidnappings."}, "harbour", "ada"),
        "decide": ({"application": ids["second"], "outcome": "refuse", "reasons": "No need is shown."},
                   "ada", "ruritania"),
        "licence": ({"application": ids["approved"], "exporter": {"name": "Harbour Optics Ltd", "country": "IL"},
                     "end-user": {"name": "Ruritanian Police", "country": "XR"},
                     "declaration": ids["declaration"], "item": world.ITEM, "quantity": 1,
                     "scope": world.SCOPE, "lease-seconds": 60, "valid-until": instant(days=10)}, "ben", "harbour"),
        "surrender": ({"licence": ids["licence"], "reason": "Sold."}, "harbour", "ada"),
        "enrol": ({"licences": [ids["licence"]], "serial": "LENS-0009", "device-key": device["device-key"],
                   "item-version": "1.0"}, "harbour", "ruritania"),
        "report": ({"subject": "Somebody", "system": "unknown", "allegation": "Something.",
                    "reporter": "A person"}, "ombudsman", None),
        "find": ({"report": ids["report-2"], "outcome": "dismissed", "reasons": "Nothing was found."},
                 "chen", "ombudsman"),
        "measure": ({"target": ids["system"], "action": "restrict", "scope": "capability=capture.headers",
                     "finding": ids["finding"], "reason": "Until they answer."}, "ada", "harbour"),
        "approve": ({"proposal": ids["disconnect"]}, "chen", "harbour"),
        "lift": ({"measure": ids["suspend"], "reason": "They have answered."}, "ben", "ombudsman"),
        "key": ({"role": "auditor", "holder": "Court", "country": "XR", "public-key": "@keys/court.pub"},
                "ada", "harbour"),
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A world in which every kind of record has something to say."""
    from conftest import Place
    place = Place(tmp_path_factory.mktemp("prepared"))
    place.authority().definitions().declaration().application()
    place.licence()
    place.system()
    place.renew("system")
    place.keygen("court")
    place.upheld()
    first = {k: place.ids[k] for k in ("application", "report")}
    for name in ("second", "approved"):
        place.application(quantity=1, **{"purpose-of-use": f"The {name} one."})
        place.ids[name] = place.ids["application"]
    place.sign("decide", {"application": place.ids["approved"], "outcome": "approve", "reasons": "As before."},
               "ada", name="decision-2")
    place.sign("report", {"subject": "Nobody", "system": "unknown", "allegation": "Another thing.",
                          "reporter": "A person"}, "ombudsman", name="report-2")
    place.measure("disconnect", "end-user/Ruritanian Police", approve=None, finding=place.ids["finding"])
    place.measure("suspend", place.ids["system"], approve=None, basis="Section 9", until=instant(hours=70))
    place.ids |= first
    place.forms = forms(place)
    return place


@pytest.fixture
def copy(prepared, tmp_path):
    """The prepared world, for one test to change."""
    folder = tmp_path / "copy"
    shutil.copytree(prepared.folder, folder)
    place = type(prepared)(folder)
    place.ids, place.forms = dict(prepared.ids), prepared.forms
    return place


@pytest.mark.parametrize("word", KINDS)
def test_a_record_that_keeps_the_rules_is_on_the_log_and_shown(copy, word):
    form, key, _ = copy.forms[word]
    size = copy.run("log", "checkpoint", "--json").json["size"]
    answer = copy.sign(word, form, key)
    record, place = answer.out.split()
    assert len(record) == 64 and int(place) == size
    shown = copy.run("show", record[:16])
    assert shown.out.startswith(f"{KINDS[word]} {record}\n") and f"signed by    {key}" in shown.out
    machine = copy.run("show", record, "--json").json
    assert machine["kind"] == KINDS[word] and machine["seq"] == size and machine["signed-by"] == key
    confidential = {w["field"] for w in machine.get("withheld", [])}
    for field, value in form.items():
        if field in confidential:
            assert len(machine["says"][field]["withheld"]) == 64, field
        elif isinstance(value, (int, str)) and field not in ("scope", "licences", "target", "public-key", "definitions"):
            assert machine["says"].get(field, "unknown") == value, field
    copy.run("log", "verify")
    copy.run("audit")


@pytest.mark.parametrize("word", [w for w in KINDS if w != "report"])
def test_a_record_by_the_wrong_hand_is_refused_and_changes_nothing(copy, word):
    form, _, key = copy.forms[word]
    before = copy.run("log", "checkpoint").out
    answer = copy.sign(word, form, key, status=1)
    assert answer.out == "" and answer.err.startswith(("proviso: record.wrong-role: ", "proviso: surrender.",
                                                       "proviso: key.not-entitled"))
    machine = json.loads(copy.sign(word, form, key, "--json", status=1).err)
    assert machine["error"]["kind"] == "refused"
    assert copy.run("log", "checkpoint").out == before


@pytest.mark.parametrize("word", KINDS)
def test_a_record_signed_elsewhere_is_submitted_once(copy, word):
    form, key, _ = copy.forms[word]
    before = copy.run("log", "checkpoint").out
    made = copy.sign(word, form, key, "-o", f"{word}.cose", "--json").json
    assert copy.run("log", "checkpoint").out == before
    submitted = copy.run("submit", f"{word}.cose")
    assert submitted.out.split()[0] == made["id"]
    again = copy.run("submit", f"{word}.cose", "--json").json
    assert again == [{"id": made["id"], "seq": int(submitted.out.split()[1]), "was-there": True}]
    assert ("disclosures" in made) == (word == "report" or (copy.folder / f"{word}.cose.disclosures").exists())


@pytest.mark.parametrize("word", KINDS)
def test_bad_forms_name_line_and_field(copy, word):
    form, key, _ = copy.forms[word]
    before = copy.run("log", "checkpoint").out
    unknown = copy.sign(word, form | {"colour": "red"}, key, status=3)
    assert f"{word}.yaml: line {len(yaml_lines(form))}" in unknown.err and "colour" in unknown.err
    # Of a key and a measure all fields but some are optional; the first of each kind is not.
    first = next(iter(form))
    missing = copy.sign(word, {k: v for k, v in form.items() if k != first}, key, status=3)
    assert first in missing.err
    copy.sign(word, "- not\n- a map\n", key, status=3)
    copy.sign(word, "a: &x 1\nb: *x\n", key, status=3)
    copy.sign(word, "", key, status=3)
    assert copy.run("log", "checkpoint").out == before


def yaml_lines(form):
    import yaml
    return yaml.safe_dump(form | {"colour": "red"}, sort_keys=False).splitlines()


@pytest.mark.parametrize("word", KINDS)
def test_missing_files_and_keys_are_told(copy, word):
    form, key, _ = copy.forms[word]
    assert "nowhere.yaml" in copy.run(word, "nowhere.yaml", "--key", f"keys/{key}.key", status=4).err
    assert "--key is needed" in copy.run(word, "x.yaml", status=2).err
    copy.sign(word, form, key)
    (copy.folder / "bad.key").write_text("nonsense\n")
    assert "bad.key" in copy.run(word, f"{word}.yaml", "--key", "bad.key", status=3).err


# --- References -----------------------------------------------------------------------------------

def test_prefixes_name_a_record_as_with_git(world):
    licence = world.ids["licence"]
    for digits in (4, 5, 8, 63, 64):
        shown = world.run("show", licence[:digits], "--json", status=None)
        if shown.status == 0:
            assert shown.json["id"] == licence
        else:
            assert digits < 8 and "store.ambiguous-id" in shown.err
    assert "store.id" in world.run("show", licence[:3], status=3).err
    assert "store.id" in world.run("show", licence + "0", status=3).err
    assert "store.id" in world.run("show", "licence", status=3).err
    absent = next(f"{n:08x}" for n in range(1 << 16) if not any(i.startswith(f"{n:08x}") for i in world.ids.values()))
    assert "store.no-such-id" in world.run("show", absent, status=1).err
    assert world.run("show", licence[:12].upper(), "--json").json["id"] == licence


def test_an_ambiguous_prefix_is_refused_and_the_candidates_are_named(place):
    """Sixteen bits are shared soon: reports until two have them in common."""
    place.authority()
    seen = {}
    for n in range(3000):
        (place.folder / "report.yaml").write_text(
            f"subject: Somebody\nsystem: unknown\nallegation: Number {n}.\nreporter: A person\n")
        made = place.run("report", "report.yaml", "--key", "keys/ombudsman.key", "-o", f"r{n}.cose",
                         "--authority", "keys/licensing.example.org.pub", env={"PROVISO_HOME": ""}).id
        if made[:4] in seen:
            break
        seen[made[:4]] = n
    place.run("submit", f"r{n}.cose", f"r{seen[made[:4]]}.cose")
    for command in (["show"], ["status"], ["explain"]):
        answer = place.run(*command, made[:4], status=1)
        assert "store.ambiguous-id" in answer.err and answer.err.count(made[:4]) >= 3
    answer = place.run("log", "prove", made[:4], "-o", "proof", status=1)
    assert "store.ambiguous-id" in answer.err and not (place.folder / "proof").exists()
    form = {"report": made[:4], "outcome": "dismissed", "reasons": "Which?"}
    assert "store.ambiguous-id" in place.sign("find", form, "ada", status=1).err
    place.sign("find", form | {"report": made[:12]}, "ada")


def test_references_take_prefixes_and_an_unknown_one_is_refused(copy):
    copy.sign("approve", {"proposal": copy.ids["disconnect"][:8]}, "chen")
    refused = copy.sign("approve", {"proposal": "00000000"}, "chen", status=1, name="absent")
    assert "store.no-such-id" in refused.err
    refused = copy.sign("approve", {"proposal": copy.ids["licence"]}, "chen", status=1, name="absent")
    assert "approval.proposal-unknown" in refused.err


# --- Submit -----------------------------------------------------------------------------------------

def test_submitted_together_all_are_taken_or_none(copy):
    report, key, _ = copy.forms["report"]
    copy.sign("report", report, key, "-o", "good.cose")
    form, _, wrong = copy.forms["decide"]
    copy.sign("decide", form, wrong, "-o", "bad.cose")
    before = copy.run("log", "checkpoint").out
    answer = copy.run("submit", "good.cose", "bad.cose", status=1)
    assert "bad.cose" in answer.err and "record.wrong-role" in answer.err and answer.out == ""
    assert copy.run("log", "checkpoint").out == before
    assert copy.run("submit", "good.cose", "--json").json[0]["was-there"] is False


def test_what_is_no_record_is_bad_input_with_its_file(copy):
    for name, data in (("empty", b""), ("text", b"licence\n"), ("cbor", b"\xa0"), ("huge", b"\0" * 70000)):
        (copy.folder / name).write_bytes(data)
        assert name in copy.run("submit", name, status=3).err


def test_a_record_made_to_one_authority_is_none_to_another(copy):
    copy.keygen("other.example.net")
    form, key, _ = copy.forms["report"]
    copy.sign("report", form, key, "-o", "r.cose", "--authority", "keys/other.example.net.pub")
    assert "record.other-authority" in copy.run("submit", "r.cose", status=1).err


def test_confidential_values_travel_beside_the_record(copy):
    form, key, _ = copy.forms["report"]
    made = copy.sign("report", form, key, "-o", "r.cose", "--json").json
    beside = copy.folder / "r.cose.disclosures"
    assert beside.stat().st_mode & 0o777 == 0o600 and made["disclosures"] == "r.cose.disclosures"
    assert b"Somebody" in beside.read_bytes() and b"Somebody" not in (copy.folder / "r.cose").read_bytes()
    damaged = beside.read_bytes().replace(b"Somebody", b"Somebodx")
    good = beside.read_bytes()
    beside.write_bytes(damaged)
    assert copy.run("submit", "r.cose", status=None).status in (1, 3)
    beside.write_bytes(good)
    copy.run("submit", "r.cose")
    assert copy.run("disclose", made["id"], "--key", "keys/ada.key", "--json").json["values"]["subject"] == "Somebody"


# --- Keys ---------------------------------------------------------------------------------------------

def test_keys_are_rotated_by_their_holder_and_revoked_with_a_reason(copy):
    copy.keygen("harbour-2")
    rotated = copy.sign("key", {"role": "exporter", "holder": "Harbour Optics Ltd", "country": "IL",
                                "public-key": "@keys/harbour-2.pub", "replaces": copy.ids["key-harbour"]},
                        "harbour", name="rotated").id
    form, _, _ = copy.forms["apply"]
    assert "record.key-ended" in copy.sign("apply", form, "harbour", status=1).err
    copy.sign("apply", form, "harbour-2")
    bare = {"role": "exporter", "holder": "Harbour Optics Ltd", "country": "IL", "replaces": rotated}
    assert "key.needs-reason" in copy.sign("key", bare, "ada", status=1, name="revoked").err
    copy.sign("key", bare | {"reason": "The laptop was lost."}, "ada", name="revoked")
    assert "record.key-ended" in copy.sign("apply", form | {"quantity": 3}, "harbour-2", status=1).err
