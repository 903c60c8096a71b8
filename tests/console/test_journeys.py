"""People with passkeys, each in a browser context of their own; and whoever would pass for them."""
import base64
import importlib.util
import json
import re
import socket
from pathlib import Path

import pytest
from conftest import Home, Window, story
from cryptography.hazmat.primitives import serialization

_spec = importlib.util.spec_from_file_location("passkeys", Path(__file__).parents[1] / "server" / "passkeys.py")
passkeys = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(passkeys)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Office(Home):
    """A home at an origin that passkeys can be registered for, with two officers who have one."""

    def __init__(self, folder):
        self.port = free_port()
        origin = f"http://localhost:{self.port}"
        self.people = {name: passkeys.Passkey(name, origin=origin) for name in ("dora", "emil")}

        def tell(place):
            story(place)
            place.renew("second")
            for name, passkey in self.people.items():
                place.sign("key", passkey.form("officer"), "licensing.example.org", name=f"key-{name}")
            self.tell_more(place)
            return place

        super().__init__(folder, tell, listen=f"127.0.0.1:{self.port}")
        self.url = origin

    def tell_more(self, place):
        """What an office of another test has besides."""


@pytest.fixture
def office(console, tmp_path):
    made = Office(tmp_path)
    yield made
    made.service.stop()


@pytest.fixture
def person(browser, office):
    """A window with an authenticator in it, that has somebody's passkey; nobody's for an onlooker."""
    opened = []

    def new(name=None, signed_in=True):
        w = Window(browser, office.url)
        opened.append(w)
        if name is None:
            return w
        w.cdp = w.context.new_cdp_session(w.page)
        w.cdp.send("WebAuthn.enable")
        w.authenticator = w.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True}})["authenticatorId"]
        pkcs8 = office.people[name].key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                                      serialization.NoEncryption())
        w.cdp.send("WebAuthn.addCredential", {"authenticatorId": w.authenticator, "credential": {
            "credentialId": base64.b64encode(name.encode() * 4).decode(), "isResidentCredential": True, "rpId": "localhost",
            "privateKey": base64.b64encode(pkcs8).decode(), "userHandle": base64.b64encode(name.encode()).decode(), "signCount": 0}})
        if signed_in:
            sign_in(w, name)
        return w

    yield new
    for w in opened:
        assert w.elsewhere() == [], "requests to other origins"
        assert w.wrong == [], "what the browser complained of"
        w.close()


def sign_in(w, name, back="/"):
    page = w.open(f"/sign-in?back={back}")
    page.select_option("#kid", label=f"{name} (Officer)")
    page.click("form[data-sign-in] button:enabled")
    page.wait_for_url(w.url + back)
    assert page.locator(".person strong").inner_text() == name


def fill_in(page, office, reason="It did not answer."):
    page.goto(f"/systems/{office.ids['first']}/measure")
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
    dora, emil, onlooker = person("dora"), person("emil"), person()
    system = onlooker.open(f"/systems/{office.ids['second']}")
    assert system.locator("h1 .badge").inner_text() == "In force"

    fill_in(dora.page, office)
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
    obeyed = dora.page.locator("#obey ~ .meter [role=status]")
    assert obeyed.inner_text() == "0 of 2 systems obey"
    for done, name in enumerate(("second", "first"), 1):
        for _ in range(2):  # the answer, and that it has been heard
            office.place.run("system", "renew", "--system", name, "--url", office.service.url, status=1)
        dora.page.get_by_text(f"{done} of 2 systems obey").wait_for()

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
    page.click("[data-sign-out]:enabled")
    page.wait_for_url(office.url + "/")
    assert page.locator(".person").count() == 0
    assert [c for c in w.context.cookies() if "proviso-session" == c["name"]] == []
    # Who had kept the cookie has nothing.
    w.context.add_cookies([{**cookie}])
    assert w.open("/").locator(".person").count() == 0


def test_a_session_that_has_ended_is_no_session(person, office):
    w = person("dora")
    office.service.stop()
    office.service = _again(office)
    page = w.open(f"/measures/{office.ids['disconnect']}")
    assert page.locator(".person").count() == 0 and page.locator("form[data-kind=approval]").count() == 0
    sign_in(w, "dora")


def _again(office):
    from conftest import CONSOLE, Provisod
    return Provisod(office.place, "--console", CONSOLE, listen=f"127.0.0.1:{office.port}")


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
    fill_in(w.page, office, "A reason of some length.")
    w.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": w.authenticator, "isUserVerified": False})
    before = office.service.ask("/v1/status").json["entries"]
    read_and_sign(w.page, "measure")
    w.page.locator("form[data-kind=measure] [role=alert]:not(:empty)").wait_for(timeout=90_000)
    assert "You did not sign" in w.page.locator("form[data-kind=measure] [data-problem]").inner_text()
    assert w.page.input_value("#reason") == "A reason of some length."
    assert office.service.ask("/v1/status").json["entries"] == before


def test_what_is_shown_is_what_the_bytes_say(person, office):
    """A form changed on its way comes back as other bytes: the page shows those and not what was typed."""
    w = person("dora")

    def change(route):
        asked = json.loads(route.request.post_data)
        asked["form"]["reason"] = "Something else."
        route.continue_(post_data=json.dumps(asked))

    w.page.route("**/v1/statements", change)
    fill_in(w.page, office, "My reason.")
    form = w.page.locator("form[data-kind=measure]")
    form.locator("[data-prepare]:enabled").click()
    form.locator("[data-preview]").wait_for(state="visible")
    words = form.locator("[data-words]").inner_text()
    assert "Something else." in words and "My reason." not in words


def test_what_a_statement_names_is_not_what_somebody_puts_in_its_place(person, office):
    """Another record given for the finding that a measure names is not shown as the finding."""
    w, finding, other = person("dora"), office.ids["finding"], office.ids["licence"]
    w.page.route(f"**/v1/records/{finding}", lambda r: r.continue_(url=r.request.url.replace(finding, other)))
    fill_in(w.page, office)
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
    fill_in(w.page, office)
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
    fill_in(w.page, office)
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
    fill_in(w.page, office)
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
    told = []
    other = w.context.new_page()
    other.on("response", lambda r: told.append((r.request.method, r.url, r.status)) if r.url.startswith(office.url) else None)
    other.on("request", lambda r: told.append(("cookie", r.url, r.all_headers().get("cookie", ""))) if r.url.startswith(office.url) else None)
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
    assert all(what[0] != "cookie" or "proviso-session" not in what[2] for what in told), "the session went along"
    # A form of that site that is sent as a whole page.
    other.evaluate("""url => { const f = document.createElement("form"); f.method = "POST"; f.action = url + "/v1/session";
        document.body.append(f); f.submit(); }""", office.url)
    other.wait_for_url("**/v1/session")
    assert all(status >= 400 for kind, _, status in told if kind == "POST"), told
    assert w.open("/").locator(".person strong").inner_text() == "dora"


@pytest.mark.parametrize("lang, theme", [("en", "light"), ("he", "dark")])
def test_what_an_officer_sees_passes_axe(person, office, lang, theme):
    w = person("dora").prefer(lang, theme)
    ids, wrong = office.ids, []
    for path in ("/", "/work", f"/systems/{ids['first']}/measure", f"/measures/{ids['disconnect']}", f"/measures/{ids['restrict']}",
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
