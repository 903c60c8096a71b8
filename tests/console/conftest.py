"""The console as a browser sees it: a home made by the real commands, served by provisod, in Chromium."""
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

_spec = importlib.util.spec_from_file_location("server_conftest", Path(__file__).parents[1] / "server" / "conftest.py")
_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_server)
Place, Provisod, BUILD = _server.Place, _server.Provisod, _server.BUILD
instant = _server._cli.instant
SOURCE = Path(__file__).resolve().parents[2]
CONSOLE = SOURCE / "build" / "console"
AXE = SOURCE / "console" / "node_modules" / "axe-core" / "axe.min.js"
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
            "invitation": "/invitation/no-such", "work": "/work",
        }


# Names alone, for parametrize: a page more in Home.pages is a row more here, which a test checks.
PAGES = ["overview", "systems", "systems-none", "system", "new-measure", "measures", "measure", "proposal", "licences",
         "licence", "applications", "application", "held", "reports", "report", "evidence", "definitions", "lists", "keys", "log", "record",
         "search", "found", "verify", "sign-in", "new", "new-report", "new-declaration",
         "misuse", "invitation", "work"]


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
    """A page of its own context that holds against the console whatever the browser says of it."""

    def __init__(self, browser, url, **options):
        self.url = url
        self.context = browser.new_context(base_url=url, **{"viewport": {"width": 1280, "height": 900}} | options)
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
        return self.page

    def elsewhere(self):
        return [url for url in self.requests if not url.startswith((self.url + "/", "data:"))]

    def axe(self):
        """What axe finds wrong, a line for each element."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("""() => axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa",
            "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})""")
        return [f"{v['id']} ({v['help']}): {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
                for v in found["violations"] for node in v["nodes"]]

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


@pytest.fixture
def window(browser, home):
    """Opens windows; at the end nothing may have been asked of another origin, or complained of by the browser."""
    opened = []

    def new(url=None, **options):
        opened.append(Window(browser, url or home.url, **options))
        return opened[-1]

    yield new
    for w in opened:
        assert w.elsewhere() == [], "requests to other origins"
        assert w.wrong == [], "what the browser complained of"
        w.close()


def measured(name, figures):
    """Figures are kept in build/, not asserted: machines differ."""
    path = SOURCE / "build" / "console-figures.json"
    all_of_them = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(all_of_them | {name: figures}, indent=1, sort_keys=True) + "\n")
