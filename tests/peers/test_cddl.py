"""Records, entries and disclosures beside doc/records.cddl, as zcbor reads it, and forms beside PyYAML."""

import collections
import copy
import functools
import importlib
import os
import pathlib
import random
import subprocess

import cbor2
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEER = pathlib.Path(os.environ.get("PROVISO_BUILD", "build/release")) / "tests/peers/peer_records"
SEED = int(os.environ.get("PROVISO_TEST_SEED", random.SystemRandom().getrandbits(32)))
COUNT = 20
KINDS = """key definitions declaration application decision licence surrender enrolment lease refusal
    report finding measure approval lift listing screening clearance tags admission inquiry disclosure advice renewal""".split()


class Forgetful(list):
    def append(self, _):
        pass


# zcbor also builds a named tuple of each map, and wants a name of its own for each member; and it
# keeps, and prints at the next, every choice that ever failed.
translator = importlib.import_module("zcbor.zcbor")
translator = getattr(translator, "zcbor", translator)
translator.namedtuple = functools.partial(collections.namedtuple, rename=True)
translator.DataTranslator.errors = property(lambda _: Forgetful(), lambda _, value: None)
CDDL = translator.DataTranslator.from_cddl((ROOT / "doc/records.cddl").read_text(), 1000).my_types


def cddl_takes(data, rule="record"):
    try:
        return CDDL[rule].validate_str(data)
    except (translator.CddlValidationError, cbor2.CBORDecodeError):  # what is in a string is no CBOR
        return False


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    print(f"PROVISO_TEST_SEED={SEED}")
    folder = tmp_path_factory.mktemp("records")
    subprocess.run([PEER, "generate", str(SEED), str(COUNT), folder], check=True)
    return folder


@pytest.fixture(scope="module")
def decode(tmp_path_factory):
    """What record_decode says of each of many byte strings: "ok", or a rule and why."""
    folder = tmp_path_factory.mktemp("mutants")

    def answers(many):
        said = []
        for start in range(0, len(many), 500):
            paths = []
            for i, data in enumerate(many[start:start + 500]):
                paths.append(folder / str(i))
                paths[-1].write_bytes(data)
            done = subprocess.run([PEER, "check", *paths], capture_output=True, text=True, check=True)
            said += done.stdout.splitlines()
        assert len(said) == len(many)
        return said

    return answers


def records(folder, kind):
    return [path.read_bytes() for path in sorted(folder.glob(f"{kind}-*.cbor"))]


class Parts:
    """A record taken apart, to be put together again with another payload, header or frame."""

    def __init__(self, data):
        value = cbor2.loads(data)
        self.is_signed = isinstance(value, cbor2.CBORTag)
        if self.is_signed:
            header, self.unprotected, payload, self.signature = value.value
            self.header, self.payload = cbor2.loads(header), cbor2.loads(payload)
        else:
            self.type, self.header, self.payload = value

    def bytes(self, **changed):
        part = lambda name: changed.get(name, getattr(self, name))
        if not self.is_signed:
            return cbor2.dumps([part("type"), part("header"), part("payload")])
        return cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps(part("header")), part("unprotected"),
                                              cbor2.dumps(part("payload")), part("signature")]))


def places(value, path=()):
    """Every map and list within, by its path."""
    if isinstance(value, (dict, list)):
        yield path, value
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def changed(value, path, change):
    value = copy.deepcopy(value)
    at = value
    for key in path:
        at = at[key]
    change(at)
    return value


def wrong_type(value):
    return b"x" if isinstance(value, str) else 0 if isinstance(value, (dict, list)) else "x"


def mutants(value):
    """(what was done, the mutant): for each map a field dropped, added, of another type or cut."""
    for path, inner in places(value):
        if isinstance(inner, dict):
            yield "added", changed(value, path, lambda at: at.update({99: 0}))
            yield "added", changed(value, path, lambda at: at.update({"x": 0}))
        for key in list(inner.keys() if isinstance(inner, dict) else range(len(inner))):
            old = inner[key]
            if isinstance(inner, dict):
                yield "dropped", changed(value, path, lambda at: at.pop(key))
            yield "type", changed(value, path, lambda at: at.__setitem__(key, wrong_type(old)))
            if isinstance(old, int):
                yield "range", changed(value, path, lambda at: at.__setitem__(key, 1 << 53))
                yield "range", changed(value, path, lambda at: at.__setitem__(key, -(1 << 53)))
            elif isinstance(old, str):
                yield "range", changed(value, path, lambda at: at.__setitem__(key, ""))
            elif isinstance(old, bytes):
                yield "cut", changed(value, path, lambda at: at.__setitem__(key, old[:-1]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_valid_record_is_in_the_cddl(generated, decode, kind):
    found = records(generated, kind)
    assert len(found) == COUNT
    for data, said in zip(found, decode(found)):
        assert said == "ok"
        assert cddl_takes(data), data.hex()


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_refuses_the_other_refuses(generated, decode, kind):
    done, many = [], []
    for data in records(generated, kind)[:6]:
        parts = Parts(data)
        assert parts.bytes() == data
        for name in "payload", "header":
            for what, mutant in mutants(getattr(parts, name)):
                done.append((what, name))
                many.append(parts.bytes(**{name: mutant}))
    counts = collections.Counter()
    for (what, name), data, said in zip(done, many, decode(many)):
        takes = cddl_takes(data)
        assert takes == (said == "ok"), f"{name}, {what}: CDDL {takes}, record_decode {said}: {data.hex()}"
        assert not takes or what in ("dropped", "cut"), f"{name}, {what}: taken: {data.hex()}"
        counts[what, takes] += 1
    assert counts["dropped", False] and counts["added", False] and counts["type", False]


@pytest.mark.parametrize("kind", KINDS)
def test_no_record_passes_for_another_kind(generated, decode, kind):
    many = []
    parts = Parts(records(generated, kind)[0])
    for other in KINDS:
        name = f"application/vnd.proviso.{other}+cbor"
        header = {**parts.header, 3: name} if parts.is_signed else parts.header
        many.append(parts.bytes(header=header, type=name))
    # `surrender` and `lift` have the same shape: reference and reason.
    alike = {"surrender", "lift"} if kind in ("surrender", "lift") else {kind}
    for other, data, said in zip(KINDS, many, decode(many)):
        assert cddl_takes(data) == (said == "ok") == (other in alike), f"as {other}: {said}"


def test_a_frame_has_one_form(generated, decode):
    parts = Parts(records(generated, "approval")[0])
    frame = cbor2.loads(parts.bytes()).value
    many = [
        parts.bytes(unprotected={4: b"x"}),
        parts.bytes(signature=parts.signature[:-1]),
        parts.bytes(signature=None),
        cbor2.dumps(frame),
        cbor2.dumps(cbor2.CBORTag(98, frame)),
        cbor2.dumps(cbor2.CBORTag(18, frame[:3])),
        cbor2.dumps(cbor2.CBORTag(18, [*frame, b""])),
        cbor2.dumps([]),
    ]
    for data, said in zip(many, decode(many)):
        assert said != "ok" and not cddl_takes(data), f"{said}: {data.hex()}"


def test_disclosures_are_in_the_cddl(generated):
    found = sorted(generated.glob("*.disclosure"))
    assert len(found) == COUNT
    for path in found:
        data = path.read_bytes()
        salt, kind, field, value = cbor2.loads(data)
        assert (len(salt), kind, field) == (16, "report", "subject")
        assert cddl_takes(data, "disclosure")
        assert not cddl_takes(cbor2.dumps([salt[1:], kind, field, value]), "disclosure")
        assert not cddl_takes(cbor2.dumps([salt, kind, field]), "disclosure")


def texts(form, payload):
    """Pairs of what a form and its payload have in one place, where that is a text on the wire."""
    if isinstance(payload, dict):
        assert isinstance(form, dict)
        values = [payload[key] for key in sorted(payload)]
        assert len(form) == len(values), (form, payload)
        for one, other in zip(form.values(), values):
            yield from texts(one, other)
    elif isinstance(payload, list):
        assert len(form) == len(payload)
        for one, other in zip(form, payload):
            yield from texts(one, other)
    elif isinstance(payload, str):
        yield form, payload


@pytest.mark.parametrize("kind", KINDS)
def test_another_reader_of_yaml_reads_the_same_texts(generated, kind):
    for path in sorted(generated.glob(f"{kind}-*.yaml")):
        payload = Parts(path.with_suffix(".cbor").read_bytes()).payload
        for form, text in texts(yaml.safe_load(path.read_text(encoding="utf-8")), payload):
            # Where a form may name a file by "@FILE", a text that begins with "@" has it twice.
            assert form in (text, "@" + text if text.startswith("@") else text) or form.replace("\n", "; ") == text, path


@pytest.mark.parametrize("kind", KINDS)
def test_another_reader_of_yaml_reads_the_templates(tmp_path, kind):
    subprocess.run([PEER, "templates", tmp_path], check=True)
    form = yaml.safe_load((tmp_path / f"{kind}.yaml").read_text(encoding="utf-8"))
    assert form and all(isinstance(name, str) for name in form)
