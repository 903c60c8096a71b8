"""What an authority could do that holds its key and lies: each is found, and told by rule and entry."""
import contextlib
import functools
import hashlib
import http.server
import shutil
import threading

import pytest

from adversary import leaf, named, publish, read_entries, root
from conftest import Place

NAME = "licensing.example.org"
PUB = f"keys/{NAME}.pub"


class Story:
    """A log with a lease, then a measure; and the leases that a second, secret copy of the authority gave."""

    def __init__(self, folder):
        self.place = place = Place(folder)
        place.authority().definitions().declaration().application()
        place.licence()
        place.system()
        place.renew("system")
        finding = place.upheld().ids["finding"]
        target = place.ids["system"]
        shutil.copytree(folder / "authority", folder / "secret")
        shutil.copytree(folder / "system", folder / "system-before")
        place.measure("restrict", target, scope="capability=capture.headers", finding=finding)
        self.restricted = read_entries(folder / "authority/log")
        place.measure("suspend", target, finding=finding)
        self.entries = read_entries(folder / "authority/log")
        self.root = place.run("log", "checkpoint", "--json").json["root"]
        shutil.rmtree(folder / "system")
        (folder / "system-before").rename(folder / "system")
        place.run("system", "renew", "--system", "system", env={"PROVISO_HOME": "secret"})
        self.secret = read_entries(folder / "secret/log")
        self.stray = self.secret[-1]  # a lease of the widest scope, signed after the measures

    def at(self, name):
        return named(self.entries, self.place.ids[name])

    def lease(self):
        return self.at("system") + 1

    def without(self, *names):
        gone = {self.at(name) for name in names}
        return [entry for i, entry in enumerate(self.entries) if i not in gone]

    def forged(self, entries, **lies):
        publish(self.place.folder / "forged", entries, self.place.folder / "keys", NAME, **lies)

    def check(self, *words, status=None):
        home = self.place.folder / "again"
        shutil.rmtree(home, ignore_errors=True)
        more = ["--home", "again", "--key", f"keys/{NAME}.key"] if words == ("restore",) else []
        return self.place.run(*words, "--log", "forged", "--authority", PUB, *more, status=status,
                              env={"PROVISO_HOME": ""} if not more else None)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return Story(tmp_path_factory.mktemp("story"))


def moved(entries, index, to):
    rest = entries[:index] + entries[index + 1:]
    return rest[:to] + [entries[index]] + rest[to:]


# Of entries that are all rightly signed, in a tree that is rightly made: what is told, and of which entry.
LIES = {
    "a lease wider than the measure allows": (
        lambda s: [*s.restricted, s.stray], lambda s: len(s.restricted), "lease.widens"),
    "a lease to a suspended system": (
        lambda s: [*s.entries, s.stray], lambda s: len(s.entries), "lease.nothing-in-force"),
    "a licence that nobody decided": (
        lambda s: s.without("decision"), lambda s: s.at("licence") - 1, "licence.not-approved"),
    "a licence of a declaration never made": (
        lambda s: s.without("declaration"), lambda s: s.at("licence") - 1, "licence.declaration-unknown"),
    "a finding of a report never made": (
        lambda s: s.without("report"), lambda s: s.at("finding") - 1, "finding.report-unknown"),
    "a measure whose finding is gone": (
        lambda s: s.without("finding"), lambda s: s.at("restrict") - 1, "measure.finding-unknown"),
    "an approval of nothing": (
        lambda s: s.without("suspend"), lambda s: s.at("suspend"), "approval.proposal-unknown"),
    "a lease to a system whose suspension lacks only its approval": (
        lambda s: [*s.without("approve-restrict", "approve-suspend"), s.stray], lambda s: len(s.entries) - 2,
        "lease.widens"),
    "a lease left out": (
        lambda s: [e for e in s.secret if e != s.entries[s.lease()]], lambda s: len(s.secret) - 2, "lease.sequence"),
    "a lease given twice": (
        lambda s: s.entries[:s.lease() + 1] + s.entries[s.lease():], lambda s: s.lease() + 1, "lease.sequence"),
    "a lease before its system was enrolled": (
        lambda s: moved(s.entries, s.lease(), s.at("system")), lambda s: s.at("system"), "lease.system-unknown"),
    "a record of another's, altered": (
        lambda s: [e[:-1] + bytes([e[-1] ^ 1]) if i == s.at("report") else e for i, e in enumerate(s.entries)],
        lambda s: s.at("report"), "record.bad-signature"),
    "a log whose beginning is cut off": (
        lambda s: s.entries[1:], lambda s: 0, "record.first-is-authority"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_log_that_breaks_a_rule(story, lie):
    entries, index, rule = LIES[lie]
    story.forged(entries(story))
    assert story.check("log", "verify", status=0)  # it is the signed log: only its rules are broken
    answer = story.check("audit", "--json", status=1).json
    assert not answer["ok"]
    first = answer["faults"][0]
    assert (first["seq"], first["rule"]) == (index(story), rule) and first["why"]
    assert f"FAULT  entry {index(story)}, " in story.check("audit", status=1).out
    again = story.check("restore", status=1)
    assert rule in again.err and f"entry {index(story)}:" in again.err
    assert not (story.place.folder / "again/store.db").exists()


def test_what_the_adversary_makes_of_the_truth_is_the_truth(story):
    story.forged(story.entries)
    assert root([leaf(e) for e in story.entries]).hex() == story.root
    for words in (("log", "verify"), ("audit",), ("restore",)):
        story.check(*words, status=0)


VERIFIERS = pytest.mark.parametrize("words", [("log", "verify"), ("audit",), ("restore",)])


@pytest.mark.parametrize("lie, status, says", [
    ({"size": 5}, 1, "log.missing: tile/entries/000.p/5 is not there"),
    ({"size": 255}, 1, "log.missing: tile/entries/000.p/255 is not there"),
    ({"top": hashlib.sha256(b"another").digest()}, 1, "log.root: neither its entries nor its tiles are the 22"),
    ({"origin": "other.example.net"}, 1, "checkpoint.other-origin")])
@VERIFIERS
def test_a_checkpoint_that_is_not_of_its_tree(story, words, lie, status, says):
    story.forged(story.entries, **lie)
    assert says in story.check(*words, status=status).err


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@VERIFIERS
def test_an_entry_altered_at_rest_is_named(story, words):
    story.forged(story.entries)
    flip(next((story.place.folder / "forged/tile/entries").rglob("000.p/*")),
         2 + len(story.entries[0]) + 2 + len(story.entries[1]) - 1)
    assert "log.root: entry 1 is not the one that the checkpoint signs" in story.check(*words, status=1).err


def test_a_log_cut_short_is_told_as_what_it_is(story):
    """The checkpoint promises what is not there: an answer, and no failure of the disk."""
    story.forged(story.entries)
    shutil.rmtree(story.place.folder / "forged/tile/entries")
    for words in (("log", "verify"), ("audit",), ("restore",)):
        answer = story.check(*words, status=1).err
        assert "log.missing: tile/entries/000.p/" in answer and "the checkpoint signs" in answer
    with served(story.place.folder / "forged") as url:
        answer = story.place.run("audit", "--log", url, "--authority", PUB, status=1, env={"PROVISO_HOME": ""}).err
        assert "log.missing: tile/entries/000.p/" in answer


def test_a_tile_altered_at_rest_is_named(story):
    story.forged(story.entries)
    flip(next((story.place.folder / "forged/tile/0").rglob("000.p/*")), 32 + 5)
    for words in (("log", "verify"), ("audit",), ("restore",)):
        assert "log.tile: hash 1 of the tiles of level 0" in story.check(*words, status=1).err


def test_a_fork_is_told_to_who_saw_the_other_side(story):
    place = story.place
    (place.folder / "seen").write_text((place.folder / "secret/log/checkpoint").read_text())
    assert "log.proof-root" in place.run("log", "consistency", "seen", status=1).err


def test_a_system_with_a_secret_lease_is_found_when_it_renews(story):
    answer = story.place.renew("system", status=1)
    assert "gate.lease-refused" in answer.err and "renewal.lease-unknown" in answer.err
