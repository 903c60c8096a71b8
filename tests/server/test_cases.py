"""Cases, papers, the work queue and advice, through the service, by each role."""
import hashlib
import http.client
import json
import re
import shutil
from urllib.parse import quote

import pytest

from test_access import kid_of, signature

OFFICE = """\
country: IL
calendars:
  - {country: IL, weekend: [friday, saturday], utc-offset: "+02:00"}
days: {application: 20}
teams:
  - {name: licensing, people: [ada, ben]}
  - {name: reports, people: [chen]}
rules:
  - {name: Content, kinds: [application], capabilities: [capture.content], team: licensing, flags: [content],
     bodies: [defence, justice], checklists: [human-rights]}
  - {name: Reports, kinds: [report], team: reports}
"""


class Office:
    """Requests to the service, signed by one key or another."""

    def __init__(self, place, service):
        self.place, self.service = place, service

    def ask(self, key, path, body=None, method=None, query="", kind="application/json"):
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        method = method or ("GET" if data is None else "POST")
        if data:
            query += ("&" if query else "") + "digest=" + hashlib.sha256(data).hexdigest()
        headers = signature(self.place, key, kid_of(self.place, key), path, query="?" + query, method=method)
        return self.service.ask(path + ("?" + query if query else ""), data, headers | {"Content-Type": kind},
                                method=method)

    def paper(self, key, kind, value, status=201, subject=None):
        answer = self.ask(key, f"/v1/cases/{subject or self.place.ids['application']}/papers/{kind}", value)
        assert answer.status == status, answer.body
        return answer.json

    def papers(self, key, query="", subject=None):
        answer = self.ask(key, f"/v1/cases/{subject or self.place.ids['application']}/papers", query=query)
        return answer.json["items"] if answer.status == 200 else answer.status

    def work(self, key, query=""):
        answer = self.ask(key, "/v1/work", query=query)
        assert answer.status == 200, answer.body
        return answer.json["items"]


@pytest.fixture
def office(place, serve):
    """An application that waits for two bodies."""
    place.authority().definitions().declaration().application()
    place.keygen("defence", "justice", "rival")
    for body in ("defence", "justice"):
        place.sign("key", {"role": "adviser", "holder": body, "public-key": f"@keys/{body}.pub"},
                   "licensing.example.org", name=f"key-{body}")
    place.sign("key", {"role": "exporter", "holder": "Rival Ltd", "country": "IL", "public-key": "@keys/rival.pub"},
               "ada", name="key-rival")
    (place.folder / "authority/casework.yaml").write_text(OFFICE)
    return Office(place, serve(place, "--rate-key", 0))


def too_large(service, path, size):
    """Says how much it would send, and waits for the answer."""
    connection = http.client.HTTPConnection(service.host, service.port, timeout=20)
    connection.putrequest("POST", path)
    connection.putheader("Content-Type", "text/plain")
    connection.putheader("Content-Length", str(size))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def reasons(items):
    return sorted(i["reason"] + (":" + i["who"] if "who" in i else "") for i in items)


def test_a_case_goes_from_question_to_decision(office):
    place, application = office.place, office.place.ids["application"]
    case = office.ask("ada", f"/v1/cases/{application[:8]}").json
    assert case["title"] == "Harbour Optics Ltd to Ruritanian Police: lens 1.0" and case["team"] == "licensing"
    assert case["route"]["because"] == ["Content: capability capture.content"]
    assert case["advice-missing"] == ["defence", "justice"] and case["clock"]["days"] == 20
    assert reasons(office.work("ada")) == ["advice-missing:defence", "advice-missing:justice", "checklist", "undecided"]

    question = office.paper("ada", "question", {"text": "Who is the broker?"})
    office.paper("ben", "comment", {"text": "Nobody has named one."})
    case = office.ask("harbour", f"/v1/cases/{application}").json
    assert case["held-by"] == "Harbour Optics Ltd" and case["clock"]["stopped"] and "team" not in case
    assert [p["says"]["text"] for p in office.papers("harbour")] == ["Who is the broker?"]
    assert reasons(office.work("harbour")) == ["question:Harbour Optics Ltd"]
    assert office.ask("rival", f"/v1/cases/{application}").json["rule"] == "case.not-entitled"
    assert office.work("rival") == [] and office.papers("rival") == 403

    office.paper("harbour", "reply", {"question": question["id"], "text": "There is none.\nWe sell directly."})
    assert "answered" in reasons(office.work("ada")) and not office.ask("ada", f"/v1/cases/{application}").json["clock"]["stopped"]
    assert [p["kind"] for p in office.papers("ada")] == ["question", "comment", "reply"]
    assert [p["kind"] for p in office.papers("ada", "kind=reply")] == ["reply"]

    # The bodies are heard: each by a record on the log, whose reasons are confidential.
    assert reasons(office.work("defence")) == ["advice-missing:defence"]
    assert [p["kind"] for p in office.papers("defence")] == ["question", "reply"]
    place.sign("advise", {"application": application, "body": "defence", "verdict": "approve-with-provisos",
                          "reasons": "A friendly state.", "scope": "capability=capture.headers"}, "defence", name="a1")
    place.sign("advise", {"application": application, "body": "justice", "verdict": "refuse",
                          "reasons": "The courts are not free."}, "justice", name="a2")
    told = office.service.ask(f"/v1/applications/{application}/advice").json
    assert told["draft"]["outcome"] is None
    assert told["conflicts"] == ["application: refused by justice, approved by defence"]
    assert "advice-conflicting" in reasons(office.work("ada"))
    assert "courts" not in office.service.ask(f"/v1/records/{place.ids['a2']}").body.decode()
    place.sign("advise", {"application": application, "body": "justice", "verdict": "approve-with-provisos",
                          "reasons": "With warrants they may do.", "provisos": ["A yearly account."],
                          "replaces": place.ids["a2"]}, "justice", name="a3")
    told = office.service.ask(f"/v1/applications/{application}/advice").json
    assert told["conflicts"] == [] and told["draft"]["outcome"] == "approve-with-provisos"
    assert told["draft"]["scope"].startswith("capability=capture.headers; purpose=")
    assert told["draft"]["provisos"] == ["A yearly account. (justice)"]
    shown = place.run("status", application).out
    assert "approve-with-provisos" in shown and "proviso      A yearly account. (justice)" in shown

    # The checklist is answered with sources, and an officer decides, naming what he heard.
    form = next(c for c in office.ask("ada", "/v1/checklists").json["checklists"] if c["name"] == "human-rights")
    answers = [{"question": q, "answer": "See the source.", "sources": ["https://reports.example/xr"]}
               for q in form["questions"]]
    office.paper("ada", "checklist", {"name": "human-rights", "answers": answers})
    assert reasons(office.work("ada")) == ["undecided"]
    assert office.work("ada")[0]["words"] == "all that was asked for is there: it can be decided"
    place.sign("decide", {"application": application, "outcome": "approve-with-provisos", "reasons": "As advised.",
                          "provisos": told["draft"]["provisos"], "advice": [place.ids["a1"], place.ids["a3"]]}, "ada")
    assert office.work("ada") == []
    assert office.ask("ada", f"/v1/cases/{application}").json["held-by"] == "nobody: it is decided"
    assert office.service.stop() == 0


def test_who_reads_and_writes_what_is_the_same_over_the_network(office):
    application = office.place.ids["application"]
    question = office.paper("ada", "question", {"text": "Why?"})["id"]
    values = {"comment": {"text": "a"}, "question": {"text": "b"}, "reply": {"question": question, "text": "c"},
              "checklist": {"name": "human-rights", "answers": []}, "assignment": {"team": "licensing"},
              "flag": {"flag": "priority", "state": "set"}, "draft": {"name": "note", "form": "{}"}}
    writes = {"ada": set(values), "licensing.example.org": set(values), "harbour": {"reply", "draft"},
              "ombudsman": {"draft"}, "defence": {"draft"}, "ruritania": set(), "rival": set()}
    reads = {"ada": set(values), "licensing.example.org": set(values), "ombudsman": set(values),
             "harbour": {"question", "reply", "draft"}, "defence": {"question", "reply", "checklist", "draft"},
             "ruritania": None, "rival": None}
    for key, may in writes.items():
        for kind, value in values.items():
            answer = office.ask(key, f"/v1/cases/{application}/papers/{kind}", value)
            assert answer.status == (201 if kind in may else 403), (key, kind, answer.body)
    for key, may in reads.items():
        papers = office.papers(key)
        assert papers == 403 if may is None else {p["kind"] for p in papers} == may, key
        if may:
            assert all(p["by"]["holder"] for p in papers if p["kind"] == "draft")
            assert len([p for p in papers if p["kind"] == "draft"]) == 1, key
    assert office.service.ask(f"/v1/cases/{application}").status == 401
    assert office.service.ask("/v1/work").status == 401


def test_files_are_downloads_and_nothing_else(office):
    application = office.place.ids["application"]
    path = f"/v1/cases/{application}/attachments"
    hostile = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    kept = office.ask("harbour", path, hostile, query="name=a%22%0d%0aX%3a%201.svg", kind="image/svg+xml")
    assert kept.status == 400 and kept.json["rule"] == "form.value"  # a name has no line ends
    kept = office.ask("harbour", path, hostile, query="name=a%22b%20%C3%A9.svg", kind="image/svg+xml")
    assert kept.status == 201 and kept.json["says"]["size"] == len(hostile)
    assert kept.json["says"]["digest"] == hashlib.sha256(hostile).hexdigest()
    got = office.ask("ada", f"{path}/{kept.json['id']}")
    assert got.body == hostile and got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%22b%20%C3%A9.svg"
    assert got.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in got.headers["Content-Security-Policy"]
    # An officer's file is the office's own, unless it goes with a question.
    own = office.ask("ada", path, b"draft", query="name=draft.txt", kind="text/plain").json
    assert office.ask("harbour", f"{path}/{own['id']}").status == 404
    question = office.paper("ada", "question", {"text": "Is this yours?"})
    shown = office.ask("ada", path, b"photo", query=f"name=p.jpg&question={question['id']}", kind="image/jpeg").json
    assert office.ask("harbour", f"{path}/{shown['id']}").body == b"photo"
    assert office.ask("ada", f"{path}/{question['id']}").status == 404
    assert office.ask("ada", f"{path}/x").status == 400
    assert too_large(office.service, path + "?name=big", (16 << 20) + 1) == 413
    # Of another case it is no paper.
    office.place.application(quantity=1)
    assert office.ask("ada", f"/v1/cases/{office.place.ids['application']}/attachments/{own['id']}").status == 404


def test_a_signature_is_for_the_body_that_it_names(office):
    application = office.place.ids["application"]
    path = f"/v1/cases/{application}/papers/comment"
    meant, other = b'{"text":"yes"}', b'{"text":"no"}'
    query = "?digest=" + hashlib.sha256(meant).hexdigest()

    def headers(query):
        return signature(office.place, "ada", kid_of(office.place, "ada"), path, query=query, method="POST") | {
            "Content-Type": "application/json"}
    answer = office.service.ask(path + query, other, headers(query), method="POST")
    assert (answer.status, answer.json["rule"]) == (401, "signature.body")
    assert office.service.ask(path, meant, headers("?"), method="POST").json["rule"] == "signature.body"
    assert office.service.ask(path + query, meant, headers(query), method="POST").status == 201


def test_drafts_are_kept_before_there_is_a_case_and_for_their_author(office):
    office.paper("harbour", "draft", {"name": "application", "form": '{"quantity":1}'}, subject="new")
    office.paper("harbour", "draft", {"name": "application", "form": '{"quantity":2}'}, subject="new")
    assert [p["says"]["form"] for p in office.papers("harbour", subject="new")] == ['{"quantity":2}']
    assert office.papers("ada", subject="new") == [] and office.papers("rival", subject="new") == []
    assert office.ask("harbour", "/v1/cases/new/papers/comment", {"text": "a"}).json["rule"] == "case.no-such-case"
    assert office.ask("harbour", "/v1/cases/new").status == 404
    assert office.ask("harbour", "/v1/cases/new/drafts/application", method="DELETE").status == 204
    assert office.ask("harbour", "/v1/cases/new/drafts/application", method="DELETE").status == 404


def test_other_rules_are_tried_before_they_hold(office):
    office.paper("ada", "assignment", {"person": "ben"})
    assert [i for i in office.work("chen", "person=chen")] == []
    assert "undecided" in reasons(office.work("ben", "person=ben")) and office.work("ada", "person=ada") == []
    assert reasons(office.work("ada", "team=reports")) == []
    path = "/v1/routing/dry-run"
    same = office.ask("ada", path, OFFICE.encode(), kind="application/yaml")
    assert same.status == 200 and same.json == {"open": 1, "moves": []}
    other = OFFICE.replace("[capture.content], team: licensing", "[capture.content], team: reports").encode()
    moves = office.ask("ada", path, other, kind="application/yaml").json["moves"]
    assert [m["words"] for m in moves] == ["from licensing to reports"]
    assert moves[0]["to"]["team"] == "reports" and moves[0]["subject"] == office.place.ids["application"]
    assert office.ask("ada", path, b"rules: [{name: x, teem: y}]", kind="application/yaml").json["rule"] == "form.field-unknown"
    assert office.ask("harbour", path, other, kind="application/yaml").status == 403
    # The file itself has not changed.
    assert office.ask("ada", f"/v1/cases/{office.place.ids['application']}").json["team"] == "licensing"


def test_officers_apply_other_rules_and_go_back(office):
    case = f"/v1/cases/{office.place.ids['application']}"
    other = OFFICE.replace("[capture.content], team: licensing", "[capture.content], team: reports")
    seen = office.ask("ada", "/v1/routing").json
    assert seen["yaml"] == OFFICE and seen["applied"] is None and not seen["has-previous"]

    def put(key, rules, over):
        return office.ask(key, "/v1/routing", rules.encode(), "PUT", f"over={over}", "application/yaml")

    for key in ("harbour", "ombudsman"):
        assert put(key, other, seen["digest"]).json["rule"] == "case.not-entitled"
    assert office.ask("harbour", "/v1/routing").json["rule"] == "case.not-entitled"
    bad = put("ada", OFFICE.replace("team: reports", "team: nobody"), seen["digest"])
    assert bad.status == 400 and bad.json["rule"] == "settings.unknown" and re.search(r"line \d+, column \d+", bad.json["detail"])
    assert put("ada", other, "ab" * 32).json["rule"] == "settings.changed" and put("ada", other, "ab").json["rule"] == "settings.over"
    now = put("ada", other, seen["digest"])
    assert now.status == 200 and now.json["yaml"] == other and now.json["applied"].startswith("ada, ") and now.json["has-previous"]
    assert office.ask("ada", case).json["team"] == "reports"
    # Nobody writes over what he has not seen.
    assert put("ben", OFFICE, seen["digest"]).json["rule"] == "settings.changed"
    back = office.ask("ben", "/v1/routing/undo", method="POST", query=f"over={now.json['digest']}")
    assert back.status == 200 and back.json["yaml"] == OFFICE and back.json["applied"].startswith("ben, ")
    assert office.ask("ada", case).json["team"] == "licensing"
    assert '"event":"routing"' in office.service.logged()


def test_a_report_asks_the_end_user_too(office):
    place = office.place
    place.licence()
    place.system()
    place.sign("report", {"subject": "A journalist", "system": place.ids["system"], "allegation": "She was targeted.",
                          "evidence": [], "reporter": "The ombudsman"}, "ombudsman")
    report = place.ids["report"]
    assert office.ask("chen", f"/v1/cases/{report}").json["team"] == "reports"
    office.paper("chen", "question", {"text": "Which warrant?", "to": "end-user"}, subject=report)
    office.paper("chen", "question", {"text": "Which version?"}, subject=report)
    assert [p["says"]["text"] for p in office.papers("ruritania", subject=report)] == ["Which warrant?"]
    assert [p["says"]["text"] for p in office.papers("harbour", subject=report)] == ["Which version?"]
    asked = office.papers("chen", subject=report)
    assert office.ask("harbour", f"/v1/cases/{report}/papers/reply",
                      {"question": asked[0]["id"], "text": "?"}).json["rule"] == "paper.no-such-question"
    office.paper("ruritania", "reply", {"question": asked[0]["id"], "text": "118 of 2026."}, subject=report)
    assert office.ask("ada", f"/v1/cases/{place.ids['application']}/papers/question",
                      {"text": "?", "to": "end-user"}).json["rule"] == "paper.no-such-party"


def test_a_file_of_settings_that_is_bad_stops_nobody_but_says_so(office):
    (office.place.folder / "authority/casework.yaml").write_text("rules: 7\n")
    assert office.ask("ada", "/v1/work").status == 503
    assert office.service.ask("/v1/authority").status == 200


def test_the_commands_ask_the_service_as_their_key_may(office):
    place = office.place
    there = {"env": {"PROVISO_HOME": "", "PROVISO_URL": office.service.url}}
    case = ["case", place.ids["application"]]
    question = place.run(*case, "ask", "Who is the broker?", "--key", "keys/ada.key", **there).out.split()[0]
    place.run(*case, "reply", question, "Nobody.", "--key", "keys/harbour.key", **there)
    (place.folder / "a b.txt").write_bytes(b"text")
    file = place.run(*case, "attach", "a b.txt", "--question", question, "--key", "keys/harbour.key", **there).out.split()[0]
    assert "Nobody." in place.run(*case, "--key", "keys/ada.key", **there).out
    place.run(*case, "fetch", file, "-o", "back", "--key", "keys/ada.key", **there)
    assert (place.folder / "back").read_bytes() == b"text"
    assert place.run(*case, "comment", "x", "--key", "keys/harbour.key", status=1, **there).err
    assert "defence must be heard" in place.run("work", "--key", "keys/ada.key", **there).out
    assert place.run("work", "--key", "keys/rival.key", **there).out == "nothing waits\n"
    assert place.run("work", status=1, **there).err


def test_what_a_measure_would_do_is_told_with_what_is_not_known(office):
    place = office.place
    place.licence()
    for name, serial in (("system", "LENS-0001"), ("second", "LENS-0002")):
        place.system(name, serial)
        place.renew(name)
    for capability, subject in (("capture.headers", 1), ("capture.content", 2), ("capture.content", 3)):
        place.use("system", capability, f"tel:+9995550{subject}")
    place.use("system", "capture.content", "tel:+12025550100", status=1)  # refused: it counts nowhere
    place.renew("system")
    path = "/v1/measures/what-if"

    def ask(target, scope, key="ada", status=200):
        answer = office.ask(key, path, query=f"target={quote(target, safe='')}&scope={quote(scope, safe='')}")
        assert answer.status == status, answer.body
        return answer.json

    # Nothing was handed in: the systems are counted, and that the uses are not.
    told = ask("country/XR", "capability=capture.headers")
    assert (told["systems"], told["in-force"], told["narrowed"], told["stopped"]) == (2, 2, 2, 0)
    assert told["uses"]["allowed"] == 0 and told["uses"]["systems-not-counted"] == 1
    assert told["uses"]["caveat"].startswith("Of 1 systems with uses the use log was not handed in")
    assert {s["use-log"] for s in told["each"]} == {"not handed in", "no use was acknowledged yet"}

    logs = place.folder / "authority/uselogs"
    logs.mkdir()
    shutil.copytree(place.folder / "system/use-log", logs / place.ids["system"])
    told = ask("country/XR", "capability=capture.headers")
    assert told["uses"]["allowed"] == 3 and told["uses"]["would-be-refused"] == 2
    assert told["uses"]["by"] == {"capability": 2} and told["uses"]["caveat"] == "All uses acknowledged are counted."
    told = ask(place.ids["system"][:8], "none")
    assert told["target"] == f"system/{place.ids['system']}" and (told["systems"], told["stopped"]) == (1, 1)
    assert told["uses"]["would-be-refused"] == 3
    told = ask("exporter/Harbour Optics Ltd", "subject-not=tel:+999")
    assert told["uses"]["would-be-refused"] == 0 and "Subjects are in use logs as tags" in told["uses"]["caveat"]
    assert ask("item/lens", "require=second-officer")["uses"]["by"] == {"require": 3}
    assert ask("item/other", "none")["systems"] == 0

    # Another system's use log, or a damaged one, counts nothing.
    shutil.move(logs / place.ids["system"], logs / place.ids["second"])
    shutil.copytree(place.folder / "second/use-log", logs / place.ids["system"])
    told = ask("country/XR", "none")
    assert {s["use-log"] for s in told["each"]} == {"not the one that the log acknowledges"}
    assert told["uses"]["allowed"] == 0
    segment = next((logs / place.ids["system"]).glob("*.uses"))
    segment.write_bytes(b"x" * 4096)
    assert "damaged" in {s["use-log"] for s in ask("country/XR", "none")["each"]}

    assert ask("nobody", "none", status=400) and ask("country/XR", "nonsense", status=400)
    assert ask("country/XR", "none", key="harbour", status=403)["rule"] == "case.not-entitled"
    assert office.ask("ada", path).status == 400 and office.service.ask(path).status == 401
    # Nothing was proposed.
    assert office.service.ask("/v1/measures").json["items"] == []
