"""A list changes, a party is on it: applications are held, licences suspended, officers decide."""
import json

import pytest
import yaml

from conftest import instant

NOBODY = "id,name,type\n" + "".join(f"{i},Nobody No {i},person\n" for i in range(1, 31))


def listed(*rows):
    return NOBODY + "".join(f"{100 + i},{row}\n" for i, row in enumerate(rows))


@pytest.fixture
def licensed(place):
    """A licence in force, and a list that nobody of it is on."""
    place.authority().definitions().declaration().application()
    place.licence()
    place.system()
    place.renew("system")
    place.write = lambda text: (place.folder / "list.csv").write_text(text)
    place.write(NOBODY)
    return place


def hits(place):
    return place.run("status", "--json").json["hits"]


def clear(place, outcome="not-the-same", status=0, hit=1, **more):
    screening = hits(place)[0]["screening"]
    return place.sign("clear", {"screening": screening, "hit": hit, "outcome": outcome,
                                "reasons": "Another register number.", **more}, "ben", status=status)


def agree(place):
    """The log, replayed and audited, says the same."""
    assert place.run("replay").status == 0 and place.run("audit").status == 0


def test_a_listing_is_on_the_log_and_the_parties_are_screened(licensed):
    told = licensed.run("lists", "add", "own", "list.csv", "--policy", "suspend", "--json").out.splitlines()
    assert json.loads(told[1])["log"]["listings"] == 1 and not hits(licensed)
    licensed.write(listed("HARBOUR OPTICS LIMITED,company"))
    told = licensed.run("lists", "update").out
    assert "1 listings, 1 of 1 applications screened anew" in told and "1 hits wait for an officer" in told
    hit, = hits(licensed)
    assert hit["party"] == "exporter" and hit["entry"] == "HARBOUR OPTICS LIMITED" and hit["open"]
    screening = licensed.run("show", hit["screening"], "--json").json
    body = screening.get("body", screening)
    assert "own" in json.dumps(body) and "parties" in json.dumps(body) and "threshold" in json.dumps(body)
    agree(licensed)
    told = licensed.run("lists", "update").out
    assert "0 listings, 0 of 1 applications screened anew" in told


@pytest.mark.parametrize("name", ["HARBOR OPTIC Limited", "Optics Harbour LLC", "Harbour Optics", "Харбор Оптикс ООО"])
def test_a_party_is_found_however_it_is_spelled(licensed, name):
    licensed.write(listed(f"{name},company"))
    licensed.run("lists", "add", "own", "list.csv")
    hit, = hits(licensed)
    assert hit["name"] == "Harbour Optics Ltd" and hit["entry"] == name and 500 <= hit["score"] <= 1000


def test_a_name_that_can_not_be_looked_up_holds(place):
    place.authority()
    place.keygen("dots")
    place.sign("key", {"role": "exporter", "holder": "...", "country": "IL", "public-key": "@keys/dots.pub"},
               "ada", name="key-dots")
    place.sign("apply", {"exporter": {"name": "...", "country": "IL"},
                         "end-user": {"name": "Ruritanian Police", "country": "XR"}, "item": place.ITEM,
                         "quantity": 1, "scope": place.SCOPE, "purpose-of-use": "Kidnappings."}, "dots",
               name="application")
    decision = {"application": place.ids["application"], "outcome": "approve", "reasons": "Fine."}
    assert "decision.application-held" in place.sign("decide", decision, "ada", status=1).text


def test_hits_that_did_not_fit_are_named_when_the_others_are_decided(licensed):
    """Namesakes beyond what a screening holds: an officer comes to the end of them."""
    rows = "".join(f"{'x' * 450}{i},Harbour Optics Ltd,company,{'because ' * 40}{i},{'spyware ' * 40}\n" for i in range(44))
    licensed.write("id,name,type,reason,programme\n" + rows)
    licensed.run("lists", "add", "own", "list.csv")
    application = licensed.sign("apply", {
        "exporter": {"name": "Harbour Optics Ltd", "country": "IL"},
        "end-user": {"name": "Ruritanian Police", "country": "XR"}, "item": licensed.ITEM, "quantity": 1,
        "scope": licensed.SCOPE, "purpose-of-use": "Kidnappings."}, "harbour").id
    decision = {"application": application, "outcome": "approve", "reasons": "Another house."}
    pages, seen = [], set()
    while licensed.run("status", application, "--json").json["stage"] == "held":
        named = [h for h in hits(licensed) if h["open"]]
        screening = named[0]["screening"]
        body = licensed.run("show", screening, "--json").json["says"]
        assert "decision.application-held" in licensed.sign("decide", decision, "ada", status=1).text
        assert len(body["hits"]) <= 64 and not seen & {h["id"] for h in body["hits"][:len(named)]}
        for number in range(1, len(named) + 1):
            licensed.sign("clear", {"screening": screening, "hit": number, "outcome": "not-the-same",
                                    "reasons": "Another register number."}, "ben")
        seen |= {h["id"] for h in body["hits"][:len(named)]}
        pages.append(len(named))
    assert len(seen) == 44 and len(pages) > 1, pages
    licensed.sign("decide", decision, "ada")
    agree(licensed)
    licensed.run("lists", "update")  # what is named may be another part of what was cleared
    assert "0 of" in licensed.run("lists", "update").out


def test_a_hit_suspends_until_an_officer_clears_it(licensed):
    licensed.run("lists", "add", "own", "list.csv", "--policy", "suspend")
    licensed.renew("system")
    licensed.write(listed("Harbour Optics,company"))
    licensed.run("lists", "update")
    assert "renewal.hit" in licensed.renew("system", status=1).text
    assert "no officer has decided it yet" in licensed.run("explain", licensed.ids["system"]).out
    clear(licensed)
    licensed.renew("system")
    assert not [h for h in hits(licensed) if h["open"]]
    agree(licensed)


def test_a_true_match_stays_suspended(licensed):
    licensed.run("lists", "add", "own", "list.csv", "--policy", "suspend")
    licensed.write(listed("Ruritanian Police,organisation"))
    licensed.run("lists", "update")
    clear(licensed, "true-match")
    assert "true match" in licensed.renew("system", status=1).text
    assert hits(licensed)[0]["stage"] == "true match"
    agree(licensed)


def test_a_clearance_is_remembered_until_the_entry_changes(licensed):
    licensed.run("lists", "add", "own", "list.csv", "--policy", "suspend")
    licensed.write(listed("Harbour Optics,company"))
    licensed.run("lists", "update")
    clear(licensed)
    licensed.write(listed("Harbour Optics,company", "Somebody Else,person"))
    licensed.run("lists", "update")
    licensed.renew("system")
    licensed.write(listed("Harbour Optics,organisation", "Somebody Else,person")
                   .replace("id,name,type\n", "id,name,type,reason\n").replace("\n", ",\n")
                   .replace("id,name,type,reason,\n", "id,name,type,reason\n")
                   .replace("Harbour Optics,organisation,", "Harbour Optics,organisation,Spyware"))
    licensed.run("lists", "update")
    assert "renewal.hit" in licensed.renew("system", status=1).text
    agree(licensed)


def test_a_party_that_left_the_list_is_free(licensed):
    licensed.run("lists", "add", "own", "list.csv", "--policy", "suspend")
    licensed.write(listed("Harbour Optics,company"))
    licensed.run("lists", "update")
    licensed.renew("system", status=1)
    licensed.write(NOBODY)
    licensed.run("lists", "update")
    licensed.renew("system")
    assert hits(licensed)[0]["stage"] == "not on the list any more"
    agree(licensed)


def test_what_a_list_says_can_not_keep_an_application_out(licensed):
    """Control characters, endless notes, ids of any length: told as a record may tell them."""
    rows = "".join(f'"{"x" * 700}{i}","Harbour Optics\u202e",company,"{"because " * 2000}\x01"\n' for i in range(90))
    licensed.write("id,name,type,reason\n" + rows)
    licensed.run("lists", "add", "own", "list.csv")
    licensed.application(quantity=1)
    shown = licensed.run("status", licensed.ids["application"], "--json").json
    assert shown["stage"] == "held" and 10 < len(shown["hits"]) <= 64
    agree(licensed)


def test_the_signatory_is_screened_too(licensed):
    licensed.write(listed("R. Hentzau,person"))
    licensed.run("lists", "add", "own", "list.csv", "--policy", "suspend")
    hit, = hits(licensed)
    assert hit["party"] == "signatory" and hit["target"] == "end-user/Ruritanian Police"
    licensed.renew("system", status=1)
    clear(licensed)
    licensed.declaration(**{"signatory": {"name": "Nobody No 3", "office": "Director"}})
    assert {h["name"]: h["open"] for h in hits(licensed)}["Nobody No 3"]
    agree(licensed)


def test_consignees_brokers_and_owners_are_screened_too(licensed):
    """When they apply, and when a list changes."""
    licensed.write(listed("Black Michael Trading,company"))
    licensed.run("lists", "add", "own", "list.csv")
    assert not hits(licensed)
    licensed.application(quantity=1, parties=[
        {"role": "broker", "name": "Black Michael Trading Ltd", "country": "XR"},
        {"role": "owner", "name": "Antoinette de Mauban"}])
    hit, = hits(licensed)
    assert hit["party"] == "broker" and hit["target"] == "end-user/Ruritanian Police" and hit["open"]
    assert licensed.run("status", licensed.ids["application"], "--json").json["stage"] == "held"
    licensed.write(listed("Black Michael Trading,company", "Antoinette de Mauban,person"))
    licensed.run("lists", "update")
    assert {h["party"] for h in hits(licensed) if h["open"]} == {"broker", "owner"}
    agree(licensed)


def test_a_list_that_holds_holds_applications_only(licensed):
    licensed.write(listed("Harbour Optics,company"))
    licensed.run("lists", "add", "own", "list.csv")
    licensed.renew("system")
    licensed.application(quantity=1)
    decision = {"application": licensed.ids["application"], "outcome": "approve", "reasons": "Fine."}
    assert "decision.application-held" in licensed.sign("decide", decision, "ada", status=1).text
    clear(licensed)
    licensed.sign("decide", decision, "ada")
    agree(licensed)


def test_a_clearance_runs_out(licensed):
    licensed.write(listed("Harbour Optics,company"))
    licensed.run("lists", "add", "own", "list.csv", "--policy", "suspend")
    clear(licensed, until=instant(days=30))
    licensed.renew("system")
    assert "cleared" in hits(licensed)[0]["stage"]
    assert "until" in licensed.run("explain", licensed.ids["system"]).out
    assert "clearance.until" in clear(licensed, until=instant(days=-1), status=1).text


def test_only_officers_clear(licensed):
    licensed.write(listed("Harbour Optics,company"))
    licensed.run("lists", "add", "own", "list.csv")
    form = {"screening": hits(licensed)[0]["screening"], "hit": 1, "outcome": "not-the-same", "reasons": "No."}
    assert "record.wrong-role" in licensed.sign("clear", form, "harbour", status=1).text
    assert "clearance.no-such-hit" in licensed.sign("clear", form | {"hit": 2}, "ada", status=1).text
    assert yaml.safe_load(licensed.run("template", "clearance").out)["outcome"]


def test_against_a_stale_list_nothing_is_screened_and_nothing_approved(licensed):
    licensed.run("lists", "add", "own", "list.csv", "--max-age", "1h")
    settings = licensed.folder / "authority/lists/own/list.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"checked": "2026-01-01T00:00:00Z"}))
    licensed.application(quantity=1)
    shown = licensed.run("status", licensed.ids["application"]).out
    assert "not screened" in shown
    decision = {"application": licensed.ids["application"], "outcome": "approve", "reasons": "Fine."}
    assert "decision.not-screened" in licensed.sign("decide", decision, "ada", status=1).text
    assert "proviso lists update own" in licensed.run("doctor", status=None).out
    licensed.run("lists", "update")
    licensed.sign("decide", decision, "ada")
    agree(licensed)


def test_what_a_list_says_misleads_nobody_who_reads_the_log(licensed):
    """Control characters and directions of writing in a list do not come to the log; what is long is cut."""
    notes = {"reason": "ordered\u202e by nobody\u2066 \u009b and 港 and 𝓟 " + "long " * 200, "remark": "\u202e"}
    rows = [["id", "name", "type", *notes], *([str(i), f"Nobody No {i}", "person", "", ""] for i in range(1, 31)),
            ["7\u202e7", "Harbour\u202e Optics \u2067Limited", "company", *notes.values()]]
    licensed.write("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n")
    licensed.run("lists", "add", "own", "list.csv")
    hit, = hits(licensed)
    shown = json.dumps(licensed.run("show", hit["screening"], "--json").json, ensure_ascii=False)
    assert not [c for c in shown if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u2067"], shown
    assert "港" in shown and "𝓟" in shown and "…" in shown and "remark: ?" in shown
    assert "Harbour Optics Limited" in shown.replace("  ", " ")
    agree(licensed)


def test_more_hits_than_a_record_holds_are_told_of(licensed):
    licensed.write(listed(*("Harbour Optics Ltd,company" for _ in range(80))))
    licensed.run("lists", "add", "own", "list.csv")
    named = hits(licensed)
    screening = licensed.run("show", named[0]["screening"], "--json").json
    assert len(named) == 64 and screening["says"]["more"] > 0
    unnamed = screening["says"]["more"]
    assert f"found at least {unnamed} more than it names" in licensed.run("status").out
    assert [a["unnamed-hits"] for a in licensed.run("status", "--json").json["applications"]] == [unnamed]
    asked = licensed.run("screen", "Harbour Optics Ltd", status=1)  # it tells 64 and that there are more
    assert asked.out.count("HIT") == 64 and "these are not all" in asked.out
    agree(licensed)
    # Said again it is the same, though not all of it is named.
    assert "0 of 1 applications screened anew" in licensed.run("lists", "update").out
