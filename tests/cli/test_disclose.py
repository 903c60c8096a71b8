"""Confidential values: withheld, released by role with a trace on the log, and erased for good."""
import hashlib
import json
import shutil

import cbor2
import pytest

READERS = {"ada": True, "ombudsman": True, "licensing.example.org": True, "harbour": False, "ruritania": False}


@pytest.fixture
def reported(world):
    world.upheld()
    return world


def disclosures(world):
    return sorted((world.folder / "authority/disclosures").iterdir())


def given(world, name):
    """What a reader was given: [name of the form, the entry with its proof, the record, values]."""
    return cbor2.loads((world.folder / name).read_bytes())


def test_show_says_what_is_withheld_and_disclose_releases_it_by_role(reported):
    report = reported.ids["report"]
    shown = reported.run("show", report, "--json").json
    assert [w["field"] for w in shown["withheld"]] == ["subject", "reporter"]
    assert {w["why"] for w in shown["withheld"]} == {"confidential"}
    for key, may in READERS.items():
        answer = reported.run("disclose", report, "--key", f"keys/{key}.key", status=0 if may else 1)
        assert ("subject: A journalist\n" in answer.out) == may, key
        assert may or "disclosure.not-entitled" in answer.err
    assert reported.run("audit").status == 0 and reported.run("replay", "--json").json["same"]


def test_what_was_erased_does_not_come_back_with_the_record(reported):
    """Whoever has the record and its values still may hand both in once more."""
    (reported.folder / "again.yaml").write_text(
        "subject: A journalist\nsystem: unknown\nallegation: Once more.\nreporter: A lawyer\n")
    reported.run("report", "again.yaml", "--key", "keys/ombudsman.key", "-o", "again.cose")
    there = disclosures(reported)
    report = reported.run("submit", "again.cose", "--json").json[0]["id"]
    assert len(disclosures(reported)) == len(there) + 2
    reported.run("erase", report, "--field", "subject", "--confirm", "--reason", "She asked for it.")
    assert reported.run("submit", "again.cose", "--json").json[0]["was-there"]
    assert len(disclosures(reported)) == len(there) + 1
    withheld = reported.run("show", report, "--json").json["withheld"]
    assert {w["field"]: w["why"] for w in withheld} == {"subject": "erased", "reporter": "confidential"}
    assert reported.run("disclose", report, "--key", "keys/ada.key", "--json").json["values"] == {"reporter": "A lawyer"}


def entries(world):
    """The log's entries, newest last, as the published bundles have them."""
    bundle = sorted((world.folder / "authority/log/tile/entries").glob("000.p/*"), key=lambda p: int(p.name))[-1].read_bytes()
    found = []
    while bundle:
        size = int.from_bytes(bundle[:2], "big")
        found.append(cbor2.loads(bundle[2:2 + size]))
        bundle = bundle[2 + size:]
    return found


def test_each_release_is_on_the_log_before_it_is_made(reported):
    report = reported.ids["report"]
    reported.run("disclose", report, "--key", "keys/ada.key", "--field", "reporter")
    released = [e for e in entries(reported) if not isinstance(e, cbor2.CBORTag) and "disclosure" in e[0]]
    assert len(released) == 1
    said = released[0][2]
    assert said[1].hex() == report and said[2] == "released" and said[3] == ["reporter"] and len(said[4]) == 32
    assert "The ombudsman" not in json.dumps(said, default=str)
    # Where the log cannot be written nothing is shown.
    log = reported.folder / "authority/store.db"
    answer = reported.run("disclose", report, "--key", "keys/ada.key", status=None, env={"PROVISO_HOME": "nowhere"})
    assert answer.status != 0 and "A journalist" not in answer.text and log.exists()


def test_values_go_to_a_reader_as_a_file_and_fit_their_own_record_alone(reported):
    report = reported.ids["report"]
    reported.run("disclose", report, "--to", "keys/ombudsman.pub", "-o", "values")
    assert (reported.folder / "values").stat().st_mode & 0o777 == 0o600
    assert reported.run("show", report, "--disclosures", "values", "--json").json["says"]["subject"] == "A journalist"
    assert reported.run("disclose", report, "--to", "keys/ruritania.pub", "-o", "x", status=1).out == ""
    assert not (reported.folder / "x").exists()
    reported.run("disclose", report, "--to", "keys/ada.pub", status=2)
    # Another record of the same kind, another field, another value.
    other = reported.sign("report", {"subject": "A student", "allegation": "Again.", "reporter": "A lawyer"},
                          "ombudsman", name="other").id
    refused = reported.run("show", other, "--disclosures", "values", status=3)
    assert "record.disclosure" in refused.err and "A journalist" not in refused.text
    parts = [cbor2.loads(d) for d in given(reported, "values")[3]]
    for change in (lambda p: [p[0], p[1], "reporter", p[3]], lambda p: [p[0], p[1], p[2], "Somebody else"],
                   lambda p: [p[0], "finding", p[2], p[3]], lambda p: [bytes(16), *p[1:]],
                   lambda p: [p[0], p[1], "evidence", p[3]], lambda p: [p[0][:8], *p[1:]]):
        forged = cbor2.dumps([cbor2.dumps(change(parts[0]))])
        (reported.folder / "forged").write_bytes(forged)
        refused = reported.run("show", report, "--disclosures", "forged", status=3)
        assert "record.disclosure" in refused.err


def test_who_is_given_values_sees_that_the_log_says_so_and_when_it_does_not(reported):
    report = reported.ids["report"]
    size = len(entries(reported))
    told = reported.run("disclose", report, "--to", "keys/ombudsman.pub", "--field", "subject", "-o", "values", "--json").json
    assert told["release"] == size
    alone = {"PROVISO_HOME": ""}
    authority = ("--authority", "keys/licensing.example.org.pub")
    shown = reported.run("show", "values", *authority, "--json", env=alone).json
    assert shown["says"]["subject"] == "A journalist" and shown["id"] == report and shown["release"]["entry"] == size
    assert entries(reported)[size][2][4].hex() == shown["release"]["to"]
    text = reported.run("show", "values", *authority, env=alone).out
    assert f"entry {size} of the log" in text and "A journalist" in text
    beside = reported.run("show", report, "--disclosures", "values", "--json").json
    assert beside["release"] == shown["release"] and [w["field"] for w in beside["withheld"]] == ["reporter"]
    # Values by themselves, as they would come past the log: they fit, and nothing shows that anybody knows.
    form, reply, record, values = given(reported, "values")
    (reported.folder / "bare").write_bytes(cbor2.dumps(values))
    assert "UNRECORDED" in reported.run("show", report, "--disclosures", "bare").out
    assert reported.run("show", report, "--disclosures", "bare", "--json").json["release"] is None
    # The release of one thing does not stand for another.
    reported.run("disclose", report, "--to", "keys/ombudsman.pub", "-o", "both")
    reported.sign("report", {"subject": "A student", "allegation": "Again.", "reporter": "A lawyer"}, "ombudsman", name="other")
    reported.run("disclose", reported.ids["other"], "--to", "keys/ada.pub", "-o", "others")
    reported.run("erase", report, "--field", "reporter", "--confirm", "--reason", "Asked for.")
    reported.run("log", "prove", hashlib.sha256(cbor2.dumps(entries(reported)[-1], canonical=True)).hexdigest(),
                 "-o", "erasure")
    shutil.copytree(reported.folder / "authority", reported.folder / "branch")
    reported.run("disclose", report, "--to", "keys/ada.pub", "-o", "secret", "--home", "branch")
    all_values, other = given(reported, "both")[3], given(reported, "others")
    erasure = (reported.folder / "erasure").read_bytes()
    for rule, parts in (("release.field", [form, reply, record, all_values]),
                        ("release.other-record", [form, reply, other[2], other[3]]),
                        ("record.disclosure", [form, reply, record, other[3]]),
                        ("release.not-a-release", [form, erasure, record, values]),
                        ("release.not-on-the-log", [form, reply[:-9] + bytes([reply[-9] ^ 1]) + reply[-8:], record, values]),
                        ("release.file", [form, b"", record, values])):
        (reported.folder / "forged").write_bytes(cbor2.dumps(parts))
        refused = reported.run("show", "forged", *authority, env=alone, status=None)
        assert refused.status in (1, 3) and rule in refused.err and "A journalist" not in refused.text, (rule, refused.text)
    assert "release.not-on-the-log" in reported.run("show", "values", "--authority", "keys/ada.pub", env=alone, status=1).err
    # On a branch that only the keeper has, the authority's key is not enough: a policy asks who else saw it.
    reported.run("show", "secret", *authority, env=alone)
    (reported.folder / "policy").write_text(f"log {(reported.folder / 'keys/ada.pub').read_text().strip()}\nquorum none\n")
    refused = reported.run("show", "secret", *authority, "--policy", "policy", env=alone, status=1)
    assert "A journalist" not in refused.text


def test_what_is_kept_is_encrypted_and_its_salts_are_all_different(reported):
    for n in range(20):
        reported.sign("report", {"subject": "XR", "allegation": f"No. {n}", "reporter": "XR"}, "ombudsman",
                      name=f"report-{n}")
        reported.run("disclose", reported.ids[f"report-{n}"], "--key", "keys/ada.key", "-o", f"values-{n}")
    kept = b"".join(f.read_bytes() for f in disclosures(reported))
    assert b"A journalist" not in kept and b"subject" not in kept and len(disclosures(reported)) == 42
    assert (reported.folder / "authority/disclosures.key").stat().st_mode & 0o777 == 0o600
    # Forty values that are the same, and no two salts or digests: so none tells of another.
    opened = [cbor2.loads(d) for n in range(20)
              for d in given(reported, f"values-{n}")[3]]
    assert all(value == "XR" and len(salt) == 16 for salt, _, _, value in opened)
    assert len({salt for salt, *_ in opened}) == 40 and len({f.name for f in disclosures(reported)}) == 42
    # A link lets the key live elsewhere.
    key = reported.folder / "authority/disclosures.key"
    key.rename(reported.folder / "elsewhere")
    answer = reported.run("disclose", reported.ids["report"], "--key", "keys/ada.key", status=None)
    assert answer.status == 4 and "A journalist" not in answer.text
    key.symlink_to(reported.folder / "elsewhere")
    assert "A journalist" in reported.run("disclose", reported.ids["report"], "--key", "keys/ada.key").out


def test_an_erasure_is_for_good_and_the_log_verifies_as_before(reported):
    report = reported.ids["report"]
    before = reported.run("log", "verify", "--json").json["entries"]
    dry = reported.run("erase", report)
    assert dry.out.count("would erase") == 2 and "nothing is erased yet" in dry.out and len(disclosures(reported)) == 2
    assert reported.run("log", "verify", "--json").json["entries"] == before
    reported.run("erase", report, "--confirm", status=2)
    reported.run("erase", report, "--field", "subject", "--confirm", "--reason", "She asked for it.")
    assert len(disclosures(reported)) == 1
    shown = reported.run("show", report, "--json").json
    assert {w["field"]: w["why"] for w in shown["withheld"]} == {"subject": "erased", "reporter": "confidential"}
    assert "withheld     subject: erased for good" in reported.run("show", report).out
    read = reported.run("disclose", report, "--key", "keys/ada.key", "--json").json["values"]
    assert read == {"reporter": "The ombudsman"}
    again = reported.run("disclose", report, "--key", "keys/ada.key", "--field", "subject", status=1)
    assert "disclosure." in again.err
    assert "disclosure.no-field" in reported.run("erase", report, "--field", "allegation", status=1).err
    reported.run("erase", report, "--confirm", "--reason", "The rest.")
    assert disclosures(reported) == []
    assert "disclosure.no-field" in reported.run("erase", report, "--confirm", "--reason", "Twice", status=1).err
    assert reported.run("log", "verify", "--json").json["verified"]
    assert reported.run("audit").status == 0 and reported.run("replay", "--json").json["same"]
    tree = b"".join(f.read_bytes() for f in (reported.folder / "authority").rglob("*") if f.is_file())
    assert b"The ombudsman" not in tree


def test_a_damaged_key_or_value_is_named_and_shows_nothing(reported):
    report, key = reported.ids["report"], reported.folder / "authority/disclosures.key"
    good = key.read_text()

    def refused(rule):
        answer = reported.run("disclose", report, "--key", "keys/ada.key", status=3)
        assert rule in answer.err and "A journalist" not in answer.text, answer.text
    for text in ("", good + "more\n", good[:-5] + "\n", good[:-9] + "!!!!" + good[-5:], good[:-1], good[1:]):
        key.write_text(text)
        refused("disclosures.key")
    key.write_text(good)
    for file in disclosures(reported):
        whole = file.read_bytes()
        for damaged in (b"", whole[:20], b"x" + whole[1:], whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1])):
            file.write_bytes(damaged)
            refused("disclosures.damaged")
        file.write_bytes(whole)
    # One value in another's place: each is sealed with the digest that it stands under.
    one, other = disclosures(reported)
    one.write_bytes(other.read_bytes())
    refused("disclosures.damaged")
