"""With the keyboard alone."""


def stops(page, most=80):
    """What Tab stops at, from the top of the page until it comes round."""
    seen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate("""() => { const e = document.activeElement; if (!e || e === document.body) return null;
            const box = e.getBoundingClientRect(), style = getComputedStyle(e);
            return {what: e.outerHTML.slice(0, 90), seen: box.width > 0 && box.height > 0,
                    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                    inside: box.bottom > 0 && box.top < innerHeight,
                    hit: (() => { const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 10));
                        return !top || e.contains(top) || top.contains(e); })()}; }""")
        if at is None:
            break
        seen.append(at)
    return seen


def test_every_stop_is_seen_and_has_a_ring(window, home):
    w = window()
    for name, path in home.pages().items():
        page = w.open(path)
        all_of_them = stops(page)
        assert len(all_of_them) > 10, name
        assert "skip" in all_of_them[0]["what"], "the first stop skips the frame"
        for stop in all_of_them:
            assert stop["seen"] and stop["ring"] and stop["inside"] and stop["hit"], (name, stop)


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
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=LENS-0001")
    page.locator("main li a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/systems/*")
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
