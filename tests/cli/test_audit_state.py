"""proviso audit --state: goes on where the last audit ended, and believes of FILE only what it wrote itself."""
import shutil

import pytest
from test_adversary import LIES, served, story  # noqa: F401 (a fixture)

PUB = "keys/licensing.example.org.pub"


@pytest.fixture
def kept(world):
    def audit(*more, log="authority/log", state="state", status=0):
        words = ["--state", state] if state else []
        return world.run("audit", "--log", log, "--authority", PUB, "--json", *words, *more, status=status)
    world.audit = audit
    return world


def test_only_what_is_new_is_judged_and_the_state_is_the_same(kept):
    first = kept.audit().json
    kept.renew("system")
    kept.measure("restrict", kept.ids["system"], scope="capability=capture.headers", finding=kept.upheld().ids["finding"])
    kept.renew("system")
    again, whole = kept.audit().json, kept.audit(state=None).json
    assert (first["from"], again["from"]) == (0, first["entries"]) and again["entries"] > first["entries"] + 5
    for name in ("state", "entries", "leases", "refusals", "records", "faults", "ok"):
        assert again[name] == whole[name], name
    assert kept.audit().json["from"] == again["entries"]
    assert (kept.folder / "state").stat().st_mode & 0o77 == (kept.folder / "state.key").stat().st_mode & 0o77 == 0
    words = kept.run("audit", "--log", "authority/log", "--authority", PUB, "--state", "state").out
    assert f"of them {again['entries']} were audited before" in words


def test_a_state_that_was_altered_is_refused_by_name_wherever_it_was(kept):
    kept.audit()
    good = (kept.folder / "state").read_bytes()
    for at in [0, 22, 40, len(good) // 3, len(good) // 2, len(good) - 33, len(good) - 1]:
        (kept.folder / "state").write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        answer = kept.audit(status=None)
        assert (answer.status, "audit.state" in answer.err) == (3 if at < 22 else 1, True), (at, answer.text)
    for length in (0, 10, 60, len(good) - 1):
        (kept.folder / "state").write_bytes(good[:length])
        assert "audit.state" in kept.audit(status=None).err
    (kept.folder / "state").write_bytes(good)
    (kept.folder / "state.key").rename(kept.folder / "away")
    assert "state: state.key, which shows that nobody else wrote it" in kept.audit(status=1).err
    kept.audit(state="other")
    shutil.copy(kept.folder / "other.key", kept.folder / "state.key")
    assert "audit.state-forged" in kept.audit(status=1).err
    (kept.folder / "away").rename(kept.folder / "state.key")
    kept.audit()


def test_a_state_of_another_log_and_a_log_that_is_another_are_refused(kept):
    kept.audit()
    shutil.copytree(kept.folder / "authority", kept.folder / "copy")
    kept.renew("system")
    kept.audit()
    before = (kept.folder / "state").read_bytes()
    assert "log.shrunk" in kept.audit(log="copy/log", status=1).err
    for name in ("one", "two"):
        kept.keygen(name)
        kept.run("key", "-", "--key", "keys/ada.key", "--home", "copy",
                 stdin=f'role: auditor\nholder: {name}\ncountry: XR\npublic-key: "@keys/{name}.pub"\n')
    answer = kept.audit(log="copy/log", status=1).err
    assert "log.forked" in answer and "audited before: both are signed" in answer
    assert (kept.folder / "state").read_bytes() == before
    kept.keygen("other.example.net")
    kept.run("init", "--home", "elsewhere", "--name", "other.example.net", "--key", "keys/other.example.net.key",
             "--officer", "keys/ada.pub")
    answer = kept.run("audit", "--log", "elsewhere/log", "--authority", "keys/other.example.net.pub", "--state", "state",
                      status=1).err
    assert "audit.state-foreign" in answer and "licensing.example.org" in answer


def test_an_entry_altered_since_is_named(kept):
    kept.audit()
    kept.renew("system")
    size = kept.audit(state=None).json["entries"]
    path = kept.folder / f"authority/log/tile/entries/000.p/{size}"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert f"entry {size - 1} is not the one" in kept.audit(status=1).err


@pytest.mark.parametrize("lie", ["a lease wider than the measure allows", "an approval of nothing"])
def test_what_was_found_before_is_found_still(story, lie):  # noqa: F811
    entries, index, rule = LIES[lie]
    lied = entries(story)
    shutil.rmtree(story.place.folder / "state", ignore_errors=True)
    for name in ("state", "state.key"):
        (story.place.folder / name).unlink(missing_ok=True)
    for known in (lied[:-1], lied):
        story.forged(known)
        answer = story.check("audit", "--state", "state", "--json", status=None)
    again = story.check("audit", "--state", "state", "--json", status=1)
    assert answer.status == 1 and again.json["from"] == len(lied)
    for told in (answer.json, again.json):
        assert (told["faults"][0]["seq"], told["faults"][0]["rule"]) == (index(story), rule)
    whole = story.check("audit", "--json", status=1).json
    assert again.json["faults"] == whole["faults"] and again.json["state"] == whole["state"]
    assert f"FAULT  entry {index(story)}, " in story.check("audit", "--state", "state", status=1).out


def test_a_monitor_judges_only_what_is_new_and_all_where_its_notes_are_gone(kept):
    def look():
        return kept.run("monitor", "--log", "authority/log", "--authority", PUB, "--state", "seen", "--json").json
    assert look()["alerts"] == []
    notes = kept.folder / "seen.audit"
    first = notes.read_bytes()
    kept.renew("system")
    assert look()["alerts"] == [] and notes.read_bytes() != first
    # An older copy of its notes is a part of the log that is judged twice, and nothing else.
    notes.write_bytes(first)
    assert look()["alerts"] == []
    notes.write_bytes(first[:-1] + bytes([first[-1] ^ 1]))
    answer = kept.run("monitor", "--log", "authority/log", "--authority", PUB, "--state", "seen", status=1)
    assert "audit.state-forged" in answer.err
    notes.unlink()
    assert look()["alerts"] == [] and notes.exists()


def test_over_http_only_what_is_new_is_fetched(kept):
    for _ in range(3):
        kept.renew("system")
    with served(kept.folder / "authority/log") as url:
        first = kept.audit(log=url).json
        kept.renew("system")
        again = kept.audit(log=url).json
    assert again["from"] == first["entries"] and again["state"] == kept.audit(state=None).json["state"]


def test_any_number_of_threads_tells_the_same(kept):
    told = [kept.audit("--jobs", jobs, state=None).out for jobs in (1, 2, 7)]
    assert told[0] == told[1] == told[2]
    for jobs in ("0", "257", "many", "-1"):
        kept.audit("--jobs", jobs, state=None, status=2)
