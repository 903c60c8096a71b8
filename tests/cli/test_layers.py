"""The build shows a layer the layers it may use and no others: a forbidden include does not compile."""
import json
import shlex
import subprocess

import pytest

from conftest import BUILD, CAPTURE, SOURCE

MAY_USE = {
    "base": "", "scope": "base", "record": "base scope", "log": "base scope record", "tags": "base scope record log",
    "store": "base scope record log", "screening": "base scope record log store",
    "authority": "base scope record log tags store screening", "gate": "base scope record log tags",
    "casework": "base scope record log tags store screening authority", "documents": "base scope record log",
    "confine": "base", "cli": "base scope record log tags store screening authority casework documents",
}
HEADER = {"base": "err.h", "scope": "scope.h", "record": "cose.h", "log": "merkle.h", "tags": "tags.h", "store": "store.h",
          "screening": "screening.h", "authority": "authority.h", "casework": "paper.h", "documents": "documents.h",
          "gate": "system.h", "confine": "confine.h", "cli": "commands.h"}


def include_path(layer):
    """The -I words by which a file of the layer is compiled."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if f"/src/{layer}/" in entry["file"] and entry["file"].endswith(".c"):
            words = shlex.split(entry["command"])
            return [w for w in words if w.startswith("-I")], entry["directory"]
    raise AssertionError(f"nothing is compiled in src/{layer}")


def compiles(layer, text):
    path, directory = include_path(layer)
    return subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", *path, "-x", "c", "-fsyntax-only", "-"],
                          cwd=directory, input=text, text=True, capture_output=True)


@pytest.mark.parametrize("layer", MAY_USE)
def test_a_layer_sees_what_it_may_use_and_nothing_else(layer):
    for other, header in HEADER.items():
        done = compiles(layer, f'#include "{other}/{header}"\n')
        if other in MAY_USE[layer].split() or other == layer:
            # A layer's own folder need not be in its view: it includes its headers by bare name.
            assert done.returncode == 0 or other == layer, done.stderr
        else:
            assert done.returncode != 0 and "No such file" in done.stderr, f"{layer} sees {other}"


def test_a_rule_that_is_tried_upward_does_not_compile():
    assert "No such file" in compiles("scope", '#include "authority/apply.h"\n').stderr


def test_no_layer_climbs_out_of_its_folder():
    for layer in MAY_USE:
        for file in (SOURCE / "src" / layer).glob("*.[ch]"):
            assert '#include "..' not in file.read_text(), file


def test_the_example_sees_the_public_header_alone():
    words = next(shlex.split(e["command"]) for e in json.loads((BUILD / "compile_commands.json").read_text())
                 if e["file"].endswith("capture/capture.c"))
    assert not [w for w in words if w.startswith("-I") and "view" in w]


def test_a_product_with_the_gate_in_it_links_libcrypto_and_libsodium_of_ours():
    linked = subprocess.run(["ldd", str(CAPTURE)], text=True, capture_output=True, check=True).stdout
    assert "libcrypto" in linked and "libsodium" in linked
    for library in ("libsqlite3", "libyaml", "libjansson"):
        assert library not in linked
