"""What others write and send: script in every field, in addresses, other sites, tricks with paths, floods."""
import http.client
import re
import urllib.parse

import pytest
from conftest import Home, Window, instant

MARK = "\"'><img src=x onerror=alert(1)><script>alert(2)</script></textarea></title>{{origin}}{0}'{'"
SHORT = "\"'><script>alert(2)</script>{{a}}{0}'{'"  # where 64 bytes fit
PAGES_OF_TEXT = 20


def hostile(place):
    """The story, with script wherever somebody can write a text."""
    script = MARK
    place.keygen("licensing.example.org", "ada", "ben", "chen", "harbour", "ruritania", "ombudsman")
    place.run("init", "--name", "licensing.example.org", "--key", "keys/licensing.example.org.key",
              *[w for name in ("ada", "ben", "chen") for w in ("--officer", f"keys/{name}.pub")], "--threshold", 2)
    exporter, end_user = {"name": f"Harbour {script}", "country": "IL"}, {"name": f"Police {script}", "country": "XR"}
    for key, role, country, holder in (("harbour", "exporter", "IL", exporter["name"]),
                                       ("ruritania", "end-user", "XR", end_user["name"]),
                                       ("ombudsman", "auditor", "XR", f"Ombudsman {script}")):
        place.sign("key", {"role": role, "holder": holder, "country": country, "public-key": f"@keys/{key}.pub"},
                   "ada", name=f"key-{key}")
    place.sign("define", {"number": 1, "effective": instant(days=-1), "purposes": [
        {"label": "serious-crime", "title": f"Title {script}", "text": f"Text {script}", "excludes": [f"Never {script}"]}],
        "scope": "purpose=serious-crime; require=warrant"}, "ada", name="definitions-1")
    place.declaration(**{"end-user": end_user, "scope": SCOPE, "undertakings": [script],
                         "signatory": {"name": script, "office": script}, "offences": [
                             {"label": "serious-crime.kidnapping", "title": script, "statute": script, "maximum-years": 12}]})
    item = {"name": f"lens {script}", "version": SHORT, "capabilities": ["capture.headers", "capture.content"]}
    place.ITEM, place.SCOPE = item, SCOPE
    place.application(**{"exporter": exporter, "end-user": end_user, "purpose-of-use": script, "item": item,
                         "parties": [{"role": SHORT, "name": script, "country": "XR"}]})
    place.sign("decide", {"application": place.ids["application"], "outcome": "approve-with-provisos", "reasons": script,
                          "provisos": [script]}, "ada", name="decision")
    place.licence(**{"exporter": exporter, "end-user": end_user, "item": item})
    form = place.run("system", "init", "--system", "first", "--authority", "keys/licensing.example.org.pub",
                     "--name", "LENS-0001", "--auditor", "keys/ombudsman.pub").out
    form = __import__("yaml").safe_load(form) | {"licences": [place.ids["licence"]], "item-version": SHORT,
                                                 "serial": f"L {SHORT}"}
    place.sign("enrol", form, "harbour", name="first")
    (place.folder / "evidence.json").write_text(MARK)
    place.sign("report", {"subject": script, "system": place.ids["first"], "allegation": script, "reporter": script,
                          "evidence": [{"file": "evidence.json", "type": "text/html"}]}, "ombudsman")
    place.sign("find", {"report": place.ids["report"], "system": place.ids["first"], "outcome": "upheld", "reasons": script},
               "chen", name="finding")
    place.measure("restrict", f"system/{place.ids['first']}", finding=place.ids["finding"], reason=script,
                  scope=SCOPE.replace("capture.headers,capture.content", "capture.headers"))
    place.measure("disconnect", f"end-user/{end_user['name']}", approve=None, finding=place.ids["finding"], reason=script)
    nobody = "id,name,type\n" + "".join(f"{i},Nobody No {i},person\n" for i in range(1, 31))
    quoted = f"Harbour {script}".replace('"', '""')
    (place.folder / "list.csv").write_text(f'{nobody}99,"{quoted}",company\n')
    place.run("lists", "add", "example", "list.csv")
    place.ids["second-application"] = place.ids["application"]
    return place


SCOPE = "capability=capture.headers,capture.content; purpose=serious-crime.kidnapping; territory=XR; require=warrant"


@pytest.fixture(scope="module")
def hostile_home(console, tmp_path_factory):
    made = Home(tmp_path_factory.mktemp("hostile"), hostile)
    yield made
    made.service.stop()


def test_script_in_records_is_text_on_every_page(browser, hostile_home):
    w, seen = Window(browser, hostile_home.url), set()
    for name, path in hostile_home.pages().items():
        for lang in ("en", "he"):
            page = w.prefer(lang).open(path)
            assert page.locator("img, iframe, object, embed").count() == 0, name
            inline = page.eval_on_selector_all("script", "all => all.filter(s => !s.src || s.textContent).map(s => s.outerHTML)")
            assert inline == [], name
            handlers = page.evaluate("""() => [...document.querySelectorAll("*")].flatMap(e =>
                [...e.attributes].filter(a => a.name.startsWith("on") || /^\\s*javascript:/i.test(a.value)).map(a => e.outerHTML))""")
            assert handlers == [], name
            text = page.locator("main").inner_text()
            if "alert(2)" in text:
                seen.add(name)
                assert "<script>alert(2)</script>" in text, f"{name}: shown as it was written"
    ids = hostile_home.ids
    for kind, id in ids.items():
        page = w.open(f"/records/{id}")
        assert page.locator("main img").count() == 0, kind
        if "<script>" in page.locator("main").inner_text():
            seen.add(f"record of {kind}")
    assert w.wrong == [] and w.elsewhere() == []
    assert len(seen) >= PAGES_OF_TEXT, f"the script must have been shown, to have been tried: {sorted(seen)}"
    w.close()


@pytest.mark.parametrize("path", [
    "/search?q={}", "/systems?q={}", "/systems?condition={}", "/licences?q={}", "/applications?q={}", "/systems/{}", "/measures/{}",
    "/records/{}", "/new/{}", "/new/report?from={}", "/sign-in?back={}", "/?lang={}", "/?theme={}", "/log?before={}", "/systems?after={}", "/{}",
])
def test_script_in_an_address_is_text(window, path):
    w = window()
    for given in (MARK, "javascript:alert(1)", "</script><script>alert(1)</script>", "\u202e\u2066<u>", "' onfocus=alert(1) autofocus='"):
        page = w.page
        page.goto(path.format(urllib.parse.quote(given, safe="")))
        assert page.locator("img, main script, main u").count() == 0, given
        assert page.evaluate("""() => [...document.querySelectorAll("*")].flatMap(e => [...e.attributes].filter(a =>
            a.name.startsWith("on") || (["href", "src", "action", "formaction"].includes(a.name) && !/^[/#]/.test(a.value))))
            .map(a => a.name + "=" + a.value)""") == []
    # A wrong address answers 400 or 404, which the browser notes; nothing else may be noted.
    w.wrong = [line for line in w.wrong if "Failed to load resource" not in line]


def ask(service, path, method="GET", headers=None, body=None):
    """As it is, without a client that mends paths."""
    connection = http.client.HTTPConnection(service.host, service.port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=False, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {k.lower(): answer.headers.get_all(k)[0] if k.lower() != "vary" else ", ".join(
            answer.headers.get_all(k)) for k in answer.headers}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("back, goes", [
    ("/systems?q=a&condition=restricted", "/systems?q=a&condition=restricted"), ("/", "/"), ("//evil.example", "/"), ("/\\evil.example", "/"),
    ("https://evil.example/", "/"), ("javascript:alert(1)", "/"), ("/\t/evil.example", "/"), ("/\n/evil.example", "/"),
    ("/a\r\nSet-Cookie: x=y", "/"), ("", "/"), ("systems", "/"), ("\\/evil.example", "/"), ("/a b", "/"), ("/é", "/"), ("/%2f%2fevil", "/%2f%2fevil"),
])
def test_preferences_lead_nowhere_else(home, back, goes):
    status, headers, _ = ask(home.service, "/preferences?lang=he&back=" + urllib.parse.quote(back, safe=""))
    assert status == 303 and headers["location"] == goes
    assert re.fullmatch(r"lang=he; Path=/; Max-Age=31536000; SameSite=Lax", headers["set-cookie"])


@pytest.mark.parametrize("value", ["", "x" * 17, "he;Domain=evil", "he\r\nX: y", "\u05d0", "en,fr", "../en"])
def test_a_preference_that_is_none_is_not_kept(home, value):
    status, headers, _ = ask(home.service, "/preferences?lang=" + urllib.parse.quote(value, safe=""))
    assert status == 303 and "set-cookie" not in headers and "x" not in headers


@pytest.mark.parametrize("path", [
    "../home", "..%2f..%2fauthority%2fproviso.db", "%2e%2e/%2e%2e/etc/passwd", "....//etc/passwd", "/etc/passwd", "//etc/passwd", "./console.css",
    "console.css/", "console.css%00.js", "%5c..%5cconsole.css", "..\\console.css", "console.css/../console.js", "messages", "messages/", ".done",
    "../pages/layout.html", "%252e%252e/pages/layout.html", "messages/../console.css", "a" * 4000, "%ff%fe", "CONSOLE.CSS",
])
def test_paths_lead_to_no_other_file(home, path):
    status, headers, body = ask(home.service, "/console/" + path)
    assert status in (400, 404, 414), (status, body[:80])
    assert b"root:" not in body and b"{{" not in body and not headers["content-type"].startswith("text/html")


def test_files_say_what_they_are_and_come_compressed(home):
    for name, kind in (("console.css", "text/css"), ("console.js", "text/javascript"), ("mark.svg", "image/svg+xml"),
                       ("messages/en.json", "application/json")):
        status, headers, body = ask(home.service, f"/console/{name}")
        assert status == 200 and headers["content-type"].startswith(kind) and headers["x-content-type-options"] == "nosniff"
        status, packed, less = ask(home.service, f"/console/{name}", headers={"Accept-Encoding": "gzip"})
        if len(body) > 1024:
            assert packed["content-encoding"] == "gzip" and len(less) < len(body) and packed["vary"] == "Accept-Encoding"
            assert __import__("gzip").decompress(less) == body
        for etag in (headers["etag"], packed["etag"]):
            assert ask(home.service, f"/console/{name}", headers={"If-None-Match": etag})[0] == 304


def test_pages_are_held_to_this_site_by_their_headers(home):
    for path in ("/", "/systems/none", "/console/console.js", "/preferences", "/nothing/here"):
        _, headers, _ = ask(home.service, path, headers={"Accept": "text/html"})
        policy = dict(p.strip().split(" ", 1) for p in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'" and policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'" and policy["form-action"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_a_page_can_not_be_framed(browser, home):
    other = browser.new_context()
    page = other.new_page()
    page.route("http://other.example/", lambda r: r.fulfill(body=f"<iframe src='{home.url}/'></iframe>", content_type="text/html"))
    page.goto("http://other.example/")  # loaded when its frames are
    assert len(page.frames) == 2
    assert all("Proviso" not in (f.title() if f.url.startswith(home.url) else "") for f in page.frames[1:])
    other.close()


def test_the_policy_stops_a_script_that_would_be_put_in(browser, home):
    """The second line of defence, tried by itself."""
    w = Window(browser, home.url)
    page = w.open("/")
    ran = page.evaluate("""async () => { window.ran = [];
        const stopped = [], all = new Promise(done => document.addEventListener("securitypolicyviolation", e => {
            stopped.push(e.effectiveDirective); if (stopped.length === 4) done(); }));
        const s = document.createElement("script"); s.textContent = "window.ran.push('inline')"; document.body.append(s);
        document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.ran.push(1)'>");
        document.body.insertAdjacentHTML("beforeend", "<a href='javascript:window.ran.push(2)' id='js'>x</a>");
        document.querySelector("#js").click();
        await fetch("https://evil.example/").catch(() => window.refused = true);
        await Promise.race([all, new Promise(r => setTimeout(r, 10000))]);
        return [window.ran, window.refused, stopped.sort()]; }""")
    assert ran == [[], True, ["connect-src", "script-src-attr", "script-src-elem", "script-src-elem"]]
    w.close()


def test_too_much_is_refused_and_the_service_goes_on(home):
    assert ask(home.service, "/search?q=" + "a" * 200_000)[0] in (400, 413, 414, 431)
    assert ask(home.service, "/", headers={"Cookie": "lang=" + "x" * 100_000})[0] in (400, 413, 431)
    assert ask(home.service, "/", "POST", {"Content-Length": "10"}, b"0123456789")[0] in (404, 405, 413)
    assert ask(home.service, "/systems?" + "&".join(["q=a"] * 5000))[0] in (200, 400, 413, 414, 431)
    assert ask(home.service, "/log?before=" + "9" * 5000)[0] == 400
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert ask(home.service, "/systems", method)[0] in (400, 404, 405, 501)
    assert ask(home.service, "/")[0] == 200


def test_two_readers_do_not_get_each_others_page(home):
    _, headers, _ = ask(home.service, "/")
    assert "private" in headers["cache-control"] and "no-cache" in headers["cache-control"] and "Cookie" in headers["vary"]
