"""What a first view costs. The bytes are held to a budget; times are written down, not asserted."""
from conftest import measured

BUDGET = 200 * 1024
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}  # "fast 3G"


def first_view(window, path):
    w = window()
    cdp = w.context.new_cdp_session(w.page)
    cdp.send("Network.enable")
    cdp.send("Network.emulateNetworkConditions", SLOW)
    got, kinds = {}, {}
    cdp.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["response"]["url"]}))
    cdp.on("Network.loadingFinished", lambda e: got.update({e["requestId"]: e["encodedDataLength"]}))
    w.open(path)
    paint = w.page.evaluate("performance.getEntriesByName('first-contentful-paint').map(e => Math.round(e.startTime))[0]")
    load = w.page.evaluate("Math.round(performance.timing.loadEventEnd - performance.timing.navigationStart)")
    files = {url.replace(w.url, ""): got[id] for id, url in kinds.items() if id in got}
    return {"bytes": sum(got.values()), "first paint, ms": paint, "loaded, ms": load, "files": files}


def test_a_first_view_is_light(window, home):
    figures = {name: first_view(window, home.pages()[name]) for name in ("overview", "system", "record", "sign-in", "verify", "new-report")}
    measured("first view at 1.6 Mbit/s and 150 ms", figures)
    for name, figure in figures.items():
        assert figure["files"] and figure["bytes"] < BUDGET, (name, figure)


def test_what_has_its_digest_in_its_name_is_kept(window, home):
    w, kept = window(), {}
    w.page.on("response", lambda r: kept.update({r.url.rsplit("/", 1)[1]: r.headers.get("cache-control", "")}))
    w.open("/verify")  # with what its scripts fetch
    parts = {name: cache for name, cache in kept.items() if name.startswith("part-")}
    assert parts and all("immutable" in cache for cache in parts.values())
    assert all("no-cache" in cache for name, cache in kept.items() if name not in parts)
