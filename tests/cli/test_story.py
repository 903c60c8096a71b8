"""From declaration to disconnection and back: the steps of the story, each by the real commands."""
import time

import pytest

from conftest import CAPTURE, SAMPLE, WARRANT, instant

CONTENT, HEADERS = "capture.content", "capture.headers"
SUBJECT = "tel:+99955501"
ASKED = f"capability={CONTENT} purpose=serious-crime.kidnapping territory=XR subject={SUBJECT} with=warrant"


def refused(world, code, *use, system="system"):
    answer = world.use(system, *use, status=1)
    assert answer.out.startswith(f"refused: {code}: "), answer.text


# --- Who is asking ----------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["NSO Group Ltd.", "Candiru", "Positive Technologies",
                                  "Computer Security Initiative Consultancy PTE. LTD."])
def test_the_four_companies_are_found_with_the_reason_of_the_notice(place, name):
    hit = place.run("screen", name, status=1)
    assert "86 FR 60759" in hit.out and "listed because" in hit.out
    found = place.run("screen", name, "--json", status=1).json
    assert found["query"]["name"] == name and len(found["hits"]) == 1


def test_an_application_of_a_company_like_one_listed_is_held_with_the_match(place):
    place.authority().definitions().declaration()
    place.keygen("nso")
    place.sign("key", {"role": "exporter", "holder": "NSO Group Ltd.", "country": "IL",
                       "public-key": "@keys/nso.pub"}, "ada", name="key-nso")
    form = {"exporter": {"name": "NSO Group Ltd.", "country": "IL"},
            "end-user": {"name": "Ruritanian Police", "country": "XR"}, "item": place.ITEM,
            "quantity": 2, "scope": place.SCOPE, "purpose-of-use": "Kidnappings."}
    place.sign("apply", form, "nso", name="held")
    status = place.run("status", place.ids["held"])
    assert "held" in status.out and "HIT" in status.out and "86 FR 60759" in status.out
    one = place.run("status", place.ids["held"], "--json").json
    assert one["stage"] == "held" and one["hits"][0]["party"] == "exporter"
    decision = {"application": place.ids["held"], "outcome": "approve", "reasons": "An attempt."}
    answer = place.sign("decide", decision, "ada", status=1)
    assert "decision.application-held" in answer.err
    place.sign("decide", decision | {"outcome": "refuse"}, "ada")
    assert place.run("status", place.ids["held"], "--json").json["stage"] == "refused"


def test_a_clean_application_goes_on(place):
    place.authority().definitions().declaration().application()
    assert place.run("screen", "Harbour Optics Ltd", "Ruritanian Police").out.count("no hit") == 2
    assert place.run("status", place.ids["application"], "--json").json == {
        "id": place.ids["application"], "stage": "open", "exporter": "Harbour Optics Ltd",
        "end-user": "Ruritanian Police", "hits": []}
    place.licence()
    assert place.run("status", place.ids["application"], "--json").json["stage"] == "approved"


# --- Uses ---------------------------------------------------------------------------------------

def test_uses_within_the_scope_work_and_all_others_are_refused_and_recorded(world):
    assert world.use("system").out == "allowed\n"
    kidnapping, xr = ["--purpose", "serious-crime.kidnapping"], ["--territory", "XR"]
    refused(world, "use.subject", HEADERS, "tel:+12025550101")
    refused(world, "use.subject", HEADERS, "TEL:+1 (202) 555-0101")
    refused(world, "use.subject", HEADERS, "mailto:X@Mail.STATE.gov")
    refused(world, "use.obligation", HEADERS, SUBJECT, *kidnapping, *xr)
    refused(world, "use.purpose", HEADERS, SUBJECT, "--purpose", "serious-crime.defamation", *xr, *WARRANT)
    refused(world, "use.territory", HEADERS, SUBJECT, *kidnapping, "--territory", "UG", *WARRANT)
    refused(world, "use.capability", "device.microphone")
    uses = world.run("system", "status", "--system", "system", "--uses", "--json").json["uses"]
    assert [u["code"] for u in uses] == ["allowed", "use.subject", "use.subject", "use.subject",
                                         "use.obligation", "use.purpose", "use.territory", "use.capability"]
    assert [u["warrant"] for u in uses] == [True, True, True, True, False, True, True, True]
    assert uses[1]["subject-tag"] == uses[2]["subject-tag"] != uses[3]["subject-tag"]
    log = b"".join(f.read_bytes() for f in (world.folder / "system/use-log").iterdir())
    assert b"2025550101" not in log and b"state.gov" not in log and b"2026/118" not in log


def test_a_use_outside_the_window_is_refused_in_a_dry_run_that_records_nothing(place):
    place.authority().definitions().declaration().application()
    place.licence(scope=f"{place.SCOPE}; from={instant(hours=-1)}")
    place.system()
    place.renew("system")
    world = place
    before = world.run("system", "status", "--system", "system", "--json").json
    for at, code in ((instant(days=800), "use.too-late"), (instant(days=-800), "use.not-yet")):
        answer = world.use("system", HEADERS, SUBJECT, "--purpose", "serious-crime.kidnapping",
                           "--territory", "XR", *WARRANT, "--dry-run", "--at", at, "--json", status=1)
        assert answer.json["code"] == code and answer.json["recorded"] is False
    dry = world.use("system", HEADERS, SUBJECT, "--purpose", "serious-crime.kidnapping",
                    "--territory", "XR", *WARRANT, "--dry-run")
    assert "not recorded" in dry.out
    assert world.run("system", "status", "--system", "system", "--json").json["use-log-size"] == \
        before["use-log-size"]


def test_the_capture_asks_the_gate_for_headers_and_for_content_apart(world):
    world.run("sample.pcap", command=SAMPLE)
    look = ["--system", "system", "--read", "sample.pcap", "--purpose", "serious-crime.kidnapping",
            "--territory", "XR", "--subject", "ip:192.0.2.10", *WARRANT]
    headers = world.run(*look, "--capability", HEADERS, command=CAPTURE).out
    content = world.run(*look, "--capability", CONTENT, command=CAPTURE).out
    assert "192.0.2.10" in headers and len(content) > len(headers)
    world.upheld().measure("restrict", world.ids["system"], scope=f"capability={HEADERS}",
                           finding=world.ids["finding"])
    world.renew("system")
    assert world.run(*look, "--capability", HEADERS, command=CAPTURE).out == headers
    answer = world.run(*look, "--capability", CONTENT, command=CAPTURE, status=1)
    assert "use.capability" in answer.err and answer.out == ""


# --- Measures -------------------------------------------------------------------------------------

def test_a_restriction_binds_with_the_second_officer_and_not_before(world):
    world.upheld().measure("restrict", world.ids["system"], approve=None, scope=f"capability={HEADERS}",
                           finding=world.ids["finding"])
    world.renew("system")
    world.use("system", CONTENT)
    again = world.sign("approve", {"proposal": world.ids["restrict"]}, "ada", status=1)
    assert "approval.same-officer" in again.err
    world.sign("approve", {"proposal": world.ids["restrict"]}, "ben")
    world.renew("system")
    refused(world, "use.capability", CONTENT)
    world.use("system", HEADERS)
    why = world.run("explain", world.ids["system"], ASKED, status=1)
    assert "refused by 1 of" in why.out and "restrict" in why.out
    assert world.run("status", world.ids["system"], "--json").json["condition"] == "restricted"


def lift(world, name):
    world.sign("lift", {"measure": world.ids[name], "reason": "They have answered."}, "ben", name=f"lift-{name}")
    refused_alone = world.sign("approve", {"proposal": world.ids[f"lift-{name}"]}, "ben", status=1)
    assert "approval.same-officer" in refused_alone.err
    world.sign("approve", {"proposal": world.ids[f"lift-{name}"]}, "chen", name=f"approve-lift-{name}")


@pytest.mark.parametrize("target", ["system", "licence", "end-user", "exporter", "item", "country"])
def test_a_disconnection_of_any_target_stops_the_system_and_a_lift_starts_it(world, target):
    text = {"system": world.ids["system"], "licence": world.ids["licence"][:8],
            "end-user": "end-user/Ruritanian Police", "exporter": "exporter/Harbour Optics Ltd",
            "item": "item/lens", "country": "country/XR"}[target]
    world.upheld().measure("disconnect", text, finding=world.ids["finding"])
    answer = world.renew("system", status=1)
    assert "gate.lease-refused" in answer.err and "renewal.measure" in answer.err
    refused(world, "gate.lease-refused", HEADERS)
    assert "stopped by a measure" in world.run("status").out
    lift(world, "disconnect")
    world.renew("system")
    world.use("system", CONTENT)


def test_a_system_out_of_reach_works_until_its_lease_runs_out_and_no_longer(place):
    place.authority().definitions().declaration().application()
    place.licence(**{"lease-seconds": 3})
    place.system()
    place.renew("system")
    began = time.monotonic()
    place.upheld().measure("disconnect", place.ids["system"], finding=place.ids["finding"])
    time.sleep(max(0, began + 3.1 - time.monotonic()))
    refused(place, "gate.lease-expired", HEADERS)


def test_one_officer_alone_suspends_for_72_hours_at_most(world):
    suspension = {"target": world.ids["system"], "action": "suspend", "reason": "Urgent.",
                  "basis": "Defence Export Control Law, section 9"}
    world.sign("measure", suspension | {"until": instant(hours=71)}, "ada", name="suspend")
    assert "renewal.measure" in world.renew("system", status=1).err
    refused(world, "gate.lease-refused", HEADERS)
    again = world.sign("measure", suspension | {"until": instant(hours=71)}, "chen", status=1)
    assert "measure.emergency-again" in again.err
    assert "suspend" in world.run("status").out


def test_of_a_longer_suspension_one_officer_alone_has_72_hours(world):
    world.sign("measure", {"target": world.ids["system"], "action": "suspend", "reason": "Urgent.",
                           "basis": "Defence Export Control Law, section 9", "until": instant(hours=80)},
               "ada", name="suspend")

    def asked(hours):
        return world.run("explain", world.ids["system"], f"{ASKED} at={instant(hours=hours)}", status=None).status

    assert (asked(71), asked(73), asked(81)) == (1, 0, 0)
    assert "one officer, for 72 hours" in world.renew("system", status=1).err
    world.sign("approve", {"proposal": world.ids["suspend"]}, "chen")
    assert (asked(71), asked(73), asked(81)) == (1, 1, 0)


def test_a_suspension_ends_by_itself(world):
    world.sign("measure", {"target": world.ids["system"], "action": "suspend", "reason": "Urgent.",
                           "basis": "Defence Export Control Law, section 9", "until": instant(seconds=5)},
               "ada", name="suspend")
    ends = time.time() + 7  # the gate counts from a whole second, on the late side
    world.renew("system")  # the lease outlives the suspension, and begins with its end
    refused(world, "use.not-yet", HEADERS)
    time.sleep(max(0, ends - time.time()))
    world.use("system")


def test_a_revocation_is_final(world):
    world.upheld().measure("revoke", f"licence/{world.ids['licence']}", finding=world.ids["finding"])
    world.renew("system", status=1)
    answer = world.sign("lift", {"measure": world.ids["revoke"], "reason": "They asked."}, "ben", status=1)
    assert "lift.revoke-is-final" in answer.err


def test_a_surrendered_licence_yields_no_lease(world):
    world.sign("surrender", {"licence": world.ids["licence"], "reason": "Sold."}, "harbour")
    assert "renewal.surrendered" in world.renew("system", status=1).err
    assert world.run("status", world.ids["licence"], "--json").json["stage"] == "surrendered"


# --- Definitions ----------------------------------------------------------------------------------

def test_sharper_definitions_bind_after_their_grace_until_the_state_signs_again(place):
    place.authority().definitions(effective=instant(days=-31)).declaration().application()
    place.licence()
    place.system()
    grace_ends = time.time() + 5
    place.definitions(2, effective=instant(days=-30, seconds=5), supersedes=1, **{"grace-days": 30})
    place.renew("system")
    place.use("system")
    lease = place.run("system", "status", "--system", "system", "--json").json
    assert "until=" in lease["scope"]
    assert "definitions no. 2" in place.run("explain", place.ids["system"]).out
    time.sleep(max(0, grace_ends + 1.1 - time.time()))
    refused(place, "use.too-late", HEADERS)
    assert "renewal.superseded" in place.renew("system", status=1).err
    old = place.sign("declare", (place.folder / "declaration.yaml").read_text(), "ruritania", status=1, name="again")
    assert "declaration.definitions-superseded" in old.err
    place.declaration(2)
    place.renew("system")
    place.use("system")


def test_a_declared_offence_below_the_bar_is_never_in_scope(place):
    place.authority().definitions().declaration().application()
    place.sign("decide", {"application": place.ids["application"], "outcome": "approve",
                          "reasons": "The end user has signed."}, "ada", name="decision")
    wide = place.SCOPE.replace("kidnapping", "defamation")
    answer = place.licence(status=1, scope=wide)
    assert "licence.widens" in answer.err and "defamation" in answer.err


# --- Air gap, clones, two countries ---------------------------------------------------------------

def test_renewal_by_two_files(world):
    world.run("system", "renew", "--system", "system", "--request", "request.cose")
    granted = world.run("lease", "grant", "--request", "request.cose", "-o", "reply.cbor")
    assert granted.out.startswith("lease reply.cbor\n")
    proof = world.run("log", "verify", "reply.cbor", "--authority", "keys/licensing.example.org.pub", "--json").json
    assert proof["kind"] == "lease" and proof["verified"]
    world.run("system", "renew", "--system", "system", "--reply", "reply.cbor")
    status = world.run("system", "status", "--system", "system", "--json").json
    assert status["leases"][0]["sequence"] == 2 and status["leases"][0]["state"] == "allowed"
    used = world.run("lease", "grant", "--request", "request.cose", "-o", "again.cbor", "--json", status=1)
    assert "renewal.counter-reused" in used.json["refusal"]
    late = world.run("system", "renew", "--system", "system", "--reply", "reply.cbor", status=1)
    assert "gate.reply-not-pending" in late.err
    world.use("system")


def test_a_refusal_travels_by_file_too(world):
    world.upheld().measure("disconnect", world.ids["system"], finding=world.ids["finding"])
    world.run("system", "renew", "--system", "system", "--request", "request.cose")
    answer = world.run("lease", "grant", "--request", "request.cose", "-o", "reply.cbor", "--json", status=1)
    assert answer.json["granted"] is False and "renewal.measure" in answer.json["refusal"]
    assert world.run("show", answer.json["id"], "--json").json["kind"] == "refusal"
    told = world.run("system", "renew", "--system", "system", "--reply", "reply.cbor", status=1)
    assert "gate.lease-refused" in told.err
    refused(world, "gate.lease-refused", HEADERS)


def test_a_request_that_was_refused_is_not_granted_when_it_comes_again(world):
    """Kept by whoever carries it until the measure is lifted, and handed in once more."""
    world.upheld().measure("disconnect", world.ids["system"], finding=world.ids["finding"])
    world.run("system", "renew", "--system", "system", "--request", "old.cose")
    world.run("lease", "grant", "--request", "old.cose", "-o", "refusal.cbor", status=1)
    lift(world, "disconnect")
    again = world.run("lease", "grant", "--request", "old.cose", "-o", "again.cbor", "--json", status=1).json
    assert "renewal.counter-reused" in again["refusal"]
    world.renew("system")
    world.use("system")
    assert world.run("status", world.ids["system"], "--json").json["sequence"] == 2


def test_a_clone_is_found_when_the_second_of_the_two_renews(world):
    import shutil
    shutil.copytree(world.folder / "system", world.folder / "clone")
    world.use("system")
    world.renew("system")
    world.use("clone", CONTENT)
    answer = world.renew("clone", status=1)
    assert "renewal.counter-reused" in answer.err or "renewal.use-log-forked" in answer.err
    kinds = [world.run("status", world.ids["system"], "--json").json["sequence"]]
    assert kinds == [2]


def test_a_use_log_that_lost_its_uses_gets_no_lease(world):
    import shutil
    world.use("system")
    world.renew("system")
    shutil.copytree(world.folder / "system/use-log", world.folder / "kept")
    world.use("system", CONTENT)
    world.renew("system")
    world.use("system")
    shutil.rmtree(world.folder / "system/use-log")
    shutil.move(world.folder / "kept", world.folder / "system/use-log")
    for answer in (world.run("use", "--system", "system", "--capability", HEADERS, "--subject", SUBJECT,
                             "--purpose", "serious-crime.kidnapping", "--territory", "XR", *WARRANT, status=None),
                   world.run("system", "renew", "--system", "system", status=None)):
        assert answer.status != 0 and ("gate.use-log-damaged" in answer.text or "use-log-shrank" in answer.text)


def test_a_second_countrys_licence_is_one_more_operand(world):
    """A re-export licence: another authority, its own key, log, licence; the meet of both holds."""
    home = {"env": {"PROVISO_HOME": "second"}}
    world.keygen("export.example.net", "dora")
    world.run("init", "--name", "export.example.net", "--key", "keys/export.example.net.key",
              "--officer", "keys/dora.pub", **home)

    def sign(word, name, key):
        form = (world.folder / f"{name}.yaml").read_text()
        for old, new in ids:
            form = form.replace(old, new)
        (world.folder / "second.yaml").write_text(form)
        new = world.run(word, "second.yaml", "--key", f"keys/{key}.key", **home).id
        if name in world.ids:
            ids.append((world.ids[name], new))
        return new

    ids = []
    sign("key", "key-harbour", "dora")
    sign("key", "key-ruritania", "dora")
    sign("define", "definitions-1", "dora")
    sign("declare", "declaration", "ruritania")
    sign("apply", "application", "harbour")
    sign("decide", "decision", "dora")
    narrower = (world.folder / "licence.yaml").read_text().replace("capture.headers,capture.content; ", "capture.headers; ")
    (world.folder / "licence.yaml").write_text(narrower)
    licence = sign("licence", "licence", "dora")

    form = world.run("system", "init", "--system", "both", "--authority", "keys/licensing.example.org.pub",
                     "--authority", "keys/export.example.net.pub", "--name", "LENS-0002",
                     "--auditor", "keys/ombudsman.pub").out
    form = form.replace("licences: []", f"licences: ['{world.ids['licence']}', '{licence}']")
    (world.folder / "both.yaml").write_text(form.replace('item-version: ""', "item-version: '1.0'"))
    world.run("enrol", "both.yaml", "--key", "keys/harbour.key")
    world.run("enrol", "both.yaml", "--key", "keys/harbour.key", **home)

    world.renew("both", status=None)
    refused(world, "gate.no-lease", HEADERS, system="both")
    world.run("system", "renew", "--system", "both", **home)
    status = world.run("system", "status", "--system", "both", "--json").json
    assert [lease["sequence"] for lease in status["leases"]] == [1, 1]
    world.use("both", HEADERS)
    refused(world, "use.capability", CONTENT, system="both")
    # By files, the system says which authority the request is for.
    world.run("system", "renew", "--system", "both", "--origin", "export.example.net", "--request", "r.cose")
    other = world.run("lease", "grant", "--request", "r.cose", "-o", "r.cbor", status=1)
    assert "record.other-authority" in other.err
    world.run("lease", "grant", "--request", "r.cose", "-o", "r.cbor", **home)
    world.run("system", "renew", "--system", "both", "--origin", "export.example.net", "--reply", "r.cbor")
    # A disconnection by either ends all of it.
    world.run("surrender", "-o", "s.cose", "--key", "keys/harbour.key", form_file(world, licence), **home)
    world.run("submit", "s.cose", **home)
    world.run("system", "renew", "--system", "both", status=1, **home)
    refused(world, "gate.lease-refused", HEADERS, system="both")
    for which in ({}, home):
        world.run("audit", **which)
        world.run("replay", **which)


def form_file(world, licence):
    (world.folder / "surrender.yaml").write_text(f"licence: '{licence}'\nreason: Sold.\n")
    return "surrender.yaml"


# --- Anyone can check -----------------------------------------------------------------------------

def test_explain_tells_what_narrowed_what_in_words(world):
    told = world.run("explain", world.ids["system"]).out
    for part in ("definitions no. 1", "declaration", "licence", "= in force", "what narrowed what", "never:"):
        assert part in told, part
    assert max(len(line) for line in told.splitlines()) < 240
    machine = world.run("explain", world.ids["system"], "--json").json
    assert machine["in-force"] and len(machine["operands"]) >= 3
    allowed = world.run("explain", world.ids["system"], ASKED)
    assert allowed.out.startswith("allowed")
    after = world.run("explain", world.ids["system"], f"{ASKED} at={instant(days=800)}", "--json", status=1).json
    assert after["allowed"] is False and any(o["refuses"] for o in after["operands"])


def test_status_is_a_table_by_country_and_end_user(world):
    lines = world.run("status").out.splitlines()
    heading = next(line for line in lines if line.startswith("country"))
    row = next(line for line in lines if line.startswith("XR"))
    for column in ("end user", "system", "serial", "condition", "lease"):
        assert row[heading.index(column) - 2:heading.index(column)] == "  "
    assert "in force" in row and "left" in row
    machine = world.run("status", "--json").json
    assert machine["systems"][0]["serial"] == "LENS-0001" and machine["threshold"] == 2
    for what in ("system", "licence"):
        assert world.run("status", world.ids[what][:8]).out.startswith(what)
    assert "status is of a system" in world.run("status", world.ids["declaration"], status=2).err


def test_was_this_number_targeted(world):
    world.use("system")
    world.use("system", HEADERS, "tel:+12025550101", status=1)
    ask = ["audit", "uses", "--system", "system", "--key", "keys/ombudsman.key", "--subject"]
    assert "1 uses allowed and 0 refused, of 2" in world.run(*ask, "tel:+999 555 01").out
    assert world.run(*ask, "tel:+12025550101", "--json").json["refused"] == 1
    world.run(*ask, "tel:+99955599", status=1)
    ask[ask.index("keys/ombudsman.key")] = "keys/ada.key"
    assert world.run(*ask, SUBJECT, status=None).status in (1, 3)


def test_the_public_log_does_not_say_who_was_targeted_and_evidence_is_counted(world):
    world.upheld()
    shown = world.run("show", world.ids["report"]).out
    assert "indicators: 1" in shown and "withheld     subject: confidential" in shown
    read = world.run("disclose", world.ids["report"], "--key", "keys/ada.key", "--json").json["values"]
    assert read == {"subject": "A journalist", "reporter": "The ombudsman"}
    tree = b"".join(f.read_bytes() for f in (world.folder / "authority/log").rglob("*") if f.is_file())
    assert b"A journalist was targeted" in tree and b"The ombudsman" not in tree
    for kept in (world.folder / "authority/disclosures").iterdir():
        assert kept.stat().st_mode & 0o777 == 0o600
        kept.unlink()
    withheld = world.run("show", world.ids["report"], "--json").json["says"]["subject"]
    assert len(withheld["withheld"]) == 64
    world.run("log", "verify")


def test_the_whole_is_confirmed(world):
    world.use("system")
    world.renew("system")
    assert "verified" in world.run("log", "verify").out
    assert "each lease was within what was in force" in world.run("audit").out
    assert "the same state" in world.run("replay").out
    assert "WRONG" not in world.run("doctor").out
    audit, replay = world.run("audit", "--json").json, world.run("replay", "--json").json
    assert audit["ok"] and audit["leases"] == 2 and replay["same"] and audit["state"] == replay["state"]
