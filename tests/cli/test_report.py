"""proviso audit --report: a page for people, which says all that was found and does nothing else."""
import html
import html.parser
import os
import re
from pathlib import Path

import pytest
from conftest import SOURCE
from test_adversary import LIES, flip, story  # noqa: F401 (a fixture)

PUB = "keys/licensing.example.org.pub"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'&amp; </td></table> {{origin}} \u05e9\u05dc\u05d5\u05dd"
AXE = SOURCE / "console/node_modules/axe-core/axe.min.js"
CHROMIUM = os.environ.get("PROVISO_CHROMIUM", "/usr/bin/chromium")


class Page(html.parser.HTMLParser):
    """Its elements, its links, and that each that was opened is closed."""
    EMPTY = {"meta", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], set(), [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.words))


def report(place, *more, log="authority/log", status=0):
    answer = place.run("audit", "--log", log, "--authority", PUB, "--report", "report.html", *more, status=status)
    text = (place.folder / "report.html").read_text()
    return text, Page(text), answer


@pytest.fixture
def told(world):
    """A log with something of each: a report and its finding, measures, one of them one officer's, refusals."""
    world.renew("system")
    world.upheld()
    world.measure("restrict", f"system/{world.ids['system']}", scope="capability=capture.headers",
                  finding=world.ids["finding"], reason=HOSTILE)
    world.renew("system")
    world.measure("suspend", "country/XR", approve=None, finding=world.ids["finding"])
    world.renew("system", status=1)
    return world


def test_it_says_what_was_checked_and_what_was_seen(told):
    text, page, _ = report(told)
    for words in ("No entry breaks a rule.", "licensing.example.org", "proviso audit --log authority/log",
                  (told.folder / PUB).read_text().strip(), "Leases by country", "Leases by licence", "Leases by month",
                  "capture.headers", "serious-crime.kidnapping", "renewal.measure", "1 of 1 systems that had a lease",
                  "still within its 72 hours", "Ada", "upheld", "No policy was given"):
        assert words.lower() in page.text.lower(), words
    assert f"system/{told.ids['system'][:8]}" in page.text and told.ids["system"] not in page.text
    assert told.ids["restrict"][:8] in page.text and told.ids["report"][:8] in page.text
    # Each chart has its numbers in a table too.
    assert text.count("<svg") == text.count("</figure>") >= 5
    leases = told.run("audit", "--json").json["leases"]
    assert re.search(rf'<th scope="row">XR</th><td class="n">{leases}</td>', text)


def test_it_asks_for_nothing_and_runs_nothing_whatever_a_record_says(told):
    text, page, _ = report(told)
    assert html.escape(HOSTILE, quote=False).split("{{")[0].replace('"', "&quot;").replace("'", "&#39;") in text
    assert HOSTILE in "".join(page.words)
    assert not page.tags & {"script", "img", "link", "iframe", "object", "form", "base", "embed"}
    for name, value in page.attributes:
        assert not name.startswith("on") and name not in ("src", "srcset", "action", "data", "style"), (name, value)
        assert name != "href" or value.startswith("#"), value
    assert "url(" not in text and "@import" not in text and "default-src 'none'" in text


@pytest.mark.parametrize("lie", ["a lease wider than the measure allows", "a licence that nobody decided"])
def test_a_broken_rule_is_in_it_with_its_entry_and_what_the_rule_demands(story, lie):  # noqa: F811
    entries, index, rule = LIES[lie]
    story.forged(entries(story))
    _, page, answer = report(story.place, log="forged", status=1)
    assert "audit.faults" in answer.err and "No entry breaks a rule." not in page.text
    assert rule in page.text and f"Entries break rules: " in page.text and str(index(story)) in page.text
    demanded = next(line for line in (SOURCE / "doc/rules.md").read_text().splitlines() if f"| `{rule}` |" in line)
    assert demanded.split("|")[3].strip() in page.text


def test_a_log_that_is_not_what_was_signed_is_told_as_that(story):  # noqa: F811
    story.forged(story.entries)
    flip(next((story.place.folder / "forged/tile/entries").rglob("000.p/*")), 40)
    _, page, answer = report(story.place, log="forged", status=1)
    assert "log.root" in answer.err and "This is not the log that was signed. log.root: entry 0 is not" in page.text
    assert "None: every entry keeps the rules" not in page.text


def test_what_is_no_answer_is_no_report(told):
    told.run("audit", "--log", "nowhere", "--authority", PUB, "--report", "none.html", status=4)
    assert not (told.folder / "none.html").exists()
    told.run("audit", "--log", "authority/log", "--authority", PUB, "--report", "no/where/none.html", status=4)


def test_with_a_state_the_page_is_of_the_whole_log_and_only_what_is_new_is_judged(told):
    """Counted in three parts, once without a page, it says what it says when all is judged at once."""
    told.run("audit", "--log", "authority/log", "--authority", PUB, "--report", "report.html", "--state", "state")
    told.sign("lift", {"measure": told.ids["restrict"], "reason": "It was set right."}, "ada")
    told.sign("approve", {"proposal": told.ids["lift"]}, "ben", name="approve-lift")
    told.run("audit", "--log", "authority/log", "--authority", PUB, "--state", "state")
    told.measure("disconnect", f"system/{told.ids['system']}", finding=told.ids["finding"])
    told.renew("system", status=1)
    _, counted, answer = report(told, "--state", "state", "--json")
    entries = answer.json["entries"]
    assert 0 < answer.json["from"] < entries
    _, whole, _ = report(told)
    same = [re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", page.text) for page in (counted, whole)]
    assert same[0] == same[1]
    _, again, _ = report(told, "--state", "state")  # nothing is new, and nothing is counted twice
    assert re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", again.text) == same[0]


def test_a_state_without_counts_gives_no_page(told):
    told.run("audit", "--log", "authority/log", "--authority", PUB, "--state", "state")
    answer = told.run("audit", "--log", "authority/log", "--authority", PUB, "--state", "state", "--report", "none.html",
                      status=1)
    assert "audit.state-uncounted" in answer.err and not (told.folder / "none.html").exists()


@pytest.mark.skipif(not AXE.exists() or not Path(CHROMIUM).exists(), reason="axe-core or Chromium is not installed")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_passes_axe_wide_and_narrow_and_prints(told, theme):
    playwright = pytest.importorskip("playwright.sync_api")
    report(told)
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_context(bypass_csp=True, color_scheme=theme, java_script_enabled=True).new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((told.folder / "report.html").as_uri())
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(AXE.read_text())
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert len(asked) == 1
        if os.environ.get("PROVISO_PICTURES"):
            page.set_viewport_size({"width": 1100, "height": 900})
            page.screenshot(path=Path(os.environ["PROVISO_PICTURES"]) / f"report-{theme}.png", full_page=True)
        assert page.pdf()[:5] == b"%PDF-"
        browser.close()
