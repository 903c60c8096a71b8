"""Lists: added, fetched, kept, compared; what is damaged, shrunk or old replaces nothing."""
import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[1] / "fuzz" / "corpus"
DATA = os.environ.get("PROVISO_TEST_DATA")
EMPTY = {"PROVISO_HOME": "empty"}


def own(*names):
    return "id,name,type\n" + "".join(f"{i},{name},person\n" for i, name in enumerate(names, 1))


NAMES = ["Rupert von Hentzau", "Michael of Strelsau", "Antoinette de Mauban", "Fritz von Tarlenheim",
         "Josef Holf", "Rudolf Rassendyll", "Flavia Elphberg", "Colonel Sapt", "Max Holf", "Johann Detchard"]


@pytest.fixture
def lists(place):
    (place.folder / "empty").mkdir()

    def run(*words, **options):
        return place.run("lists", *words, env=EMPTY, **options)

    run.folder = place.folder
    run.write = lambda text, name="list.csv": (place.folder / name).write_text(text)
    run.snapshots = lambda name="own": run("show", name, "--json").json[0]["snapshots"]
    return run


# --- Files -------------------------------------------------------------------------------------

def test_a_list_is_kept_in_an_empty_folder(lists):
    lists.write(own(*NAMES))
    assert "10 entries" in lists("add", "own", "list.csv").out
    shown = lists("show", "own", "--json").json[0]
    assert shown["policy"] == "hold" and not shown["stale"] and shown["snapshots"][0]["entries"] == 10
    assert "unchanged" in lists("update").out
    assert len(lists.snapshots()) == 1


def test_an_update_tells_what_changed_word_by_word(lists):
    lists.write(own(*NAMES))
    lists("add", "own", "list.csv")
    lists.write(own("Rupert of Hentzau", *NAMES[1:], "Lauengram"))
    told = lists("update", "own").out
    assert "Rupert [-von-] {+of+} Hentzau" in told and "+ 11  Lauengram" in told
    assert "1 added, 1 changed, 0 removed" in told
    differences = lists("diff", "own", status=1).out
    assert "Rupert [-von-] {+of+} Hentzau" in differences
    first, second = (s["digest"] for s in lists.snapshots())
    assert "1 removed" in lists("diff", "own", second[:8], first[:8], status=1).out
    assert "0 added, 0 changed, 0 removed" in lists("diff", "own", first[:8], first[:8]).out
    changes = [json.loads(line) for line in lists("diff", "own", "--json", status=1).out.splitlines()]
    assert [c["change"] for c in changes] == ["changed", "added"]


@pytest.mark.parametrize("damage,rule", [
    ("id,name\n1,\"Rupert\n", "list.csv"), ("id,name\n", "list.empty"), ("", "list.format"),
    ("id,name\n1,A\n1,B\n", "list.duplicate")])
def test_a_damaged_file_replaces_nothing(lists, damage, rule):
    lists.write(own(*NAMES))
    lists("add", "own", "list.csv")
    before = lists("show", "own", "--json").json
    lists.write(damage)
    assert rule in lists("update", "own", status=3).err
    after = lists("show", "own", "--json").json
    assert before == after
    kept = sorted(p.name for p in (lists.folder / "empty/lists/own").iterdir())
    assert kept == sorted([".lock", "list.json", before[0]["snapshots"][0]["digest"]])


def test_a_list_that_shrank_too_much_is_not_taken_unless_told(lists):
    lists.write(own(*NAMES))
    lists("add", "own", "list.csv")
    lists.write(own(*NAMES[:9]))
    lists("update", "own")
    lists.write(own(*NAMES[:8]))
    refused = lists("update", "own", status=1).err
    assert "lists.shrank" in refused and "--may-shrink" in refused and len(lists.snapshots()) == 2
    lists("update", "own", "--may-shrink")
    assert lists.snapshots()[-1]["entries"] == 8


def test_the_share_is_ones_own(lists):
    lists.write(own(*NAMES))
    lists("add", "own", "list.csv", "--shrink", "50")
    lists.write(own(*NAMES[:5]))
    lists("update", "own")
    lists.write(own(*NAMES[:2]))
    lists("update", "own", status=1)


def test_a_list_not_looked_at_is_stale(lists):
    lists.write(own(*NAMES))
    lists("add", "own", "list.csv", "--max-age", "2d")
    settings = lists.folder / "empty/lists/own/list.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"checked": "2026-01-01T00:00:00Z"}))
    assert lists("show", "own", "--json").json[0]["stale"] and "STALE" in lists("show").out
    lists("update")
    assert not lists("show", "own", "--json").json[0]["stale"]


def test_what_a_list_said_then_is_still_said(lists):
    lists.write(own(*NAMES))
    lists("add", "own", "list.csv", "--date", "2020-06-01")
    lists.write(own("Rupert of Hentzau", *NAMES[1:]))
    lists("update", "--date", "2022-06-01")
    assert "Rupert von Hentzau" in lists("show", "own", "1", "--as-of", "2021-01-01").out
    assert "Rupert of Hentzau" in lists("show", "own", "1").out
    assert "lists.no-snapshot" in lists("show", "own", "1", "--as-of", "2019-01-01", status=3).err
    assert "[-von-]" in lists("diff", "own", "2021-01-01", "2023-01-01", status=1).out
    assert lists("show", "own", "99", status=1).out.startswith("own has no entry 99")


def test_an_older_copy_is_not_taken(lists):
    shutil.copy(CORPUS / "list_xml/un", lists.folder / "un.xml")
    lists("add", "un", "un.xml")
    text = (lists.folder / "un.xml").read_text()
    (lists.folder / "un.xml").write_text(text.replace("2025-03-28", "2024-03-28"))
    assert "lists.goes-back" in lists("update", status=1).err


def test_a_dry_run_keeps_nothing(lists):
    lists.write(own(*NAMES))
    assert "not kept" in lists("add", "own", "list.csv", "--dry-run").out
    assert not (lists.folder / "empty/lists/own").exists()
    lists("add", "own", "list.csv")
    lists.write(own(*NAMES, "Lauengram"))
    assert "dry run" in lists("update", "--dry-run").out
    assert len(lists.snapshots()) == 1


def test_every_format_can_be_added(lists):
    for kind in ("list_xml", "list_csv", "list_json", "list_zip"):
        for file in sorted((CORPUS / kind).iterdir()):
            if file.name == "ofac" and kind == "list_csv":
                continue
            lists("add", f"{kind}-{file.name}", file)
    shown = lists("show", "--json").json
    assert len(shown) >= 19 and all(s["snapshots"] for s in shown)


def test_ofac_is_several_files(lists):
    parts = (CORPUS / "list_csv/ofac").read_bytes().split(b"\n---\n")
    for i, part in enumerate(parts):
        (lists.folder / f"part-{i}").write_bytes(part + b"\n")
    lists("add", "sdn", "part-1", "part-0", "part-3", "part-2", "--format", "ofac-csv")
    entry = lists("show", "sdn", "101", "--json").json
    assert [n["text"] for n in entry["names"]][:2] == ["Rupert HENTZAU", "Rupert VON HENTZAU"]
    assert {"kind": "tax", "value": "7707083893", "country": "RU"} in entry["identifiers"]


@pytest.mark.parametrize("words,status,says", [
    (["add", "bad name", "list.csv"], 2, "no list's name"), (["add", "../x", "list.csv"], 2, "no list's name"),
    (["add", "own", "nowhere.csv"], 4, "cannot read nowhere.csv"), (["update", "other"], 3, "no list other"),
    (["add", "own", "list.csv", "--format", "odd"], 2, "no such format"),
    (["add", "own", "list.csv", "--policy", "odd"], 2, "--policy is"),
    (["add", "own", "list.csv", "--max-age", "soon"], 2, "--max-age takes"),
    (["add", "own", "list.csv", "--shrink", "101"], 2, "--shrink takes"),
    (["add", "own", "http://example.org/list"], 2, "use https"), (["add", "own", "ftp://x/y"], 2, "only https"),
    (["update"], 2, "there is no list"), (["show", "own"], 3, "there is no list own")])
def test_wrong_usage_is_told(lists, words, status, says):
    lists.write(own(*NAMES))
    assert says in lists(*words, status=status).err
    assert not (lists.folder / "empty/lists/own").exists()


# --- From a server -----------------------------------------------------------------------------

class Server:
    """Serves one file as lists are: with a tag, by parts, and with the faults it is told."""

    def __init__(self, body):
        self.body, self.seen, self.faults = body, [], []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words):
                pass

            def do_GET(self):
                outer.answer(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/list.csv"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def tag(self):
        return f'"{hash(self.body) & 0xffffffff:x}"'

    def answer(self, request):
        self.seen.append(dict(request.headers))
        fault = self.faults.pop(0) if self.faults else None
        start, status, body = 0, 200, self.body
        if request.headers.get("If-None-Match") == self.tag:
            status, body = 304, b""
        elif request.headers.get("Range") and request.headers.get("If-Range") in (None, self.tag):
            start = int(request.headers["Range"].removeprefix("bytes=").rstrip("-"))
            status, body = 206, self.body[start:]
        if isinstance(fault, int):
            status, body = fault, b"not now"
        request.send_response(status)
        request.send_header("ETag", self.tag)
        request.send_header("Content-Length", str(len(body)))
        if status == 206:
            request.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        request.end_headers()
        if fault == "cut":
            request.wfile.write(body[:len(body) // 2])
            request.wfile.flush()
            request.connection.close()
            request.close_connection = True
            return
        request.wfile.write(body)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def server():
    server = Server(own(*NAMES).encode())
    yield server
    server.close()


def test_what_has_not_changed_is_not_fetched_again(lists, server):
    lists("add", "own", server.url)
    assert "unchanged" in lists("update").out
    assert server.seen[1]["If-None-Match"] == server.tag
    server.body = own(*NAMES, "Lauengram").encode()
    assert "1 added" in lists("update").out
    assert len(lists.snapshots()) == 2


def test_a_broken_transfer_goes_on_where_it_broke_off(lists, server):
    server.faults = ["cut"]
    lists("add", "own", server.url)
    assert len(server.seen) == 2 and server.seen[1]["Range"].startswith("bytes=")
    assert server.seen[1]["If-Range"] == server.tag and lists.snapshots()[0]["entries"] == 10


def test_a_file_that_changed_meanwhile_is_begun_anew(lists, server):
    lists("add", "own", server.url)
    server.body = own(*NAMES, "A" * 200).encode()
    server.faults = ["cut"]
    assert "cannot fetch" in lists("update", "--retries", "0", status=4).err
    server.body = own(*NAMES, "B" * 200).encode()
    lists("update")
    assert "B" * 200 in lists("show", "own", "11").out


def test_a_busy_server_is_asked_again(lists, server):
    server.faults = [503, 429]
    lists("add", "own", server.url)
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_missing_file_is_not_asked_for_again(lists, server, status):
    server.faults = [status]
    assert f"status {status}" in lists("add", "own", server.url, status=1).err
    assert len(server.seen) == 1 and not (lists.folder / "empty/lists/own").exists()


def test_an_error_page_is_no_list(lists, server):
    lists("add", "own", server.url)
    server.body = b"<html><body>Please enable JavaScript</body></html>"
    assert "list.format" in lists("update", status=3).err
    assert lists.snapshots()[0]["entries"] == 10
    server.body = own(*NAMES, "Lauengram").encode()
    assert "1 added" in lists("update").out


def test_a_server_that_is_away_leaves_the_old_snapshot(lists, server):
    lists("add", "own", server.url)
    server.close()
    assert "cannot fetch" in lists("update", "--retries", "1", status=4).err
    assert lists.snapshots()[0]["entries"] == 10


def test_a_server_whose_certificate_nobody_vouches_for_is_not_believed(lists, server):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2"],
                   cwd=lists.folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lists.folder / "cert.pem", lists.folder / "key.pem")
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    refused = lists("add", "own", server.url.replace("http://127.0.0.1", "https://localhost"), status=4).err
    assert "certificate" in refused and not (lists.folder / "empty/lists/own").exists()


def test_through_a_proxy(lists, server):
    lists("add", "own", "http://127.0.0.1:9/list.csv", "--proxy", server.url.removesuffix("/list.csv"))
    assert len(server.seen) == 1 and lists.snapshots()[0]["entries"] == 10


def test_one_list_that_fails_holds_up_no_other(lists, server):
    lists("add", "away", server.url)
    lists.write(own(*NAMES))
    lists("add", "own", "list.csv")
    lists.write(own(*NAMES, "Lauengram"))
    server.faults = [404]
    told = lists("update", status=1)
    assert "away" in told.err and "own: csv, 11 entries" in told.out


# --- Real files --------------------------------------------------------------------------------

@pytest.mark.skipif(DATA is None, reason="no PROVISO_TEST_DATA")
def test_the_un_list_over_the_years(lists):
    folder = Path(DATA) / "lists/un"
    for year, name in (("2020", "consolidated-2020.xml"), ("2025", "consolidated-2025-04.xml"),
                       ("2026", "consolidated-watchman.xml")):
        shutil.copyfile(folder / name, lists.folder / "un.xml")
        lists(*(["add", "un", "un.xml"] if year == "2020" else ["update", "un", "--may-shrink"]))
    told = lists("diff", "un", "2020-12-31", "2025-12-31", status=1).out.splitlines()[-1]
    assert told.endswith("46 added, 660 changed, 187 removed")
    assert "RI WON HO" in lists("show", "un", "6908555", "--as-of", "2021-01-01").out
