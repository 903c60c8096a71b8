"""proviso keygen: files, modes, passphrases."""
import stat
import time

import pytest


def test_a_key_pair_is_two_files_one_secret(place):
    place.run("keygen", "ada", "--no-passphrase")
    mode = stat.S_IMODE((place.folder / "ada.key").stat().st_mode)
    assert mode == 0o600
    assert (place.folder / "ada.pub").read_text().startswith("ada+")


@pytest.mark.parametrize("name", ["two words", "a+b", "", "tab\there"])
def test_names_that_a_note_cannot_hold_are_refused(place, name):
    assert "key.name" in place.run("keygen", name, "--no-passphrase", status=3).err
    assert not list(place.folder.glob("*.key"))


def test_files_that_are_there_are_kept(place):
    place.run("keygen", "ada", "--no-passphrase")
    before = (place.folder / "ada.key").read_bytes()
    place.run("keygen", "ada", "--no-passphrase", status=4)
    assert (place.folder / "ada.key").read_bytes() == before


def test_the_passphrase_comes_from_the_environment_or_a_file_and_is_demanded(place):
    place.run("keygen", "licensing.example.org", env={"PROVISO_PASSPHRASE": "correct horse"})
    init = ["init", "--name", "licensing.example.org", "--key", "licensing.example.org.key"]
    place.keygen("ada")
    init += ["--officer", "keys/ada.pub"]
    wrong = place.run(*init, status=None, env={"PROVISO_PASSPHRASE": "wrong"})
    assert wrong.status in (1, 3) and "key.passphrase-wrong" in wrong.err
    (place.folder / "pass").write_text("correct horse\n")
    place.run(*init, "--passphrase-file", "pass")


def test_without_a_terminal_a_needed_passphrase_is_a_clear_error(place):
    answer = place.run("keygen", "ada", status=2)
    assert "PROVISO_PASSPHRASE" in answer.err
    assert not list(place.folder.glob("*.key"))


def test_es256_keys_sign_records_too(world):
    world.run("keygen", "second", "--out", "keys", "--no-passphrase", "--alg", "es256")
    world.sign("key", {"role": "exporter", "holder": "Second Ltd", "country": "DE",
                       "public-key": "@keys/second.pub"}, "ada", name="key-second")
    form = {"exporter": {"name": "Second Ltd", "country": "DE"},
            "end-user": {"name": "Ruritanian Police", "country": "XR"}, "item": world.ITEM,
            "quantity": 1, "scope": world.SCOPE, "purpose-of-use": "Kidnappings."}
    world.sign("apply", form, "second", name="application-second")


@pytest.mark.parametrize("officers, threshold", [(0, 2), (1, 1), (2, 2)])
def test_init_says_how_many_must_agree_as_the_log_has_it(place, officers, threshold):
    for name in ("licensing.example.org", "ada", "ben"):
        place.run("keygen", name, "--no-passphrase")
    added = [word for name in ("ada", "ben")[:officers] for word in ("--officer", f"{name}.pub")]
    made = place.run("init", "--home", "authority", "--name", "licensing.example.org",
                     "--key", "licensing.example.org.key", *added, "--json").json
    assert made["threshold"] == place.run("status", "--json").json["threshold"] == threshold


def test_the_end_of_officers_keys_is_told_before_too_few_are_left(place):
    ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 864000))
    for name in ("licensing.example.org", "ada", "ben"):
        place.run("keygen", name, "--no-passphrase")
    place.run("init", "--home", "authority", "--name", "licensing.example.org", "--key", "licensing.example.org.key")
    for name, more in (("ada", ""), ("ben", f"valid-until: {ends}\n")):
        line = (place.folder / f"{name}.pub").read_text().strip()
        (place.folder / "key.yaml").write_text(f"role: officer\nholder: {name}\npublic-key: {line}\n{more}")
        assert "2 must agree" in place.run("doctor", status=1).out
        place.run("key", "key.yaml", "--key", "licensing.example.org.key")
    assert ends in place.run("status").out and ends in place.run("status", "--json").json["warning"]
    assert ends in place.run("doctor", status=1).out
