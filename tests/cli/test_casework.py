"""The office's casework by the commands: advice, the queue, and papers on a case."""
import pytest

OFFICE = """\
teams:
  - {name: licensing, people: [ada]}
rules:
  - {name: Content, capabilities: [capture.content], team: licensing, bodies: [defence]}
"""


@pytest.fixture
def office(place):
    place.authority().definitions().declaration().application()
    place.keygen("defence")
    place.sign("key", {"role": "adviser", "holder": "defence", "public-key": "@keys/defence.pub"},
               "licensing.example.org", name="key-defence")
    (place.folder / "authority/casework.yaml").write_text(OFFICE)
    return place


def test_the_queue_says_what_waits_for_whom_and_why(office):
    out = office.run("work").out
    assert "defence must be heard and has not advised" in out and "team licensing" in out
    items = office.run("work", "--body", "defence", "--json").json
    assert [(i["reason"], i["who"]) for i in items] == [("advice-missing", "defence")]
    assert office.run("work", "--person", "ben").out == "nothing waits\n"
    assert [i["reason"] for i in office.run("work", "--person", "ada", "--json").json] == ["undecided"]


def test_advice_is_signed_by_the_body_and_told_with_the_application(office):
    application = office.ids["application"]
    form = {"application": application, "body": "defence", "verdict": "approve-with-provisos",
            "reasons": "A friendly state.", "scope": "capability=capture.headers",
            "parts": [{"about": "item", "verdict": "approve"}]}
    assert "record.wrong-role" in office.sign("advise", form, "ada", status=1).text
    office.sign("advise", form, "defence")
    assert "advice.already-given" in office.sign("advise", form | {"reasons": "Again."}, "defence", status=1).text
    shown = office.run("show", office.ids["advise"]).out
    assert "withheld     reasons: confidential" in shown and "friendly" not in shown
    status = office.run("status", application).out
    assert "item         approve" in status and "together     approve-with-provisos" in status
    assert "scope        capability=capture.headers; purpose=" in status
    office.sign("decide", {"application": application, "outcome": "approve-with-provisos", "reasons": "As advised.",
                           "provisos": ["Headers alone."], "advice": [office.ids["advise"]]}, "ada")
    assert "advice.already-decided" in office.sign(
        "advise", form | {"replaces": office.ids["advise"]}, "defence", status=1).text
    office.run("audit")
    office.run("replay")
    # The reasons are released to those who decide, and to the body itself.
    for key, may in (("ada", True), ("defence", True), ("ombudsman", True), ("harbour", False)):
        office.run("disclose", office.ids["advise"], "--to", f"keys/{key}.pub", "-o", f"{key}.reasons",
                   status=0 if may else 1)
    assert "A friendly state." in office.run("show", office.ids["advise"], "--disclosures", "ada.reasons").out


def test_papers_are_written_by_whom_the_key_says(office):
    case = ["case", office.ids["application"][:8]]
    assert "held by      the office (licensing)" in office.run(*case).out
    assert "who writes it?" in office.run(*case, "comment", "Hm.", status=2).err
    ada, harbour = ["--key", "keys/ada.key"], ["--key", "keys/harbour.key"]
    office.run(*case, "comment", "Nobody has named a broker.", *ada)
    question = office.run(*case, "ask", "Who is the broker?", *ada).out.split()[0]
    assert "paper.not-entitled" in office.run(*case, "comment", "Psst.", *harbour, status=1).err
    (office.folder / "contract.pdf").write_bytes(b"%PDF")
    file = office.run(*case, "attach", "contract.pdf", "--question", question, *harbour).out.split()[0]
    shown = office.run(*case, *harbour).out
    assert "Who is the broker?" in shown and "Nobody has named" not in shown and "it stands still" in shown
    assert "case.not-entitled" in office.run(*case, "--key", "keys/ruritania.key", status=1).err
    office.run(*case, "reply", question, "There is none.", *harbour)
    office.run(*case, "assign", "--person", "ben", *ada)
    office.run(*case, "flag", "priority", *ada)
    shown = office.run(*case).out
    assert "given to     ben" in shown and "flag         priority" in shown and "not heard    defence" in shown
    assert "shared with the exporter" in shown and "due 20" in shown
    office.run(*case, "fetch", file, "-o", "back.pdf")
    assert (office.folder / "back.pdf").read_bytes() == b"%PDF"
    assert [p["kind"] for p in office.run(*case, "--json").json["papers"]] == [
        "comment", "question", "attachment", "reply", "assignment", "flag"]
    assert (office.folder / "authority/casework.db").stat().st_mode & 0o777 == 0o600
    office.run(*case, "dance", status=2)
    office.run("case", "ffffffff", status=1)


def test_a_home_that_only_looks_is_not_written_to(office):
    office.run("work")
    office.run("case", office.ids["application"])
    assert not (office.folder / "authority/casework.db").exists()


def test_the_doctor_reads_the_settings(office):
    assert "casework.yaml is read" in office.run("doctor").out
    (office.folder / "authority/casework.yaml").write_text("days: {application: soon}\n")
    assert "expected a number" in office.run("doctor", status=1).out
    assert "expected a number" in office.run("work", status=4).err
