"""What the documents say of the tests is so."""
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_attack_is_tried_in_a_test_that_exists():
    """Of the protocol's table of attacks, whose last column names functions or test files."""
    text = (ROOT / "doc/protocol.md").read_text()
    rows = text.split("| attack | what stops it | tried in |")[1].split("\n\n")[0].splitlines()[2:]
    assert len(rows) > 15
    sources = "\n".join(f.read_text() for f in (ROOT / "tests").rglob("*") if f.suffix in (".c", ".h", ".py"))
    for row in rows:
        names = re.findall(r"`(\w+)`", row.split(" | ")[2])
        assert names, row
        for name in names:
            assert re.search(rf"(\bdef |\bstatic \w+ ){name}\(", sources) or (ROOT / f"tests/unit/{name}.c").exists(), name
