"""The engine under test, through its commands, and through its C API for times within a process."""

import csv
import json
import resource
import shutil
import subprocess
import time
from pathlib import Path

import data


def ran(*command, **how):
    """Runs a command whose exit status 1 only says "there is a hit"; its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **how)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > 1:
        raise RuntimeError(f"{' '.join(map(str, command[:4]))}: {done.stderr.strip() or done.returncode}")
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Proviso:
    name = "proviso"
    default = 0.5
    default_over_lists = 0.7
    about = "from 0.5 on two names are taken for one; among all names of a list a hit asks for 0.7"

    def __init__(self, build, room):
        self.command, self.speed = Path(build) / "src/cli/proviso", Path(build) / "bench/bench_screening"
        self.room = Path(room)
        self.room.mkdir(parents=True, exist_ok=True)
        self.version = ran(self.command, "--version")[0].split()[-1]

    def pairs(self, pairs):
        given, scored = self.room / "pairs.tsv", self.room / "scored.tsv"
        given.write_text("name1\tname2\ttype\n" + "".join(f"{p.name1}\t{p.name2}\t{p.type}\n" for p in pairs))
        scored.unlink(missing_ok=True)
        _, took = ran(self.command, "match", "--pairs", given, "-o", scored)
        scores = [float(row["score"]) for row in data.rows(scored)]
        assert len(scores) == len(pairs)
        return scores, took

    def build(self, parties, room):
        """The lists as published when they are the real ones; else OFAC's form, written by us."""
        self.home = Path(room) / "home"
        shutil.rmtree(self.home, ignore_errors=True)
        if parties is None:
            lists = {name: data.list_files(name) for name in data.LISTS}
        else:
            data.write_ofac(parties, Path(room))
            lists = {"ofac": [Path(room) / "sdn.csv", Path(room) / "alt.csv"]}
        self.home.mkdir(parents=True)
        started = time.monotonic()
        for name, files in lists.items():
            ran(self.command, "lists", "add", name, *files, "--home", self.home,
                *(["--format", "ofac-csv"] if name == "ofac" else []))
        ran(self.command, "screen", "nobody at all", "--home", self.home)  # the first one makes the indexes
        took = time.monotonic() - started
        return {"seconds": took, "bytes": sum(f.stat().st_size for f in self.home.rglob("index"))}

    def search(self, queries):
        given, out = self.room / "queries.csv", self.room / "answers.jsonl"
        with open(given, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["name", "type", "country", "birth", "id"])
            table.writerows([q.name, q.type, q.country, q.birth, i] for i, q in enumerate(queries))
        out.unlink(missing_ok=True)
        _, took = ran(self.command, "screen", "--batch", given, "-o", out, "--json", "--threshold", "0.05",
                      "--home", self.home)
        found = {}
        for line in out.read_text().splitlines():
            answer = json.loads(line)
            found[str(answer["query"]["id"])] = [(as_wanted(h["list"], h["id"]), h["score"]) for h in answer["hits"]]
        return [found.get(str(i), []) for i in range(len(queries))], took

    def times(self, queries):
        """Within a process, one thread, each query by itself: speed.c."""
        given = self.room / "queries.tsv"
        given.write_text("".join(f"{q.name}\t{q.type}\t{q.country}\t{q.birth}\n" for q in queries))
        return json.loads(ran(self.speed, self.home, given)[0])

    def close(self):
        pass


def as_wanted(list_, id_):
    """Ids as queries.tsv writes them: those of OFAC and of the UN have the list's name before them."""
    return f"{list_}-{id_}" if list_ in ("ofac", "un") else id_
