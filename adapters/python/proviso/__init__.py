"""Asks, before each controlled act, whether it may be done.

    with proviso.Gate("/run/proviso/gate.socket") as gate:
        answer = gate.decide("capture.headers", "terrorism", "XR", "tel:+99955501234",
                             warrant="XR-2026/17")
        if answer.allowed:
            ...

The path is that of a system's directory, which is then opened by this process, or the socket of a
proviso-gated. A gate may be used by several threads. What is refused is an Answer; what is malformed,
or cannot be done, raises Error with the code that doc/rules.md lists.
"""
from __future__ import annotations

import ctypes
import dataclasses
import enum
import os
from types import TracebackType
from typing import Iterator, Optional, Sequence, Type, Union

from . import _c

__all__ = ["Answer", "Error", "Gate", "Kind", "Lease", "Renewal", "Status"]


class Kind(enum.IntEnum):
    """Of an error: the exit statuses of the proviso commands."""
    REFUSED = 1
    USAGE = 2
    BAD_INPUT = 3
    ENVIRONMENT = 4


class Error(Exception):
    """What the library says went wrong: its kind, its stable code (may be empty), and words."""

    def __init__(self, kind: Kind, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}" if code else text)
        self.kind, self.code, self.text = kind, code, text


@dataclasses.dataclass(frozen=True)
class Answer:
    allowed: bool
    would_be_allowed: bool
    code: str  # "allowed", "use.territory", ...
    time: int  # of the lease's clock, seconds since 1970; 0 without a lease
    position: int  # of the entry in the use log; 0: not recorded
    words: str

    def __bool__(self) -> bool:
        """Act only when this is true: that it would be allowed is not enough."""
        return self.allowed


@dataclasses.dataclass(frozen=True)
class Status:
    serial: str
    code: str
    remaining_seconds: int
    allowed: int
    refused: int
    uses_today: int
    leaves: int
    root: bytes
    durable: bool


@dataclasses.dataclass(frozen=True)
class Lease:
    authority: str
    code: str
    known: bool
    system: str
    lease: str
    sequence: int
    granted: int
    ttl_seconds: int
    remaining_seconds: int
    pending: bool
    acknowledged: int
    refusal_code: str
    refusal_reason: str


@dataclasses.dataclass(frozen=True)
class Renewal:
    """How a proviso-gated fares with renewing by itself."""
    reachable: bool
    watching: bool
    failures: int
    failing_since: int
    next_seconds: int
    why: str


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _bytes(value: Optional[str]) -> Optional[bytes]:
    if value is None:
        return None
    if "\0" in value:
        raise Error(Kind.BAD_INPUT, "gate.malformed", "a text holds no zero byte")
    return value.encode()


class Gate:
    def __init__(self, where: Union[str, "os.PathLike[str]"], *, read_only: bool = False,
                 sync_thread: bool = True, wait_milliseconds: int = 0) -> None:
        self._c = _c.load()
        self._gate: Optional[int] = None
        options = _c.Options(read_only=read_only, sync_thread=sync_thread, wait_milliseconds=wait_milliseconds)
        error = _c.Error()
        self._gate = self._c.proviso_gate_open(os.fsencode(where), ctypes.byref(options), ctypes.byref(error))
        if self._gate is None:
            raise self._error(error)

    def close(self) -> None:
        """Makes the use log durable, and closes; a second time does nothing."""
        if self._gate is None:
            return
        error, gate, self._gate = _c.Error(), self._gate, None
        if not self._c.proviso_gate_close(gate, ctypes.byref(error)):
            raise self._error(error)

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def decide(self, capability: str, purpose: str, territory: str, subject: str, *,
               warrant: Optional[str] = None, obligations: Sequence[str] = ()) -> Answer:
        """Judges a use and records it, before this returns."""
        use = self._use(capability, purpose, territory, subject, warrant, obligations)
        answer, error = _c.Answer(), _c.Error()
        self._c.proviso_gate_decide_text(self._open(), ctypes.byref(use), ctypes.byref(answer), ctypes.byref(error))
        return self._answer(answer, error)

    def ask(self, capability: str, purpose: str, territory: str, subject: str, *, warrant: Optional[str] = None,
            obligations: Sequence[str] = (), at: Optional[int] = None) -> Answer:
        """Asks without using: records nothing, and allows nothing. `at`: seconds since 1970."""
        use = self._use(capability, purpose, territory, subject, warrant, obligations)
        answer, error = _c.Answer(), _c.Error()
        when = None if at is None else ctypes.byref(ctypes.c_int64(at))
        self._c.proviso_gate_ask_text(self._open(), ctypes.byref(use), when, ctypes.byref(answer), ctypes.byref(error))
        return self._answer(answer, error)

    def request(self, authority: int = 0) -> bytes:
        """A request for a lease, to be carried to the authority of that number."""
        room, size, error = ctypes.create_string_buffer(_c.REQUEST_MAX), ctypes.c_size_t(_c.REQUEST_MAX), _c.Error()
        if not self._c.proviso_gate_request(self._open(), authority, room, ctypes.byref(size), ctypes.byref(error)):
            raise self._error(error)
        return room.raw[:size.value]

    def accept(self, reply: bytes) -> None:
        """Takes the reply. A refusal by the authority raises: gate.lease-refused."""
        error = _c.Error()
        if not self._c.proviso_gate_accept(self._open(), reply, len(reply), ctypes.byref(error)):
            raise self._error(error)

    def sync(self) -> None:
        error = _c.Error()
        if not self._c.proviso_gate_sync(self._open(), ctypes.byref(error)):
            raise self._error(error)

    def status(self) -> Status:
        s = _c.Status()
        self._c.proviso_gate_status(self._open(), ctypes.byref(s))
        return Status(_text(s.serial), self._code(s.code), s.remaining_seconds, s.allowed, s.refused, s.uses_today,
                      s.leaves, bytes(s.root), s.durable)

    def leases(self) -> Iterator[Lease]:
        """One for each authority, in their order."""
        number, l = 0, _c.LeaseStatus()
        while self._c.proviso_gate_lease(self._open(), number, ctypes.byref(l)):
            yield Lease(_text(l.authority), self._code(l.code), l.known, _text(l.system), _text(l.lease), l.sequence,
                        l.granted, l.ttl_seconds, l.remaining_seconds, l.pending, l.acknowledged,
                        _text(l.refusal_code), _text(l.refusal_reason))
            number += 1

    def renewal(self, authority: int = 0) -> Optional[Renewal]:
        """None where nobody renews by himself: that is the program's to do then."""
        r = _c.RenewalStatus()
        if not self._c.proviso_gate_renewal(self._open(), authority, ctypes.byref(r)):
            return None
        return Renewal(r.reachable, r.watching, r.failures, r.failing_since, r.next_seconds, _text(r.why))

    def scope(self) -> str:
        """The canonical text of the scope in force."""
        room, error = ctypes.create_string_buffer(_c.SCOPE_MAX), _c.Error()
        if not self._c.proviso_gate_scope(self._open(), room, _c.SCOPE_MAX, ctypes.byref(error)):
            raise self._error(error)
        return _text(room.value)

    def _open(self) -> int:
        if self._gate is None:
            raise Error(Kind.USAGE, "", "the gate is closed")
        return self._gate

    @staticmethod
    def _use(capability: str, purpose: str, territory: str, subject: str, warrant: Optional[str],
             obligations: Sequence[str]) -> _c.UseText:
        if isinstance(obligations, str):
            raise Error(Kind.USAGE, "", "obligations are a list of labels, not one text")
        met = (ctypes.c_char_p * len(obligations))(*map(_bytes, obligations))
        return _c.UseText(_bytes(capability), _bytes(purpose), _bytes(territory), _bytes(subject), _bytes(warrant),
                          met, len(obligations))

    def _code(self, code: int) -> str:
        name: Optional[bytes] = self._c.proviso_code_name(code)
        return _text(name) if name is not None else str(code)

    def _answer(self, answer: _c.Answer, error: _c.Error) -> Answer:
        if error.kind != 0:
            raise self._error(error)
        return Answer(answer.allowed, answer.would_be_allowed, self._code(answer.code), answer.time, answer.position,
                      _text(answer.words))

    @staticmethod
    def _error(error: _c.Error) -> Error:
        return Error(Kind(error.kind), _text(error.code), _text(error.text))
