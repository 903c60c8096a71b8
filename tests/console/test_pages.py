"""Every page: answers, is readable without a script, asks nobody else, and is fit for everyone."""
import os

import pytest
from conftest import LANGUAGES, PAGES

SOAK = os.environ.get("SOAK") == "1"


def test_the_table_of_pages_is_whole(home):
    assert list(home.pages()) == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_without_a_script(reader, home, name):
    page = reader(java_script_enabled=False).open(home.pages()[name])
    assert page.locator("h1").count() == 1
    assert page.locator("main").inner_text().strip()
    assert page.title().endswith(" · Proviso")
    assert page.locator("[data-preview]:visible, [hidden]:visible").count() == 0


# 640 is 1280 at 200 %, 320 is 1280 at 400 % (WCAG 2.2, 1.4.10), 390 a phone.
WIDTHS = (1280, 640, 390, 320)
# What is another in the dark; whether a language has words where it needs them does not hang on colours.
COLOURS = ("color-contrast", "link-in-text-block")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_passes_axe_and_fits(reader, home, name, lang):
    """
    Each page in each language, in both themes, wide, at 200 % and on a phone: one load, then what can have become another.
    Colours are looked at in one language of each direction of writing; with SOAK=1 all is looked at everywhere.
    """
    w = reader().prefer(lang)
    page, wrong = w.open(home.pages()[name]), []
    assert page.locator("html").get_attribute("dir") == ("rtl" if lang in ("he", "ar") else "ltr")
    whole = SOAK or lang in ("en", "he")
    page.eval_on_selector_all("main details", "all => all.forEach(d => d.open = true)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        found = w.overflows()
        if SOAK or width == 1280 or (whole and width in (640, 390)):
            found += w.axe(without=() if SOAK or (whole and width != 640) else COLOURS)
        if whole and (SOAK or width == 1280):
            w.paint("dark")
            found += w.axe(*(() if SOAK else COLOURS))
            w.paint("light")
        wrong += [f"at {width}: {line}" for line in found]
    assert not wrong, "\n".join(wrong)


def test_larger_text_loses_nothing(reader, home):
    """Text alone at 200 % (WCAG 2.2, 1.4.4): nothing is cut off or laid over another."""
    w = reader().prefer("en")
    for name in ("overview", "system", "measure", "new-measure", "log"):
        page = w.open(home.pages()[name])
        page.evaluate("document.documentElement.style.fontSize = '30px'")
        cut = page.evaluate("""() => [...document.querySelectorAll("main *, header *, nav *")].filter(e =>
            getComputedStyle(e).overflow === "hidden" && !e.matches(".hidden, .skip") &&
            (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)).map(e => e.outerHTML.slice(0, 120))""")
        assert cut == [], name
        assert w.overflows() == [], name


def test_headings_and_landmarks_are_in_order(reader, home):
    w = reader().prefer("en")
    for name, path in home.pages().items():
        page = w.open(path)
        levels = page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(h => +h.tagName[1])")
        assert levels[0] == 1 and levels.count(1) == 1, (name, levels)
        assert all(b - a <= 1 for a, b in zip(levels, levels[1:])), (name, levels)
        assert [page.locator(s).count() for s in ("header.bar", "main", "footer", "nav.side")] == [1, 1, 1, 1], name
        ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
        assert len(ids) == len(set(ids)), (name, ids)


def test_the_place_one_is_at_is_marked(reader, home):
    w = reader()
    for name, href in (("overview", "/"), ("system", "/systems"), ("proposal", "/measures"), ("record", "/log")):
        page = w.open(home.pages()[name])
        assert page.locator("nav.side a[aria-current]").evaluate_all("all => all.map(a => a.getAttribute('href'))") == [href]


@pytest.mark.parametrize("lang, day", [("en", "Nov"), ("he", "ב"), ("fr", " "), ("es", " "), ("ar", "٢")])
def test_instants_are_shown_as_each_language_writes_them(reader, home, lang, day):
    page = reader().prefer(lang).open("/log")
    shown = page.locator("td:last-child").first.inner_text()
    assert "UTC" in shown and "T" not in shown.replace("UTC", "") and "Z" not in shown, shown
    raw = page.locator("main").inner_text()
    assert not __import__("re").search(r"\d{4}-\d\d-\d\dT", raw), "an instant as a machine writes it"


ENGLISH = ("holds until", "signed by", "officers)", "the purposes the authority", "is not in the state", "there is nothing at")


@pytest.mark.parametrize("lang, licence, nothing", [("he", "רישיון", "אין דבר בכתובת זו"), ("ar", "الترخيص", "لا يوجد شيء في هذا العنوان"),
                                                    ("fr", "Licence", "Il n’y a rien à cette adresse"), ("es", "Licencia", "No hay nada en esta dirección")])
def test_statements_and_problems_are_said_in_the_pages_language(window, home, lang, licence, nothing):
    w = window().prefer(lang)
    shown = w.open(home.pages()["system"]).locator(".operands").inner_text()
    assert licence in shown and not [words for words in ENGLISH if words in shown], shown
    page = w.open("/no/such/page", status=404)
    assert nothing in page.locator("main").inner_text() and "http.no-such-path" in page.locator("main code").inner_text()
    assert page.locator("main [lang=en]").count() == 1, "what English says of this case of it is marked as English"
    w.wrong.clear()  # the browser logs each status that is not 200


def test_preferences_are_kept_and_one_comes_back(window, home):
    w = window()
    page = w.open("/measures")
    with page.expect_navigation():  # to the same address: its URL alone does not say that it has come
        page.select_option("#lang", "he")
    assert page.locator("html").get_attribute("lang") == "he"
    with page.expect_navigation():
        page.select_option("#theme", "dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 23, 28)"
    assert w.open("/systems").locator("html").get_attribute("lang") == "he"


def test_preferences_are_kept_without_a_script(window, home):
    w = window(java_script_enabled=False)
    page = w.open("/systems?q=lens&condition=restricted")
    page.select_option("#lang", "fr")
    with page.expect_navigation():
        page.click(".preferences button")
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.url.endswith("/systems?q=lens&condition=restricted"), "what was looked at is kept"


def test_a_browser_says_which_language_and_theme_it_prefers(window, home):
    page = window(locale="ar", color_scheme="dark").open("/")
    assert page.locator("html").get_attribute("lang") == "ar"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 23, 28)"


def test_print_has_the_record_and_not_the_frame(window, home):
    w = window().prefer("en", "dark")
    page = w.open(home.pages()["system"])
    page.emulate_media(media="print")
    for frame in ("header.bar", "nav.side", "footer", ".actions"):
        assert page.locator(frame).first.is_hidden(), frame
    assert page.locator("h1").is_visible()
    ink, paper = page.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert sum(map(int, ink[4:-1].split(","))) < 200, f"dark ink whatever the theme, not {ink}"
    assert paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    closed = page.locator("details:not([open]) dl").first
    assert closed.evaluate("e => e.getBoundingClientRect().height") > 0, "paper can't be opened: all is printed"


def test_what_is_not_there_is_said_as_a_page(window, home):
    w = window()
    for path in ("/systems/ffffffff", "/measures/nothing", "/records/zz", "/no/such/page"):
        page = w.page
        answer = page.goto(path)
        assert answer.status in (400, 404, 422), (path, answer.status)
        assert answer.headers["content-type"].startswith("text/html"), path
        assert page.locator("h1").inner_text() == "This did not work"
        assert page.locator("main a").count() == 1
    w.wrong.clear()  # the browser logs each status that is not 200


def test_the_course_of_a_case_is_told_in_time(window, home):
    page = window().open(home.pages()["report"])
    at = page.locator("#course ~ .timeline time").evaluate_all("all => all.map(t => t.dateTime)")
    assert len(at) == 4 and at == sorted(at)
