"""Parts of the console by themselves, in a browser under the console's own policy."""
import http.server
import shutil
import subprocess
import threading

import pytest
from conftest import SOURCE, Window

POLICY = "default-src 'none'; script-src 'self'; img-src 'self'; style-src 'self'; form-action 'none'; base-uri 'none'"
PAGE = """<!doctype html><html lang=en><meta charset=utf-8><title>Parts</title><link rel=stylesheet href=page.css><link rel=icon href=mark.svg>
<main><h1>Parts</h1><div id=list></div><p id=links><a href=#a>a</a> <a href=#b>b</a> <a href=#c>c</a></p>
<form><label>Reason <textarea name=reason></textarea></label><label>Proviso <input name=proviso></label>
<label>Proviso <input name=proviso></label><label>Yes <input type=checkbox name=yes value=yes></label>
<label>Secret <input name=secret></label></form><div id=map></div></main><script type=module src=page.js></script></html>"""
STYLE = """#links a { display: inline-block; padding: 1rem; } .rows-scroll { block-size: 400px; overflow: auto; position: relative; } .rows-all { position: relative; }
.row { position: absolute; inset-inline: 0; display: flex; gap: 1rem; } .unseen { position: absolute; clip-path: inset(50%); }
#map svg { inline-size: 600px; } .country { stroke: #333; } .fill { fill: #fff; } .rows-head { display: flex; gap: 1rem; }"""


@pytest.fixture(scope="module")
def parts(console, tmp_path_factory):
    """Where the page of parts is served."""
    folder = tmp_path_factory.mktemp("parts")
    subprocess.run([SOURCE / "console/node_modules/.bin/esbuild", SOURCE / "console/test/page.ts", "--bundle", "--format=esm",
                    "--target=es2022", "--log-level=warning", f"--outfile={folder / 'page.js'}"], check=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "page.css").write_text(STYLE)
    shutil.copy(SOURCE / "console/style/mark.svg", folder)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words):
            super().__init__(*words, directory=str(folder))

        def end_headers(self):
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture
def w(browser, parts):
    window = Window(browser, parts, ready="text=System 5")
    window.open("/")
    yield window
    assert window.elsewhere() == []
    assert [line for line in window.wrong if "pubKeyCredParams" not in line] == []
    window.close()


def focus(page):
    return page.evaluate("document.activeElement.dataset.row ?? document.activeElement.outerHTML.slice(0, 60)")


def test_the_keyboard_goes_through_a_hundred_thousand_rows(w):
    page = w.page
    grid = page.locator("[role=grid]")
    assert grid.get_attribute("aria-rowcount") == "100001" and page.locator("[data-row]").count() < 40
    page.locator("[data-row='0']").focus()
    for key, row in (("j", 1), ("ArrowDown", 2), ("k", 1), ("PageDown", 12), ("End", 99999), ("ArrowDown", 99999)):
        page.keyboard.press(key)
        assert focus(page) == str(row), key
    page.wait_for_selector("text=System 99999")
    last = page.locator("[data-row='99999']")
    assert last.get_attribute("aria-rowindex") == "100001" and last.get_attribute("tabindex") == "0"
    assert page.locator("[data-row]").count() < 60 and page.locator("[data-row][tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_selector("text=of 100000")
    page.keyboard.press("Home")
    page.wait_for_selector("text=System 3")
    assert page.evaluate("did") == ["open 99999"]
    # Rows stand in the document in their order, whatever order they came in.
    order = page.evaluate("[...document.querySelectorAll('[data-row]')].map(e => Number(e.dataset.row))")
    assert order == sorted(order)
    # A link in a row is the reader's own; the row in the order of tabs follows the focus.
    page.locator("[data-row='4'] a").focus()
    page.keyboard.press("j")
    assert focus(page) == "5"


def test_scrolling_anywhere_shows_what_is_there(w):
    page = w.page
    for row in (50_000, 3, 99_990, 12_345):
        page.evaluate("row => document.querySelector('.rows-scroll').scrollTop = row * 32", row)
        page.wait_for_selector(f"text=System {row + 2}")
        box, frame = (page.locator(s).bounding_box() for s in (f"[data-row='{row + 2}']", ".rows-scroll"))
        assert frame["y"] <= box["y"] < frame["y"] + frame["height"]


def test_the_palette_finds_runs_and_gives_the_focus_back(w):
    page = w.page
    page.locator("#links a").first.focus()
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
    page.keyboard.type("mif")
    page.wait_for_selector("text=A record of mif")
    assert page.locator("[role=option][aria-selected=true]").inner_text().startswith("Measures in force")
    assert [f for f in w.axe() if "dialog" in f or "palette" in f] == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+k")
    page.keyboard.type("syst")
    page.keyboard.press("Enter")
    assert page.evaluate("did") == ["record mif", "systems"]
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0 and "#a" in focus(page)


def test_keys_move_and_never_while_somebody_writes(w):
    page = w.page
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    assert "#a" in focus(page)
    for key in ("/", "g", "s"):
        page.keyboard.press(key)
    page.locator("textarea").fill("")
    page.locator("textarea").press_sequentially("j/gs")
    assert page.evaluate("did") == ["search", "go"] and page.locator("textarea").input_value() == "j/gs"


def test_what_was_typed_is_there_again_until_it_is_sent(w):
    page = w.page
    page.locator("textarea").fill("Two findings.")
    page.locator("[name=proviso]").nth(1).fill("No more than two.")
    page.locator("[name=yes]").check()
    page.locator("[name=secret]").fill("not kept")
    page.reload()  # at once: what was typed last is kept when the page is left
    w.settle()
    shown = [page.locator("textarea").input_value(), *(page.locator("[name=proviso]").nth(i).input_value() for i in (0, 1)),
             page.locator("[name=yes]").is_checked(), page.locator("[name=secret]").input_value()]
    assert shown == ["Two findings.", "", "No more than two.", True, ""]
    assert "not kept" not in page.evaluate("JSON.stringify(localStorage)")
    page.evaluate("sent()")
    page.reload()
    w.settle()
    assert page.locator("textarea").input_value() == "" and page.evaluate("localStorage.length") == 0


def test_the_map_can_be_walked_by_keyboard_and_is_sound(w):
    page = w.page
    names = page.evaluate("[...document.querySelectorAll('#map a')].map(a => a.getAttribute('aria-label'))")
    assert names == ["2 – the BR: 2 licensed", "1 – the IL: 1 suspended", "3 – the XR: 3 disconnected"]
    page.locator("#map a").first.focus()
    with page.expect_navigation(url="**#BR"):
        page.keyboard.press("Enter")
    assert page.locator("#map path.licensed").bounding_box()["width"] > 20
    assert w.axe() == []


def test_a_passkey_is_made_and_signs(w):
    cdp = w.context.new_cdp_session(w.page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True}})
    made = w.page.evaluate("passkey()")
    assert made["algorithm"] == "es256" and made["fields"]["public-key"].startswith("ada+")
    assert made["fields"]["rp-id"] == "localhost" and made["fields"]["origin"] == w.url
