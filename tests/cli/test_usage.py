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
