"""A lost directory is made anew from the published log, and goes on."""
import shutil

import pytest

RESTORE = ["restore", "--home", "again", "--authority", "keys/licensing.example.org.pub",
           "--key", "keys/licensing.example.org.key"]


def test_a_restored_authority_is_the_one_that_was_lost(world):
    world.measure("restrict", world.ids["system"], scope="capability=capture.headers",
                  finding=world.upheld().ids["finding"])
    world.renew("system")
    digest = world.run("replay").out.split()[0]
    shutil.copytree(world.folder / "authority/log", world.folder / "mirror")
    shutil.rmtree(world.folder / "authority")
    answer = world.run(*RESTORE, "--log", "mirror", "--json").json
    assert answer["origin"] == "licensing.example.org" and answer["entries"] > 10
    (world.folder / "again").rename(world.folder / "authority")
    assert world.run("replay").out.split()[0] == digest
    world.run("audit")
    world.run("doctor")
    world.renew("system")
    assert world.use("system", "capture.content", status=1).out.startswith("refused: use.capability")
    world.use("system")


def test_a_shorter_log_is_noticed_by_the_systems(world):
    shutil.copytree(world.folder / "authority/log", world.folder / "mirror")
    world.renew("system")
    shutil.rmtree(world.folder / "authority")
    world.run(*RESTORE, "--log", "mirror")
    (world.folder / "again").rename(world.folder / "authority")
    assert "gate.checkpoint-forked" in world.renew("system", status=1).err


@pytest.mark.parametrize("words, rule", [
    (["--key", "keys/ada.key"], "restore.other-key"),
    (["--authority", "keys/ada.pub"], "restore.other-key"),
    (["--home", "authority"], "authority.home-exists"),
])
def test_what_is_not_the_authority_s_is_refused(world, words, rule):
    answer = world.run(*RESTORE, "--log", "authority/log", *words, status=None)
    assert answer.status in (1, 3) and rule in answer.err
    assert not (world.folder / "again").exists()


def test_a_damaged_log_leaves_nothing(world):
    shutil.copytree(world.folder / "authority/log", world.folder / "mirror")
    bundle = max((world.folder / "mirror/tile/entries").rglob("*.p/*"), key=lambda path: int(path.name))
    bytes_there = bytearray(bundle.read_bytes())
    bytes_there[len(bytes_there) // 2] ^= 1
    bundle.write_bytes(bytes_there)
    answer = world.run(*RESTORE, "--log", "mirror", status=1)
    assert "log." in answer.err
    assert [p.name for p in world.folder.iterdir() if p.name.startswith("again")] == []
