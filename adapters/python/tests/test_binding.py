"""The binding, in process and beside; each struct held to the C compiler's layout of the header."""
import ctypes
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(SOURCE / "adapters" / "python"), str(SOURCE / "tests" / "cli")]

from conftest import BUILD, place, world  # noqa: E402,F401
from gated import Gated  # noqa: E402

import proviso  # noqa: E402
from proviso import _c  # noqa: E402

USE = ("capture.headers", "terrorism", "XR", "tel:+999 555 01234")


@pytest.fixture(autouse=True)
def library(monkeypatch):
    monkeypatch.setenv("PROVISO_LIBRARY", str(BUILD / "src" / "gate" / "libproviso.so"))


@pytest.fixture(params=["in process", "beside"])
def where(request, world):  # noqa: F811
    if request.param == "in process":
        yield world.folder / "system"
        return
    with Gated(world) as gate:
        yield gate.socket


def test_structs_lie_as_the_header_says(tmp_path):
    names = {"proviso_error": _c.Error, "proviso_gate_options": _c.Options, "proviso_use_text": _c.UseText,
             "proviso_answer": _c.Answer, "proviso_status": _c.Status, "proviso_lease_status": _c.LeaseStatus,
             "proviso_renewal_status": _c.RenewalStatus}
    lines = []
    for name, struct in names.items():
        lines.append(f'printf("{name} %zu\\n", sizeof(struct {name}));')
        lines += [f'printf("{name}.{field[0]} %zu\\n", offsetof(struct {name}, {field[0]}));' for field in struct._fields_]
    for name in ("NAME_MAX", "SCOPE_MAX", "REQUEST_MAX", "WITH_MAX"):
        lines.append(f'printf("{name} %d\\n", PROVISO_{name});')
    (tmp_path / "layout.c").write_text("#include <proviso/gate.h>\n#include <stdio.h>\nint main(void)\n{\n"
                                       + "\n".join(lines) + "\n}\n")
    subprocess.run(["cc", "-I", SOURCE / "include", tmp_path / "layout.c", "-o", tmp_path / "layout"], check=True)
    told = dict(line.split() for line in subprocess.run([tmp_path / "layout"], capture_output=True, text=True,
                                                         check=True).stdout.splitlines())
    for name, struct in names.items():
        assert int(told.pop(name)) == ctypes.sizeof(struct), name
        for field in struct._fields_:
            assert int(told.pop(f"{name}.{field[0]}")) == getattr(struct, field[0]).offset, (name, field[0])
    assert told == {name: str(getattr(_c, name)) for name in told}


def test_uses_are_allowed_refused_and_recorded(where):
    with proviso.Gate(where) as gate:
        answer = gate.decide(*USE, warrant="W")
        assert answer and answer.allowed and answer.code == "allowed" and answer.position > 0
        refused = gate.decide("capture.headers", "terrorism", "UG", "tel:+999", warrant="W")
        assert not refused and refused.code == "use.territory" and "UG" in refused.words and refused.position > 0
        assert gate.decide(*USE).code == "use.obligation"
        dry = gate.ask(*USE, warrant="W", obligations=["second-officer"])
        assert not dry and dry.would_be_allowed and dry.position == 0
        assert gate.ask(*USE, warrant="W", at=int(time.time()) + 10 ** 9).code == "use.too-late"
        status = gate.status()
        assert (status.serial, status.code, status.allowed, status.refused) == ("LENS-0001", "allowed", 1, 2)
        assert 0 < status.remaining_seconds <= 600 and len(status.root) == 32
        assert gate.scope().startswith("capability=capture.content,capture.headers; ")
        (lease,) = gate.leases()
        assert lease.sequence == 1 and lease.authority == "licensing.example.org" and lease.code == "allowed"
        assert gate.renewal() is None


def test_malformed_questions_raise_with_their_code(where):
    with proviso.Gate(where) as gate:
        for use, warrant, code in ((("a b", "p", "XR", "tel:+999"), None, "scope.label"),
                                   (("a", "p", "XR", "999"), None, "scope.selector"),
                                   (("a", "p", "XR", "tel:+999"), "", "gate.warrant-empty"),
                                   (("a", "p", "XR", "tel:+999"), "w" * 480, "gate.warrant-too-long"),
                                   (("a\0b", "p", "XR", "tel:+999"), None, "gate.malformed")):
            with pytest.raises(proviso.Error) as raised:
                gate.decide(*use, warrant=warrant)
            assert raised.value.code == code and raised.value.kind == proviso.Kind.BAD_INPUT
        with pytest.raises(proviso.Error) as raised:
            gate.decide(*USE, obligations=["o"] * 17)
        assert raised.value.kind == proviso.Kind.USAGE
        assert gate.status().refused == 0


def test_a_renewal_is_carried(where, world):  # noqa: F811
    with proviso.Gate(where) as gate:
        (world.folder / "request").write_bytes(gate.request())
        world.run("lease", "grant", "--request", "request", "-o", "reply")
        gate.accept((world.folder / "reply").read_bytes())
        assert next(gate.leases()).sequence == 2
        with pytest.raises(proviso.Error) as raised:
            gate.accept(b"nonsense")
        assert raised.value.kind == proviso.Kind.BAD_INPUT
        gate.sync()


def test_threads_share_a_gate(where):
    with proviso.Gate(where) as gate:
        answers = []
        threads = [threading.Thread(target=lambda: answers.extend(gate.decide(*USE, warrant="W") for _ in range(200)))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({a.position for a in answers}) == 800 and all(answers) and gate.status().allowed == 800


def test_a_gate_that_is_not_there_raises(world):  # noqa: F811
    with pytest.raises(proviso.Error) as raised:
        proviso.Gate(world.folder / "nowhere")
    assert raised.value.kind == proviso.Kind.ENVIRONMENT
    gate = proviso.Gate(world.folder / "system", read_only=True)
    assert gate.decide(*USE, warrant="W").code == "gate.read-only"
    gate.close()
    gate.close()
    with pytest.raises(proviso.Error) as raised:
        gate.status()
    assert raised.value.kind == proviso.Kind.USAGE


def test_a_daemon_that_ends_refuses_and_one_that_comes_back_answers(world):  # noqa: F811
    with Gated(world) as daemon, proviso.Gate(daemon.socket) as gate:
        assert gate.decide(*USE, warrant="W")
        daemon.stop()
        answer = gate.decide(*USE, warrant="W")
        assert answer.code == "gate.unreachable" and not answer and answer.position == 0
        assert gate.status().code == "gate.unreachable"
        daemon.start()
        assert gate.decide(*USE, warrant="W") and gate.status().allowed == 2


def test_its_types_hold():
    pytest.importorskip("mypy")
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--no-incremental", "-p", "proviso"],
                          cwd=SOURCE / "adapters" / "python", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
