"""proviso monitor: an outsider follows a log, and is told what ought to be asked about."""
import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from test_adversary import LIES, story  # noqa: F401 (a fixture)

KEY = "keys/licensing.example.org"


@pytest.fixture
def watched(world):
    def look(*more, log="authority/log", status=0, **options):
        return world.run("monitor", "--log", log, "--authority", f"{KEY}.pub", "--state", "seen", "--json", *more,
                         status=status, **options)
    world.look = look
    return world


def alerts(answer):
    return [(a["alert"], a["entry"]) for a in answer.json["alerts"]]


def test_a_log_that_grows_within_the_rules_is_nothing_to_tell(watched):
    assert alerts(watched.look()) == []
    seen = json.loads((watched.folder / "seen").read_text())
    watched.renew("system")
    assert alerts(watched.look()) == []
    now = json.loads((watched.folder / "seen").read_text())
    assert int(seen["checkpoint"].splitlines()[1]) < int(now["checkpoint"].splitlines()[1])


def test_a_fork_and_a_log_that_shrank_are_told_until_they_are_looked_into(watched):
    shutil.copytree(watched.folder / "authority", watched.folder / "copy")
    watched.renew("system")
    watched.look()
    before = (watched.folder / "seen").read_text()
    assert alerts(watched.look(log="copy/log", status=1)) == [("rewound", None)]
    # The copy goes another way, and further.
    for name in ("one", "two"):
        watched.keygen(name)
        watched.run("key", "-", "--key", "keys/ada.key", "--home", "copy",
                    stdin=f'role: auditor\nholder: {name}\ncountry: XR\npublic-key: "@keys/{name}.pub"\n')
    for _ in range(2):
        assert alerts(watched.look(log="copy/log", status=1)) == [("fork", None)]
    assert (watched.folder / "seen").read_text() == before


def test_a_log_that_stands_still_is_told(watched):
    watched.look()
    state = json.loads((watched.folder / "seen").read_text())
    state["since"] -= 3600
    (watched.folder / "seen").write_text(json.dumps(state))
    assert alerts(watched.look("--stalled", "7200")) == []
    assert alerts(watched.look("--stalled", "1800", status=1)) == [("stalled", None)]


def test_a_new_record_about_whom_one_watches_is_told_once(watched):
    first = alerts(watched.look("--watch", "Ruritanian Police", "--watch", "Ruritania", status=1))
    assert first and {a for a, _ in first} == {"watched"}
    assert alerts(watched.look("--watch", "XR")) == []  # nothing is new
    watched.keygen("aide")
    watched.run("key", "-", "--key", "keys/ada.key",
                stdin='role: auditor\nholder: Aide\ncountry: XB\npublic-key: "@keys/aide.pub"\n')
    assert alerts(watched.look("--watch", "XR", "--watch", "id")) == []
    watched.keygen("other")
    watched.run("key", "-", "--key", "keys/ada.key",
                stdin='role: auditor\nholder: Other\ncountry: XB\npublic-key: "@keys/other.pub"\n')
    (told,) = alerts(watched.look("--watch", "xb", status=1))
    assert told[0] == "watched" and told[1] is not None


@pytest.mark.parametrize("lie", LIES)
def test_whatever_an_authority_that_lies_publishes_is_told_with_its_place(story, lie):  # noqa: F811
    entries, index, rule = LIES[lie]
    story.forged(entries(story))
    state = story.place.folder / "seen"
    state.unlink(missing_ok=True)
    told = story.check("monitor", "--state", "seen", "--json", status=1).json["alerts"]
    first = next(a for a in told if a["alert"] == "fault")
    assert first["entry"] == index(story) and rule in first["what"]
    again = story.check("monitor", "--state", "seen", "--json", status=0).json["alerts"]
    assert again == []  # told once


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answers.pop(0))
        self.end_headers()

    def log_message(self, *_):
        pass


def test_alerts_go_to_a_webhook_and_by_mail_and_again_where_that_failed(watched):
    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    hook.got, hook.answers = [], [500, 200]
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    tools = watched.folder / "tools"
    tools.mkdir()
    (tools / "sendmail").write_text(f'#!/bin/sh\necho "$@" >> {watched.folder}/mail\ncat >> {watched.folder}/mail\n')
    (tools / "sendmail").chmod(0o755)
    env = {"PATH": f"{tools}:/usr/bin:/bin"}
    words = ("--watch", "XR", "--webhook", f"http://127.0.0.1:{hook.server_port}/hook", "--mail", "desk@example.org")
    assert watched.look(*words, status=None, env=env).status != 0
    assert not (watched.folder / "seen").exists() and not (watched.folder / "mail").exists()
    told = alerts(watched.look(*words, status=1, env=env))
    assert [len(got["alerts"]) for got in hook.got] == [len(told)] * 2
    mail = (watched.folder / "mail").read_text()
    assert mail.startswith("-i -- desk@example.org\nTo: desk@example.org\n") and "ALERT  watched: entry " in mail
    hook.shutdown()
