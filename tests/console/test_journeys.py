"""People with passkeys, each in a browser context of their own; and whoever would pass for them."""
import json
import re

import pytest
from conftest import instant, passkeys, sign_in


def fill_in(w, office, reason="It did not answer."):
    page = w.open(f"/systems/{office.ids['first']}/measure")
    page.check("[name=action][value=disconnect]")
    page.check("[name=target][value='end-user/Ruritanian Police']")
    page.fill("#reason", reason)


def read_and_sign(page, kind):
    """Reads what is to be signed, and signs it; the words that were shown."""
    form = page.locator(f"form[data-kind={kind}]")
    form.locator("[data-prepare]:enabled").click()
    preview = form.locator("[data-preview]")
    preview.wait_for(state="visible")
    assert preview.locator("h2").evaluate("e => e === document.activeElement"), "whoever listens is led to it"
    words = preview.locator("[data-words]").inner_text()
    preview.locator("[data-confirm]").click()
    return words


def test_two_officers_disconnect_and_a_third_window_sees_systems_obey(person, office):
    dora, emil, onlooker, public = person("dora"), person("emil"), person(), person()
    overview = public.open("/")
    assert overview.locator("[data-map] svg").count() == 1 and overview.locator("[data-news]").inner_text() == ""
    overview.evaluate("window.stays = true")
    system = onlooker.open(f"/systems/{office.ids['second']}")
    assert system.locator("h1 .badge").inner_text() == "In force"

    fill_in(dora, office)
    words = read_and_sign(dora.page, "measure")
    assert "disconnect" in words and "end-user/Ruritanian Police" in words and "It did not answer." in words and "dora" in words
    dora.page.wait_for_url(re.compile(r"/measures/[0-9a-f]{64}$"))
    measure = dora.page.url.rsplit("/", 1)[1]
    assert dora.page.locator("h1 .badge").inner_text() == "Waits for officers"
    assert dora.page.locator("form[data-kind=approval]").count() == 0, "nobody agrees twice"
    assert system.locator("h1 .badge").inner_text() == "In force", "one officer disconnects nobody"

    page = emil.open("/measures")
    page.click(f"a[href='/measures/{measure}']")
    words = read_and_sign(page, "approval")
    assert measure in words
    assert "end-user/Ruritanian Police" in words and "It did not answer." in words, "what is approved, not its digest alone"
    page.locator("h1 .badge", has_text="In force").wait_for()

    # The window that only looks on is told, and so is hers who proposed it.
    system.locator("h1 .badge", has_text="Stopped by a measure").wait_for()
    dora.page.locator("h1 .badge", has_text="In force").wait_for()
    # Whoever has the map open sees it there, and hears of it once, without a reload.
    news = overview.locator("[data-news]")
    overview.locator("[data-news]", has_text="2 measures in force, 2 systems still to obey").wait_for(state="attached")
    assert overview.locator("td[data-slug=stopped-by-a-measure]").first.get_attribute("data-value") == "2"
    assert overview.locator("[data-map] svg").count() == 1 and overview.locator("[data-map] .country.disconnected").count() == 1
    obeyed = dora.page.locator("#obey ~ .meter [role=status]")
    assert obeyed.inner_text() == "0 of 2 systems obey"
    rows = dora.page.locator("#obey ~ .scroll tbody tr")
    for done, name in enumerate(("second", "first"), 1):
        row = rows.filter(has_text={"first": "LENS-0001", "second": "LENS-0002"}[name])
        row.get_by_text("It has not asked since.").wait_for()
        office.place.run("system", "renew", "--system", name, "--url", office.service.url, status=1)  # the answer
        row.get_by_text("It was told; it will confirm with its next message.").wait_for()
        office.place.run("system", "renew", "--system", name, "--url", office.service.url, status=1)  # it has been heard
        dora.page.get_by_text(f"{done} of 2 systems obey").wait_for()
    overview.locator("[data-news]", has_text="0 systems still to obey").wait_for(state="attached")
    assert overview.evaluate("window.stays") and news.get_attribute("role") == "status" and public.axe() == []

    # What was decided is verified in a browser that trusts the authority's key alone.
    approval = emil.page.locator(".officers a").nth(1).get_attribute("href").rsplit("/", 1)[1]
    for record, signer in ((measure, "dora"), (approval, "emil")):
        page = onlooker.open(f"/records/{record}")
        page.click("[data-verify-now]")
        holds = page.locator("[data-verify] .notice.good")
        holds.wait_for()
        assert signer in holds.inner_text() and "on the log of licensing.example.org" in holds.inner_text()


def test_a_proof_that_was_changed_does_not_hold(person, office):
    w = person()

    def change(route):
        answer = route.fetch()
        body = bytearray(answer.body())
        body[len(body) // 2] ^= 1
        route.fulfill(response=answer, body=bytes(body))

    w.page.route("**/receipt", change)
    page = w.open(f"/records/{office.ids['restrict']}")
    page.click("[data-verify-now]")
    page.locator("[data-verify] .notice.bad").wait_for()
    assert page.locator("[data-verify] .notice.good").count() == 0


def test_signing_in_and_out(person, office):
    w = person("dora", signed_in=False)
    page = w.open(f"/measures/{office.ids['disconnect']}")
    assert page.locator("form[data-kind=approval]").count() == 0
    sign_in(w, "dora", f"/measures/{office.ids['disconnect']}")
    assert page.locator("form[data-kind=approval]").count() == 1
    cookie = next(c for c in w.context.cookies() if "session" in c["name"])
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    assert page.evaluate("document.cookie").find("session") == -1
    page.click(".person")
    with page.expect_navigation(url=office.url + "/"):
        page.click("[data-sign-out]:enabled")
    assert page.locator(".person").count() == 0
    assert [c for c in w.context.cookies() if "proviso-session" == c["name"]] == []
    # Who had kept the cookie has nothing.
    w.context.add_cookies([{**cookie}])
    assert w.open("/").locator(".person").count() == 0


def test_a_session_that_has_ended_is_no_session(person, office):
    w = person("dora")
    w.page.goto("about:blank")  # a page that watches would say that the service is gone
    office.service.stop()
    office.begin()
    page = w.open(f"/measures/{office.ids['disconnect']}")
    assert page.locator(".person").count() == 0 and page.locator("form[data-kind=approval]").count() == 0
    sign_in(w, "dora")


def test_a_key_that_waits_and_one_that_runs_out_are_shown(person, office):
    place = office.place
    place.keygen("fred")
    place.sign("key", {"role": "officer", "holder": "fred", "public-key": "@keys/fred.pub", "valid-until": instant(days=10)}, "ada", name="key-fred")
    w = person("dora")
    w.page.get_by_text("1 key waits for officers to agree").click()
    w.settle()
    card = w.page.locator("#waiting article")
    assert "key of fred" in card.locator("h2").first.inner_text()
    assert "1 of 2 officers agreed" in card.inner_text() and "ada" in card.inner_text()
    assert w.axe() == [] and w.overflows() == []
    with w.page.expect_navigation():
        read_and_sign(w.page, "approval")
    w.settle()
    assert w.page.locator("#waiting article").count() == 0
    row = w.page.locator("tr", has=w.page.locator("a", has_text="fred"))
    assert "Runs out soon" in row.inner_text()
    assert w.open("/").get_by_text("An officer’s key runs out within 30 days").is_visible()


def until_ended(w):
    """Looking at a session is no use of it."""
    for _ in range(200):
        if w.context.request.get("/v1/session").status == 401:
            return
        w.page.wait_for_timeout(100)
    raise AssertionError("the session does not end")


def test_a_session_ends_when_it_is_idle_and_nothing_typed_is_lost(person, office):
    office.service.stop()
    office.begin("--session-idle-seconds", 2)
    w = person("dora")
    w.open(f"/measures/{office.ids['disconnect']}")  # a live page asks every second; that is nobody's use of the session
    until_ended(w)
    assert w.open(f"/measures/{office.ids['disconnect']}").locator(".person").count() == 0
    sign_in(w, "dora")
    fill_in(w, office, "Written before the session ended.")
    until_ended(w)
    page = w.open(f"/systems/{office.ids['first']}/measure")
    assert page.locator("[data-prepare]").count() == 0 and page.locator("[data-sign] a[href^='/sign-in']").count() == 1
    sign_in(w, "dora")
    page = w.open(f"/systems/{office.ids['first']}/measure")
    assert page.input_value("#reason") == "Written before the session ended."


def test_a_session_in_use_ends_at_its_age(person, office):
    office.service.stop()
    office.begin("--session-idle-seconds", 60, "--session-seconds", 3)
    w = person("dora")
    for _ in range(200):
        if w.open("/measures").locator(".person").count() == 0:  # used all the time
            break
    else:
        raise AssertionError("the session does not end")
    assert w.context.request.get("/v1/session").status == 401


def test_the_wrong_passkey_signs_nobody_in_and_says_so(person, office):
    w = person("dora", signed_in=False)
    page = w.open("/sign-in")
    page.select_option("#kid", label="emil (Officer)")
    page.click("form[data-sign-in] button:enabled")
    page.locator("[role=alert]:not(:empty)").wait_for()
    assert "You are not signed in" in page.locator("[role=alert]").inner_text()
    assert w.open("/").locator(".person").count() == 0
    w.wrong = [line for line in w.wrong if "401" not in line]


def test_who_does_not_sign_sends_nothing(person, office):
    """The reader is asked, and turns away: nothing is on the log, what was typed is there."""
    w = person("dora")
    fill_in(w, office, "A reason of some length.")
    w.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": w.authenticator, "isUserVerified": False})
    before = office.service.ask("/v1/status").json["entries"]
    read_and_sign(w.page, "measure")
    w.page.locator("form[data-kind=measure] [role=alert]:not(:empty)").wait_for(timeout=90_000)
    assert "You did not sign" in w.page.locator("form[data-kind=measure] [data-problem]").inner_text()
    assert w.page.input_value("#reason") == "A reason of some length."
    assert office.service.ask("/v1/status").json["entries"] == before


def test_what_is_signed_is_said_in_the_signers_language_and_in_its_own(person, office):
    w = person("dora")
    fill_in(w.prefer("he"), office, "לא השיבה.")
    form = w.page.locator("form[data-kind=measure]")
    form.locator("[data-prepare]:enabled").click()
    form.locator("[data-preview]").wait_for(state="visible")
    words = form.locator("[data-words]")
    assert words.locator("dt[title=action]").inner_text() == "פעולה"
    assert words.locator("code", has_text="disconnect").count() == 1 and "ניתוק" in words.inner_text() and "לא השיבה." in words.inner_text()
    assert w.axe() == [] and w.overflows() == []


def test_what_is_shown_is_what_the_bytes_say(person, office):
    """A form changed on its way comes back as other bytes: the page shows those and not what was typed."""
    w = person("dora")

    def change(route):
        asked = json.loads(route.request.post_data)
        asked["form"]["reason"] = "Something else."
        route.continue_(post_data=json.dumps(asked))

    w.page.route("**/v1/statements", change)
    fill_in(w, office, "My reason.")
    form = w.page.locator("form[data-kind=measure]")
    form.locator("[data-prepare]:enabled").click()
    form.locator("[data-preview]").wait_for(state="visible")
    words = form.locator("[data-words]").inner_text()
    assert "Something else." in words and "My reason." not in words


def test_what_a_statement_names_is_not_what_somebody_puts_in_its_place(person, office):
    """Another record given for the finding that a measure names is not shown as the finding."""
    w, finding, other = person("dora"), office.ids["finding"], office.ids["licence"]
    w.page.route(f"**/v1/records/{finding}", lambda r: r.continue_(url=r.request.url.replace(finding, other)))
    fill_in(w, office)
    w.page.select_option("[name=finding]", finding)
    form = w.page.locator("form[data-kind=measure]")
    form.locator("[data-prepare]:enabled").click()
    form.locator("[data-preview]").wait_for(state="visible")
    named = form.locator(".named")
    assert named.count() == 1 and "another record" in named.inner_text() and named.locator("dl").count() == 0


def test_a_statement_for_somebody_else_is_not_shown_for_signing(person, office):
    w = person("dora")

    def change(route):
        asked = json.loads(route.request.post_data)
        asked["kid"] = office.people["emil"].kid
        route.continue_(post_data=json.dumps(asked))

    w.page.route("**/v1/statements", change)
    fill_in(w, office)
    form = w.page.locator("form[data-kind=measure]")
    form.locator("[data-prepare]:enabled").click()
    form.locator("[role=alert]:not(:empty)").wait_for()
    assert form.locator("[data-preview]").is_hidden()


def test_what_was_sent_once_is_not_taken_again(person, office):
    """A sign-in and a record, overheard and sent anew."""
    w = person("dora", signed_in=False)
    sent = {}
    w.page.on("request", lambda r: sent.update({r.url.replace(office.url, ""): r}) if r.method == "POST" else None)
    sign_in(w, "dora")
    fill_in(w, office)
    read_and_sign(w.page, "measure")
    w.page.wait_for_url(re.compile(r"/measures/[0-9a-f]{64}$"))
    def again(path):
        headers = {k: v for k, v in sent[path].all_headers().items() if k not in ("host", "content-length")}
        return w.context.request.post(path, data=sent[path].post_data_buffer, headers=headers)

    before = office.service.ask("/v1/status").json["entries"]
    assert again("/v1/session").status == 401
    answer = again("/v1/records")
    assert answer.status == 200 and answer.json()["was-there"] is True, "the same statement is the same record"
    assert office.service.ask("/v1/status").json["entries"] == before


def test_an_assertion_for_another_record_is_refused(person, office):
    """What was signed for one statement is put into another."""
    w = person("dora")
    sent = []
    w.page.on("request", lambda r: sent.append(r.post_data_buffer) if r.url.endswith("/v1/records") else None)
    fill_in(w, office)
    read_and_sign(w.page, "measure")
    w.page.wait_for_url(re.compile(r"/measures/[0-9a-f]{64}$"))
    cbor2 = passkeys.cbor2
    assertion = cbor2.loads(cbor2.loads(sent[0]).value[3])
    other = w.context.request.post("/v1/statements", headers={"Proviso-Console": "1", "Origin": office.url}, data={
        "kind": "measure", "kid": office.people["dora"].kid,
        "form": {"target": f"system/{office.ids['second']}", "action": "suspend", "reason": "Stolen.", "basis": "None"}}).json()
    forged = passkeys.put_in(passkeys.unb64u(other["unsigned"]), assertion)
    answer = w.context.request.post("/v1/records", data=forged, headers={"Content-Type": "application/cose"})
    assert answer.status == 403 and answer.json()["rule"].endswith("bad-signature"), answer.text()


def test_another_site_can_have_nothing_sent_by_who_is_signed_in(person, office):
    w = person("dora")
    told, asked = [], []
    other = w.context.new_page()
    other.on("response", lambda r: told.append((r.request.method, r.url, r.status)) if r.url.startswith(office.url) else None)
    other.on("request", lambda r: asked.append(r) if r.url.startswith(office.url) else None)
    other.route("http://other.example/**", lambda r: r.fulfill(content_type="text/html", body="<title>other</title>"))
    other.goto("http://other.example/")
    answers = other.evaluate("""async url => {
        const tried = [];
        for (const [path, method, mode] of [["/v1/session", "POST", "no-cors"], ["/v1/session/challenge", "POST", "no-cors"],
                ["/v1/records", "POST", "no-cors"], ["/v1/statements", "POST", "no-cors"], ["/v1/session", "DELETE", "cors"]])
            tried.push(await fetch(url + path, {method, mode, credentials: "include", body: method === "POST" ? "{}" : undefined})
                .then(r => r.type, e => "refused"));
        return tried; }""", office.url)
    assert answers[-1] == "refused" and all(a in ("opaque", "refused") for a in answers)
    assert len(asked) >= 4 and not any("proviso-session" in r.all_headers().get("cookie", "") for r in asked), "the session went along"
    # A form of that site that is sent as a whole page.
    with other.expect_navigation(url="**/v1/session"):
        other.evaluate("""url => { const f = document.createElement("form"); f.method = "POST"; f.action = url + "/v1/session";
            document.body.append(f); f.submit(); }""", office.url)
    assert told and all(status >= 400 for kind, _, status in told if kind == "POST"), told
    assert w.open("/").locator(".person strong").inner_text() == "dora"


RULES = """teams:
  - {name: licensing, people: [dora]}
  - {name: lists, people: [emil]}
rules:
  - {name: Held by a list, hits: 1, team: lists, flags: [held]}
  - {name: The rest, team: licensing}
"""


def test_rules_of_routing_are_tried_applied_and_taken_back(person, office):
    w = person("dora")
    page = w.open("/work")
    page.click("a[href='/routing']")
    w.settle()
    assert page.get_by_text("There is no rule yet.").is_visible() and page.locator("[data-apply]").is_disabled()
    # A mistake is named by its line, and the cursor is put there.
    page.fill("#yaml", RULES.replace("team: lists,", "team: list,"))
    page.click("[data-try]")
    page.locator("[data-problem]:not(:empty)").wait_for()
    assert "line 5" in page.locator("[data-problem]").inner_text() and page.locator("[data-apply]").is_disabled()
    assert page.evaluate("(e => e.value.slice(e.selectionStart, e.selectionEnd))(document.activeElement)").startswith("  - {name: Held by a list")
    page.fill("#yaml", RULES)
    page.click("[data-try]")
    page.locator("[data-moves] table").wait_for()
    held = page.locator(f"[data-moves] tr:has(a[href='/applications/{office.ids['second-application']}'])")
    assert "no team to lists" in held.inner_text() and "Held by a list – 1 open hit" in held.inner_text()
    assert w.axe() == [] and w.overflows() == []
    # What was changed since must be tried again.
    page.locator("#yaml").press_sequentially("#")
    assert page.locator("[data-apply]").is_disabled()
    page.fill("#yaml", RULES)
    page.click("[data-try]")
    with page.expect_navigation():
        page.click("[data-apply]:enabled")
    w.settle()
    assert "Applied by dora" in page.locator("main").inner_text() and page.locator("article.card h3").all_inner_texts() == ["Held by a list", "The rest"]
    assert "held" in w.open("/work?team=lists").locator("main table").inner_text()
    page = w.open("/routing")
    with page.expect_navigation():
        page.click("[data-undo]:enabled")
    w.settle()
    assert page.get_by_text("There is no rule yet.").is_visible()
    w.wrong = [line for line in w.wrong if "400" not in line]


@pytest.mark.parametrize("lang, theme", [("en", "light"), ("he", "dark")])
def test_what_an_officer_sees_passes_axe(person, office, lang, theme):
    w = person("dora").prefer(lang, theme)
    ids, wrong = office.ids, []
    for path in ("/", "/work", "/routing", f"/systems/{ids['first']}/measure", f"/measures/{ids['disconnect']}", f"/measures/{ids['restrict']}",
                 f"/applications/{ids['second-application']}", f"/reports/{ids['report']}", "/new/finding", "/sign-in"):
        page = w.open(path)
        page.eval_on_selector_all("main details", "all => all.forEach(d => d.open = true)")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{path} at {width}: {line}" for line in w.axe() + w.overflows()]
    # With what is to be signed laid open, and with something refused.
    page = w.open(f"/measures/{ids['disconnect']}")
    page.click("form[data-kind=approval] [data-prepare]:enabled")
    page.locator("form[data-kind=approval] [data-preview]").wait_for(state="visible")
    wrong += [f"what is signed: {line}" for line in w.axe() + w.overflows()]
    assert not wrong, "\n".join(wrong)
