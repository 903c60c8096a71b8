"""With the keyboard alone."""
import re

LOOK = """() => { const e = document.activeElement; if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return {what: e.outerHTML.slice(0, 90), seen: box.width > 0 && box.height > 0,
            ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            inside: box.bottom > 0 && box.top < innerHeight,
            hit: (() => { const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 10));
                return !top || e.contains(top) || top.contains(e); })()}; }"""


def stops(page, most=80):
    """What Tab stops at, from the top of the page until it comes round."""
    seen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(LOOK)
        if at is None:
            break
        seen.append(at)
    return seen


def is_seen(at):
    return at["seen"] and at["ring"] and at["inside"] and at["hit"]


def test_every_stop_is_seen_and_has_a_ring(reader, home):
    w = reader().prefer("en")
    for name, path in home.pages().items():
        page = w.open(path)
        all_of_them = stops(page)
        assert len(all_of_them) > 10, name
        assert "skip" in all_of_them[0]["what"], "the first stop skips the frame"
        for stop in all_of_them:
            assert is_seen(stop), (name, stop)


def test_the_skip_link_skips(window, home):
    page = window().open("/systems")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_system_is_found_and_understood_by_keyboard(window, home):
    """From the overview, by search, to why it is restricted."""
    page = window().open("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("LENS-0001")
    with page.expect_navigation(url="**/search?q=LENS-0001"):
        page.keyboard.press("Enter")
    page.locator("main li a").first.focus()
    with page.expect_navigation(url="**/systems/*"):
        page.keyboard.press("Enter")
    assert page.locator("h1 .badge").inner_text() == "Restricted"
    assert page.locator("li.measure p").inner_text()
    summary = page.locator("details:not([open]) summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() >= 2


def test_targets_are_large_enough_to_be_hit(window, home):
    """WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, or within a line of text, or apart enough."""
    w = window(viewport={"width": 390, "height": 844}, has_touch=True)
    for name in ("overview", "systems", "system", "new-measure", "measure"):
        page = w.open(home.pages()[name])
        small = page.eval_on_selector_all("button, .button, select, input:not([type=hidden]), nav.side a, .tiles a",
            """all => all.filter(e => { const b = (e.closest("label") || e).getBoundingClientRect();
                return b.width > 0 && (b.width < 24 || b.height < 24); }).map(e => e.outerHTML.slice(0, 100))""")
        assert small == [], name


class Keys:
    """Somebody at a keyboard without a mouse: where the focus is must be seen at every step."""

    def __init__(self, w):
        self.w, self.page = w, w.page

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def to(self, selector, key="Tab", most=90):
        """Goes on by this key until the focus is on what the selector finds."""
        for _ in range(most):
            self.press(key)
            at = self.page.evaluate(LOOK)
            assert at is None or is_seen(at), at
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"{key} never comes to {selector}")

    def goes(self, *keys, url):
        with self.page.expect_navigation(url=url):
            self.press(*keys)
        self.w.settle()

    def signs_in(self, name):
        self.w.open("/sign-in?back=/")
        self.to("#kid")
        self.page.keyboard.type(name)
        self.to("form[data-sign-in] button:enabled")
        self.goes("Enter", url=self.w.url + "/")
        assert self.page.locator(".person strong").inner_text() == name

    def reads_and_signs(self, kind):
        form = f"form[data-kind={kind}]"
        self.page.wait_for_selector(f"{form} [data-prepare]:enabled")
        self.to(f"{form} [data-prepare]")
        self.press("Enter")
        self.page.wait_for_selector(f"{form} [data-preview] h2:focus")
        assert is_seen(self.page.evaluate(LOOK))
        self.to(f"{form} [data-confirm]")
        self.press("Enter")


MEASURE = re.compile(r"/measures/[0-9a-f]{64}$")


def test_a_disconnection_is_proposed_approved_and_verified_by_keyboard(person, office):
    dora, emil = Keys(person("dora", signed_in=False)), Keys(person("emil", signed_in=False))
    dora.signs_in("dora")
    dora.press("/")
    dora.page.keyboard.type("LENS-0001")
    dora.goes("Enter", url="**/search?q=LENS-0001")
    dora.to("main a[href^='/systems/']", key="j")
    dora.goes("Enter", url=re.compile(r"/systems/[0-9a-f]{64}$"))
    dora.to("main a[href$='/measure']")
    dora.goes("Enter", url="**/measure")
    dora.to("[name=action]")
    dora.to("[name=action][value=disconnect]:checked", key="ArrowDown")
    dora.to("[name=target]")
    dora.to("[name=target][value='end-user/Ruritanian Police']:checked", key="ArrowDown")
    dora.to("#reason")
    dora.page.keyboard.type("It did not answer.")
    dora.reads_and_signs("measure")
    dora.page.wait_for_url(MEASURE)
    measure = dora.page.url.rsplit("/", 1)[1]

    emil.signs_in("emil")
    emil.goes("g", "m", url="**/measures")
    emil.to(f"a[href='/measures/{measure}']", key="j")
    emil.goes("Enter", url=MEASURE)
    emil.reads_and_signs("approval")
    emil.page.locator("h1 .badge", has_text="In force").wait_for()

    # Both halves of the decision are verified on the log, in her browser.
    dora.w.open(f"/measures/{measure}")
    for place, signer in ((0, "dora"), (1, "emil")):
        record = dora.page.locator(".officers a").nth(place).get_attribute("href")
        dora.to(f".officers a[href='{record}']")
        dora.goes("Enter", url=f"**{record}")
        dora.to("[data-verify-now]")
        dora.press("Enter")
        holds = dora.page.locator("[data-verify] .notice.good")
        holds.wait_for()
        assert signer in holds.inner_text() and "on the log of licensing.example.org" in holds.inner_text()
        dora.w.open(f"/measures/{measure}")
