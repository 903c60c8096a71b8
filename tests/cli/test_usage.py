"""How the command speaks: help, usage, exit statuses, errors."""
import re

import pytest


def test_help_lists_every_command_and_each_has_help(place):
    listing = place.run("help").out
    names = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", listing, re.M)
    assert len(names) > 30
    for name in names:
        text = place.run("help", *name.split()).out
        assert text.startswith(f"usage: proviso {name}") and "--json" in text
        assert place.run(*name.split(), "--help").out == text


def commands(place):
    return re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", place.run("help").out, re.M)


# Those that work on the directory itself, and why.
WITHOUT_A_SERVICE = {
    "init": "makes the directory", "restore": "makes the directory anew", "replay": "proviso audit",
    "erase": "removes files", "disclose": "proviso show ID --url", "lists add": "files there", "lists update": "files there",
    "lists diff": "proviso lists show --url", "log cosign": "signs with the key", "inbox list": "the key that is there",
    "inbox open": "the key that is there", "inbox answer": "the key that is there", "inbox publish": "which signs it",
    "tags evaluate": "--authority PUB", "tags combine": "--authority PUB", "tags protect": "--authority PUB", "tags serve": "--authority PUB",
    "tags plan": "--authority PUB", "log begin": "another key", "log officers": "not for a service to say",
}


def test_what_takes_a_home_takes_a_url_or_says_why_not(place):
    helps = {name: place.run("help", *name.split()).out for name in commands(place)}
    refuse = {name for name, text in helps.items() if "\n  --home DIR" in text and "\n  --url URL" not in text}
    assert refuse == set(WITHOUT_A_SERVICE)
    for name, why in WITHOUT_A_SERVICE.items():
        answer = place.run(*name.split(), "--url", "http://127.0.0.1:1", status=2)
        assert why in answer.err and "--home DIR" in answer.err and why in " ".join(helps[name].split())
    for name in sorted({name for name, text in helps.items() if "\n  --home DIR" not in text}):
        assert "asks no service" in place.run(*name.split(), "--url", "http://127.0.0.1:1", status=2).err


NOBODY = "http://127.0.0.1:1"
SIGNED = ("define", "declare", "apply", "advise", "decide", "licence", "surrender", "enrol", "report", "find", "measure",
          "approve", "lift", "clear", "key", "tags publish")
AT_A_SERVICE = {name: ["form.yaml", "--key", "keys/ada.key"] for name in SIGNED} | {
    "template": ["licence"], "submit": ["record"], "show": ["ffff"], "document": ["ffff", "-o", "x"], "status": [],
    "explain": ["ffff"], "work": [], "case": ["ffff"], "system renew": ["--system", "system"],
    "lease grant": ["--request", "request", "-o", "x"], "screen": ["A Name"], "lists show": [], "log checkpoint": [],
    "log prove": ["ffff", "-o", "x"], "log verify": ["--authority", "keys/ada.pub"],
    "log consistency": ["request", "--authority", "keys/ada.pub"], "audit": ["--authority", "keys/ada.pub"],
    "tags request": ["--key", "keys/ada.key", "--reason", "r", "--subject", "tel:+99955501234", "-o", "x"],
}


# They look at files of their own first, which tests/server/test_url.py makes.
LATER = {"tags grant", "tags admit", "audit subject"}


def test_what_takes_a_url_asks_there(world):
    names = {name for name in commands(world) if "\n  --url URL" in world.run("help", *name.split()).out}
    # A doctor says that nobody answers as all else that is wrong.
    assert "is no service" in world.run("doctor", "--url", NOBODY, status=1).out
    assert names == set(AT_A_SERVICE) | LATER | {"doctor"}
    (world.folder / "form.yaml").write_text("{}\n")
    world.run("system", "renew", "--system", "system", "--request", "request")
    (world.folder / "record").write_bytes((world.folder / "request").read_bytes())
    for name, words in AT_A_SERVICE.items():
        answer = world.run(*name.split(), *words, "--url", NOBODY, status=None)
        assert answer.status == 4 and "127.0.0.1:1" in answer.err, (name, answer.text)


@pytest.mark.parametrize("words, says", [
    ([], "usage: proviso"),
    (["frobnicate"], "no such command"),
    (["scope", "meet"], "usage: proviso scope meet"),
    (["scope", "show", "any", "--colour"], "unknown option --colour"),
    (["use", "--system"], "--system needs DIR"),
    (["keygen", "a", "--no-passphrase=yes"], "takes no value"),
    (["keygen", "a", "--alg", "rsa"], "--alg is ed25519 or es256"),
    (["template", "lease"], "no form for"),
    (["measure", "x.yaml"], "--key is needed"),
])
def test_wrong_usage_is_status_2_and_says_what(place, words, says):
    assert says in place.run(*words, status=2).err


def test_groups_list_their_commands(place):
    assert "proviso log prove" in place.run("log", "--help").out
    assert "proviso log prove" in place.run("log", status=2).err


def test_a_missing_home_is_named(place):
    answer = place.run("status", status=3)
    assert "authority.no-home" in answer.err


def test_errors_are_json_when_asked(place):
    error = place.run("scope", "show", "territory=", "--json", status=3)
    import json
    assert json.loads(error.err)["error"]["rule"] == "scope.value-empty"


def test_templates_of_every_kind_say_every_field(place):
    for kind in ("definitions", "declaration", "application", "decision", "licence", "surrender",
                 "enrolment", "report", "finding", "measure", "approval", "lift", "key"):
        text = place.run("template", kind).out
        assert text.lstrip().startswith("#") and ":" in text


def test_a_full_standard_output_is_an_error(place):
    import subprocess
    from conftest import PROVISO
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROVISO, "help"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode in (0, 4)
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROVISO, "scope", "show", "any"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 4 and b"standard output" in done.stderr
