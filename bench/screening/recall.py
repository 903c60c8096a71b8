#!/usr/bin/env python3
"""How much of what the engine takes for one the index offers: bench/screening/recall.py [--build BUILD]

Of the pairs of the training half (PROVISO_TEST_DATA) that are labelled as one party and score at or
over the threshold when compared, how many are found when the second names are a list and the first
are looked for in it. Comparing every pair is the exact answer; what is missing the index lost."""

import argparse
import csv
import json
import os
import resource
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

THRESHOLD = 0.7


def ran(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode > 1:
        raise SystemExit(f"{command[1]}: {done.stderr.strip()}")
    return done.stdout


def rows(path, delimiter="\t"):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def origin(pair):
    return pair["origin"].split(":")[0]


def measure(proviso, pairs, room):
    asked, scored = room / "pairs.tsv", room / "scored.tsv"
    asked.write_text("name1\tname2\ttype\n" + "".join(f"{p['name1']}\t{p['name2']}\t{p['type']}\n" for p in pairs))
    ran(proviso, "match", "--pairs", asked, "-o", scored)
    known = [p for p, s in zip(pairs, rows(scored)) if float(s["score"]) >= THRESHOLD]
    types = {p["name2"]: p["type"].replace("unknown", "any") for p in known}
    with open(room / "list.csv", "w", newline="") as file:
        csv.writer(file).writerows([("name", "type"), *types.items()])
    with open(room / "queries.csv", "w", newline="") as file:
        csv.writer(file).writerows([("id", "name", "type"),
                                    *((i, p["name1"], types[p["name2"]]) for i, p in enumerate(known))])
    ran(proviso, "lists", "add", "own", room / "list.csv", "--home", room)
    ran(proviso, "screen", "nobody at all", "--home", room)  # makes the index
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    answers = ran(proviso, "screen", "--batch", room / "queries.csv", "--json", "--home", room,
                  "--list", "own", "--threshold", THRESHOLD)
    took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    hits = {}
    for line in answers.splitlines():
        answer = json.loads(line)
        hits[int(answer["query"]["id"])] = {hit["name"] for hit in answer["hits"]}
    return known, [p for i, p in enumerate(known) if p["name2"] not in hits.get(i, ())], took


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", type=Path, default=Path("build/release"))
    options.add_argument("--missed", action="store_true", help="print the pairs that are missing")
    options = options.parse_args()
    pairs = [p for p in rows(Path(os.environ["PROVISO_TEST_DATA"]) / "pairs/train.tsv") if p["label"] == "1"]
    with tempfile.TemporaryDirectory() as room:
        known, missed, took = measure(options.build / "src/cli/proviso", pairs, Path(room))
    print(f"{len(known) - len(missed)} of {len(known)} found: {1 - len(missed) / len(known):.4f}; "
          f"{1e6 * took / len(known):.0f} µs of CPU a query")
    all_of, missed_of = Counter(origin(p) for p in known), Counter(origin(p) for p in missed)
    for name in sorted(all_of):
        print(f"  {name}: {all_of[name] - missed_of[name]} of {all_of[name]}")
    for p in missed if options.missed else ():
        print(f"    {p['name1']} | {p['name2']}")


if __name__ == "__main__":
    main()
