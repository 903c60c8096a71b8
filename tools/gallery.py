"""tools/gallery.py URL OUT: pictures of each page of a console, and OUT/README.md with all of them."""
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

URL, OUT = sys.argv[1], Path(sys.argv[2])
LOOKS = {"light": ("en", "light"), "dark": ("en", "dark"), "hebrew": ("he", "light")}
WIDTH, HEIGHT_MAX = 1000, 1500


def ask(path):
    with urllib.request.urlopen(URL + path, timeout=20) as answer:
        return answer.read().decode()


def items(path):
    return json.loads(ask(path))["items"]


def pages():
    """Name, title, address, and whether one is signed in."""
    measures, systems = items("/v1/measures"), items("/v1/systems")
    restricted = next(m for m in measures if m["action"] == "restrict" and m["stage"] == "in force")
    proposed = next(m for m in measures if m["stage"] == "proposed")
    system = next(s for s in systems if s["condition"] == "restricted")["system"]
    applications = {stage: id for id, stage in re.findall(r'href="/applications/(\w+)".*?badge stage-(\w+)', ask("/applications"))}
    report = re.search(r'href="(/reports/\w{64})"', ask("/reports")).group(1)
    return [
        ("overview", "What is licensed, and what is in force", "/", False),
        ("systems", "Systems", "/systems", False),
        ("system", "One system: why it may do what it may do", f"/systems/{system}", False),
        ("measures", "Measures", "/measures", False),
        ("measure", "A restriction as systems obey it", f"/measures/{restricted['id']}", False),
        ("propose", "Proposing a measure", f"/systems/{system}/measure", True),
        ("approve", "A disconnection that waits for a second officer", f"/measures/{proposed['id']}", True),
        ("sign", "What one signs, read from the very bytes", f"/measures/{proposed['id']}#sign", True),
        ("applications", "Applications", "/applications", False),
        ("application", "An application: parties, hits, what is asked for and what was promised",
         f"/applications/{applications['approved']}", False),
        ("held", "An application held by a list", f"/applications/{applications['held']}", True),
        ("licences", "Licences", "/licences", False),
        ("licence", "A licence", f"/licences/{items('/v1/licences')[0]['licence']}", False),
        ("reports", "Reports", "/reports", False),
        ("report", "A report, what its evidence says, its finding and what followed", report, True),
        ("definitions", "What the words mean", "/definitions", False),
        ("lists", "Lists in use", "/lists", False),
        ("keys", "Keys", "/keys", False),
        ("log", "The log", "/log", False),
        ("record", "A record, and how to verify it", f"/records/{restricted['id']}", False),
        ("search", "Search", "/search?q=lens", False),
        ("work", "The office's work", "/work", True),
        ("drafts", "Drafts", "/drafts", True),
        ("routing", "Rules of routing, and what others would move", "/routing", True),
        ("new", "A new record", "/new", True),
        ("form", "A form", "/new/report", True),
        ("misuse", "Reporting misuse", "/misuse", False),
        ("verify", "Verifying", "/verify", False),
        ("sign-in", "Signing in", "/sign-in", False),
        ("problem", "What was not there", "/systems/ffff", False),
    ]


def sign_in(page):
    page.goto("/sign-in")
    who = [option for option in page.locator("#kid option").all_inner_texts() if option.startswith("Dana ")]
    page.select_option("#kid", label=who[0])
    page.click("form[data-sign-in] button")
    page.wait_for_url(URL + "/")


def show(page, path):
    page.goto(path)
    if path.endswith("#sign"):
        page.click("form[data-kind=approval] [data-prepare]")
        page.wait_for_selector("form[data-kind=approval] [data-preview]:visible")
    page.wait_for_timeout(250)


def take(page, file):
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": WIDTH, "height": max(500, min(height, HEIGHT_MAX))})
    if page.url.endswith("#sign"):
        page.evaluate("document.querySelector('[data-preview]:not([hidden])').scrollIntoView({block: 'center'})")
    page.screenshot(path=file, animations="disabled", caret="hide")
    subprocess.run(["pngquant", "--force", "--ext", ".png", "--strip", "--quality", "60-95", "64", str(file)], check=True)


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    every = pages()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("PROVISO_CHROMIUM", "/usr/bin/chromium"),
                                             args=["--no-sandbox", "--disable-dev-shm-usage"])
        for look, (lang, theme) in LOOKS.items():
            contexts = {}
            for person in (False, True):
                contexts[person] = browser.new_context(base_url=URL, viewport={"width": WIDTH, "height": 700})
                contexts[person].add_cookies([{"name": "lang", "value": lang, "url": URL},
                                              {"name": "theme", "value": theme, "url": URL}])
            page_of = {person: context.new_page() for person, context in contexts.items()}
            sign_in(page_of[True])
            for name, _, path, person in every:
                page_of[person].set_viewport_size({"width": WIDTH, "height": 700})
                show(page_of[person], path)
                take(page_of[person], OUT / f"{name}-{look}.png")
        browser.close()
    lines = ["# The console in pictures", "",
             "Made by `make gallery` from the demo's own data: each page light, dark and in Hebrew.", ""]
    for name, title, _, _ in every:
        lines += [f"## {title}", "", " ".join(f"[![{look}]({name}-{look}.png)]({name}-{look}.png)" for look in LOOKS), ""]
    (OUT / "README.md").write_text("\n".join(lines))
    size = sum(f.stat().st_size for f in OUT.iterdir())
    print(f"{len(every) * len(LOOKS)} pictures in {OUT}, {size / 1e6:.1f} MB")


main()
