"""include/proviso/gate.h for ctypes: the structs as they lie in memory, and the functions.

tests/test_binding.py holds every offset to the header, by the C compiler.
"""
from __future__ import annotations

import ctypes
import os
from ctypes import (POINTER, c_bool, c_char, c_char_p, c_int, c_int64, c_size_t, c_uint8, c_uint32,
                    c_uint64, c_void_p)

NAME_MAX, SCOPE_MAX, REQUEST_MAX, WITH_MAX = 256, 131072, 65535, 16


class Error(ctypes.Structure):
    _fields_ = [("kind", c_int), ("code", c_char * 64), ("text", c_char * 256)]


class Options(ctypes.Structure):
    _fields_ = [("read_only", c_bool), ("sync_thread", c_bool), ("group_kib", c_uint32),
                ("segment_kib", c_uint32), ("wait_milliseconds", c_uint32)]


class UseText(ctypes.Structure):
    _fields_ = [("capability", c_char_p), ("purpose", c_char_p), ("territory", c_char_p),
                ("subject", c_char_p), ("warrant", c_char_p), ("with", POINTER(c_char_p)),
                ("with_count", c_size_t)]


class Answer(ctypes.Structure):
    _fields_ = [("allowed", c_bool), ("would_be_allowed", c_bool), ("code", c_int), ("time", c_int64),
                ("position", c_uint64), ("words", c_char * 256)]


class Status(ctypes.Structure):
    _fields_ = [("serial", c_char * NAME_MAX), ("authority_count", c_size_t), ("code", c_int),
                ("remaining_seconds", c_int64), ("time", c_int64), ("allowed", c_uint64),
                ("refused", c_uint64), ("uses_today", c_uint64), ("subjects", c_uint64),
                ("leaves", c_uint64), ("root", c_uint8 * 32), ("waiting_bytes", c_uint64),
                ("cut_bytes", c_uint64), ("durable", c_bool)]


class LeaseStatus(ctypes.Structure):
    _fields_ = [("authority", c_char * NAME_MAX), ("code", c_int), ("known", c_bool),
                ("system", c_char * 65), ("lease", c_char * 65), ("sequence", c_uint64),
                ("granted", c_int64), ("ttl_seconds", c_uint64), ("remaining_seconds", c_int64),
                ("log_size", c_uint64), ("counter", c_uint64), ("pending", c_bool),
                ("acknowledged", c_uint64), ("refusal_code", c_char * 64),
                ("refusal_reason", c_char * 256)]


class RenewalStatus(ctypes.Structure):
    _fields_ = [("reachable", c_bool), ("watching", c_bool), ("failures", c_uint64),
                ("failing_since", c_int64), ("next_seconds", c_int64), ("why", c_char * 256)]


def load() -> ctypes.CDLL:
    """libproviso, found as every shared library is, or where PROVISO_LIBRARY says."""
    library = ctypes.CDLL(os.environ.get("PROVISO_LIBRARY", "libproviso.so.0"))
    gate, error = c_void_p, POINTER(Error)
    functions = {
        "proviso_gate_open": (gate, [c_char_p, POINTER(Options), error]),
        "proviso_gate_close": (c_bool, [gate, error]),
        "proviso_gate_decide_text": (c_bool, [gate, POINTER(UseText), POINTER(Answer), error]),
        "proviso_gate_ask_text": (c_bool, [gate, POINTER(UseText), POINTER(c_int64), POINTER(Answer), error]),
        "proviso_gate_request": (c_bool, [gate, c_size_t, c_void_p, POINTER(c_size_t), error]),
        "proviso_gate_accept": (c_bool, [gate, c_void_p, c_size_t, error]),
        "proviso_gate_sync": (c_bool, [gate, error]),
        "proviso_gate_status": (None, [gate, POINTER(Status)]),
        "proviso_gate_lease": (c_bool, [gate, c_size_t, POINTER(LeaseStatus)]),
        "proviso_gate_renewal": (c_bool, [gate, c_size_t, POINTER(RenewalStatus)]),
        "proviso_gate_scope": (c_bool, [gate, c_void_p, c_size_t, error]),
        "proviso_code_name": (c_char_p, [c_int]),
    }
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
