"""doc/embedding.md, followed in an empty folder: its blocks are run in their order."""
import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import BUILD

DOCUMENT = Path(__file__).resolve().parents[2] / "doc" / "embedding.md"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """What `meson install` puts in place, in a folder of its own."""
    root = tmp_path_factory.mktemp("installed")
    done = subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return root


def environment(root):
    prefix = next(root.rglob("include/proviso/gate.h")).parents[2]
    library = next(root.rglob("libproviso.so")).parent
    return {k: v for k, v in os.environ.items() if not k.startswith("PROVISO_")} | {
        "PATH": f"{prefix}/bin:{os.environ['PATH']}", "LD_LIBRARY_PATH": str(library),
        "PKG_CONFIG_PATH": str(library / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(root)}


def blocks():
    return re.findall(r"^```(\w+)\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S)


def test_its_steps_work_in_an_empty_folder(installed, tmp_path):
    script = ["set -eu"]
    for number, (language, text) in enumerate(blocks()):
        if language == "c":
            name = re.match(r"/\* (\w+\.c):", text)[1]
            (tmp_path / name).write_text(text)
        elif language == "sh":
            script.append(f"echo '== {number}'\n{text}")
    script[1:1] = ["trap '[ -z \"${gated:-}\" ] || kill \"$gated\" 2>/dev/null || true' EXIT"]
    (tmp_path / "steps").write_text("\n".join(script))
    done = subprocess.run(["bash", "steps"], cwd=tmp_path, env=environment(installed), capture_output=True, text=True,
                          timeout=120)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told + (tmp_path / "gated.log").read_text()
    for words in ("looking at tel:+99955501234", "refused: use.territory", "refused: use.obligation", "gate.in-use",
                  "refused: gate.lease-refused", "renewal.measure"):
        assert words in told, (words, told)
    assert told.count("looking at") >= 2
    assert "stopped" in (tmp_path / "gated.log").read_text()


def test_the_shared_library_shows_the_public_functions_and_nothing_else(installed):
    library = next(installed.rglob("libproviso.so"))
    listing = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    shown = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
    header = next(installed.rglob("include/proviso/gate.h")).read_text()
    public = set(re.findall(r"PROVISO_API [^;(]*?\*?(proviso_\w+)\(", header))
    assert shown == public and len(public) > 25


def test_the_static_library_is_whole(installed, tmp_path):
    (tmp_path / "a.c").write_text('#include <proviso/gate.h>\nint main(void)\n{\n'
                                  '\treturn proviso_gate_open("nowhere", 0, 0) != 0;\n}\n')
    env = environment(installed)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "--static", "proviso"], env=env, capture_output=True,
                           text=True, check=True).stdout.replace("-lproviso", "-l:libproviso.a").split()
    subprocess.run(["cc", "a.c", "-o", "a", *flags], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "a"], cwd=tmp_path).returncode == 0
    assert "libproviso" not in subprocess.run(["ldd", tmp_path / "a"], capture_output=True, text=True).stdout
