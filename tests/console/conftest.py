"""The console as a browser sees it: a home made by the real commands, served by provisod, in Chromium."""
import base64
import hashlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import sync_playwright


def _module(name, file):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "server" / file)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


_server, passkeys = _module("server_conftest", "conftest.py"), _module("passkeys", "passkeys.py")
Place, Provisod, BUILD = _server.Place, _server.Provisod, _server.BUILD
instant = _server._cli.instant
SOURCE = Path(__file__).resolve().parents[2]
CONSOLE = SOURCE / "build" / "console"
AXE = SOURCE / "console" / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGES = ["en", "he", "ar", "fr", "es"]
CHROMIUM = os.environ.get("PROVISO_CHROMIUM", "/usr/bin/chromium")

NOBODY = "id,name,type\n" + "".join(f"{i},Nobody No {i},person\n" for i in range(1, 31))


def story(place):
    """Two systems: one restricted, both to be disconnected; a report, a finding, a hit, an application undecided."""
    place.authority().definitions().definitions(2).declaration(number=2).application()
    place.licence()
    place.system("first", "LENS-0001")
    place.system("second", "LENS-0002")
    for system in ("first", "second"):
        place.renew(system)
        place.use(system)
    place.upheld("first")
    place.measure("restrict", f"system/{place.ids['first']}", finding=place.ids["finding"],
                  scope=place.SCOPE.replace("capture.headers,capture.content", "capture.headers"))
    place.measure("disconnect", "end-user/Ruritanian Police", approve=None, finding=place.ids["finding"])
    place.renew("first")
    (place.folder / "list.csv").write_text(NOBODY + "100,STRELSAU TRADING HOUSE,company\n")
    place.run("lists", "add", "example", "list.csv")
    place.sign("apply", {"exporter": {"name": "Harbour Optics Ltd", "country": "IL"},
                         "end-user": {"name": "Strelsau Trading House", "country": "XR"}, "item": place.ITEM,
                         "quantity": 1, "scope": place.SCOPE, "purpose-of-use": "Customs."}, "harbour", name="second-application")
    return place


class Home:
    """A home that is served, and where its pages are."""

    def __init__(self, folder, tell=story, **options):
        self.place = tell(Place(folder))
        self.service = Provisod(self.place, "--console", CONSOLE, **options)
        self.url, self.ids = self.service.url, self.place.ids

    def evidence(self):
        return hashlib.sha256((self.place.folder / "evidence.json").read_bytes()).hexdigest()

    def pages(self):
        ids = self.ids
        return {
            "overview": "/", "systems": "/systems", "systems-none": "/systems?q=nobody",
            "system": f"/systems/{ids['first']}", "new-measure": f"/systems/{ids['first']}/measure",
            "measures": "/measures", "measure": f"/measures/{ids['restrict']}", "proposal": f"/measures/{ids['disconnect']}",
            "licences": "/licences", "licence": f"/licences/{ids['licence']}",
            "applications": "/applications", "application": f"/applications/{ids['application']}",
            "held": f"/applications/{ids['second-application']}",
            "reports": "/reports", "report": f"/reports/{ids['report']}",
            "evidence": f"/reports/{ids['report']}/evidence/{self.evidence()}",
            "definitions": "/definitions", "lists": "/lists", "keys": "/keys", "log": "/log",
            "record": f"/records/{ids['declaration']}", "search": "/search", "found": "/search?q=lens",
            "verify": "/verify", "sign-in": "/sign-in", "new": "/new", "new-report": "/new/report",
            "new-declaration": f"/new/declaration?from={ids['declaration']}", "misuse": "/misuse",
            "invitation": "/invitation/no-such", "work": "/work", "drafts": "/drafts",
            "routing": "/routing",
        }


# Names alone, for parametrize: a page more in Home.pages is a row more here, which a test checks.
PAGES = ["overview", "systems", "systems-none", "system", "new-measure", "measures", "measure", "proposal", "licences",
         "licence", "applications", "application", "held", "reports", "report", "evidence", "definitions", "lists", "keys", "log", "record",
         "search", "found", "verify", "sign-in", "new", "new-report", "new-declaration",
         "misuse", "invitation", "work", "drafts", "routing"]


@pytest.fixture(scope="session")
def console():
    """The bundle: made where something changed."""
    subprocess.run([SOURCE / "tools" / "console"], check=True, cwd=SOURCE)
    return CONSOLE


@pytest.fixture(scope="session")
def home(console, tmp_path_factory):
    made = Home(tmp_path_factory.mktemp("home"))
    yield made
    made.service.stop()


@pytest.fixture(scope="session")
def browser():
    if not shutil.which(CHROMIUM):
        pytest.fail(f"no {CHROMIUM}: tools/setup installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield launched
        launched.close()


class Window:
    """
    A page of its own context that holds against the console whatever the browser says of it. A page is open when all
    that it has asked for listens (`ready`): what a test then does meets no script that has not run.
    """

    def __init__(self, browser, url, ready="html[data-ready]", **options):
        self.url, self.ready = url, ready if options.get("java_script_enabled", True) else "html"
        self.context = browser.new_context(base_url=url, **{"viewport": {"width": 1280, "height": 900},
                                                            "reduced_motion": "reduce"} | options)
        self.page = self.context.new_page()
        self.wrong, self.requests = [], []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("dialog", lambda d: (self.wrong.append(f"dialog: {d.message}"), d.dismiss()))

    def prefer(self, lang="en", theme="light"):
        self.context.add_cookies([{"name": "lang", "value": lang, "url": self.url},
                                  {"name": "theme", "value": theme, "url": self.url}])
        return self

    def open(self, path, status=200):
        answer = self.page.goto(path)
        assert answer.status == status, f"{path}: {answer.status}"
        self.settle()
        return self.page

    def settle(self):
        self.page.wait_for_selector(self.ready, state="attached")

    def elsewhere(self):
        return [url for url in self.requests if not url.startswith((self.url + "/", "data:"))]

    def axe(self, *rules, without=()):
        """What axe finds wrong, a line for each element; all rules or these alone, at the width and theme of the moment."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        only = list(rules) or ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = self.page.evaluate("""([only, without]) => axe.run(document, {resultTypes: ["violations"], runOnly: only,
            rules: Object.fromEntries(without.map(rule => [rule, {enabled: false}]))})""", [only, list(without)])
        return [f"{v['id']} ({v['help']}): {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
                for v in found["violations"] for node in v["nodes"]]

    def paint(self, theme):
        """The other theme on the page as it is: it is an attribute, and styles alone look at it."""
        self.page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)

    def overflows(self):
        """What sticks out of the page to a side, so that one would have to scroll both ways."""
        return self.page.evaluate("""() => {
            const room = document.documentElement.clientWidth, out = [];
            if (document.scrollingElement.scrollWidth <= room) return out;
            for (const e of document.body.querySelectorAll("*")) {
                const box = e.getBoundingClientRect();
                if (box.width > 0 && (box.right > room + 1 || box.left < -1) && !e.closest(".scroll, .command, .side"))
                    out.push(`${e.tagName}.${e.className} ${Math.round(box.left)}..${Math.round(box.right)} of ${room}`);
            }
            return [`page is ${document.scrollingElement.scrollWidth} wide`, ...out.slice(0, 8)]; }""")

    def close(self):
        self.context.close()


def held_to_it(windows):
    """Nothing may have been asked of another origin, or complained of by the browser."""
    for w in windows:
        assert w.elsewhere() == [], "requests to other origins"
        assert w.wrong == [], "what the browser complained of"


@pytest.fixture
def window(browser, home):
    """Opens windows that are closed at the end."""
    opened = []

    def new(url=None, **options):
        opened.append(Window(browser, url or home.url, **options))
        return opened[-1]

    yield new
    for w in opened:
        w.close()
    held_to_it(opened)


@pytest.fixture(scope="session")
def _readers(browser, home):
    kept = {}
    yield kept
    for w in kept.values():
        w.close()


@pytest.fixture
def reader(browser, home, _readers):
    """One window for each way to read, kept for all tests that only read."""
    used = []

    def one(**options):
        name = json.dumps(options)
        if name not in _readers:
            _readers[name] = Window(browser, home.url, **options)
        used.append(_readers[name])
        return used[-1]

    yield one
    held_to_it(used)
    for w in used:
        w.wrong.clear()
        w.page.set_viewport_size({"width": 1280, "height": 900})


# --- People with passkeys ---------------------------------------------------------------------------------------------

class Office:
    """A home at an origin that passkeys can be registered for, with officers who have one: a copy, served anew."""

    def __init__(self, made, folder, *flags):
        self.made, self.url, self.people = made, made.url, made.people
        shutil.copytree(made.place.folder, folder, dirs_exist_ok=True)
        self.place = Place(folder)
        self.place.ids = self.ids = dict(made.place.ids)
        self.begin(*flags)

    def begin(self, *flags):
        self.service = Provisod(self.place, "--console", CONSOLE, *flags, listen=f"127.0.0.1:{self.made.port}")


class OfficeMade:
    def __init__(self, folder):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.people = {name: passkeys.Passkey(name, origin=self.url) for name in ("dora", "emil")}
        self.place = story(Place(folder))
        self.place.renew("second")
        for name, passkey in self.people.items():
            self.place.sign("key", passkey.form("officer"), "licensing.example.org", name=f"key-{name}")
        self.tell_more(self.place)

    def tell_more(self, place):
        """What an office of another test has besides."""


@pytest.fixture(scope="session")
def office_made(tmp_path_factory):
    return OfficeMade(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(console, office_made, tmp_path):
    made = Office(office_made, tmp_path)
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
        give_passkey(w, name, office.people[name].key)
        if signed_in:
            sign_in(w, name)
        return w

    yield new
    for w in opened:
        w.close()
    held_to_it(opened)


def give_passkey(w, name, key):
    w.cdp = w.context.new_cdp_session(w.page)
    w.cdp.send("WebAuthn.enable")
    w.authenticator = w.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})["authenticatorId"]
    pkcs8 = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    w.cdp.send("WebAuthn.addCredential", {"authenticatorId": w.authenticator, "credential": {
        "credentialId": base64.b64encode(name.encode() * 4).decode(), "isResidentCredential": True, "rpId": "localhost",
        "privateKey": base64.b64encode(pkcs8).decode(), "userHandle": base64.b64encode(name.encode()).decode(), "signCount": 0}})


def sign_in(w, name, back="/"):
    page = w.open(f"/sign-in?back={back}")
    page.select_option("#kid", label=f"{name} (Officer)")
    with page.expect_navigation(url=w.url + back):
        page.click("form[data-sign-in] button:enabled")
    w.settle()
    assert page.locator(".person strong").inner_text() == name


def measured(name, figures):
    """Figures are kept in build/, not asserted: machines differ."""
    path = SOURCE / "build" / "console-figures.json"
    all_of_them = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(all_of_them | {name: figures}, indent=1, sort_keys=True) + "\n")
