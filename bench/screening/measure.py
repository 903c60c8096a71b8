"""Measures every engine on the same pairs and lists; writes JSON and the tables of README.md.

Called by `run`, which has everything installed and built."""

import argparse
import json
import os
import platform
import shutil
import sys
import time
from pathlib import Path

import data
import metrics
import report
from proviso import Proviso
from python_peers import Nomenklatura, Rapidfuzz
from watchman import Watchman

HERE = Path(__file__).parent
GROWTH = {  # engine: the most entities that it is given
    "proviso": 10_000_000,
    "Watchman": 10_000_000,
    "nomenklatura logic-v2": 10_000_000,
    "rapidfuzz": 10_000_000,
}
SIZES = [10_000, 100_000, 1_000_000, 10_000_000]
LIMIT = 300  # seconds: a peer whose last size tells that the next takes longer is not given that
ONE_BY_ONE = 20  # seconds: no more queries are asked one by one after that


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def engines(options):
    """Every engine that can be made to run, and why the others can't."""
    room = options.room
    makers = {
        "proviso": lambda: Proviso(options.build, room / "proviso"),
        **{f"nomenklatura {a}": lambda a=a: Nomenklatura(a) for a in ("logic-v2", "logic-v1", "regression-v1")},
        "Watchman": lambda: Watchman(room / "watchman"),
        "rapidfuzz": Rapidfuzz,
    }
    made, missing = [], {}
    for name, make in makers.items():
        if options.only and name not in options.only:
            continue
        try:
            made.append(make())
        except (ImportError, OSError, RuntimeError) as why:
            missing[name] = str(why)
    return made, missing


def quality_of_pairs(engine, pairs):
    scores, seconds = engine.pairs(pairs)
    return {"slices": metrics.by_slice(pairs, scores, engine.default), "us_a_pair": seconds / len(pairs) * 1e6,
            "scores": scores}


def over_lists(engine, parties, queries, options):
    """Quality and speed over all lists at once."""
    room = options.room / "lists"
    built = engine.build(None if engine.name == "proviso" else parties, room / engine.name.replace(" ", "-"))
    try:
        answers, seconds = engine.search(queries)
        out = {"build_seconds": built["seconds"], "bytes_an_entity": built["bytes"] / len(parties),
               "queries_a_second_a_core": len(queries) / seconds,
               "quality": metrics.of_queries(
                   queries, answers, getattr(engine, "default_over_lists", engine.default))}
        out.update(times(engine, queries))
        return out
    finally:
        engine.close()


def times(engine, queries):
    """One query after the other, each by itself: all, or as many as there is time for."""
    if hasattr(engine, "times"):
        return engine.times(queries)
    if not hasattr(engine, "one"):
        return {}
    taken, began = [], time.perf_counter()
    for query in queries:
        started = time.perf_counter()
        engine.one(query)
        taken.append((time.perf_counter() - started) * 1e6)
        if time.perf_counter() - began > ONE_BY_ONE:
            break
    return {"median_us": metrics.percentile(taken, 0.5), "p99_us": metrics.percentile(taken, 0.99),
            "one_by_one": len(taken)}


def growth(engine, parties, queries, options):
    out, took = [], 0
    for count in SIZES:
        if count > min(options.most, GROWTH.get(engine.name, 0)):
            break
        if engine.name != "proviso" and took * 10 > LIMIT:
            out.append({"entities": count, "left_out": f"not given: {count // 10:,} took {took:.0f} s"})
            break
        say(f"{engine.name}: {count:,} entities")
        started = time.monotonic()
        out.append(grown(engine, count, parties, queries, options.room / "growth" / engine.name.replace(" ", "-")))
        took = time.monotonic() - started
    return out


def grown(engine, count, parties, queries, room):
    many = data.recombined(count, parties)
    try:
        built = engine.build(many if engine.name in ("proviso", "Watchman") else list(many), room)
        _, seconds = engine.search(queries)
        return {"entities": count, "build_seconds": built["seconds"], "bytes_an_entity": built["bytes"] / count,
                "queries_a_second_a_core": len(queries) / seconds, **times(engine, queries)}
    finally:
        engine.close()
        shutil.rmtree(room, ignore_errors=True)  # gigabytes


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.partition(": ")[2].strip() for line in file if line.startswith("model name")), "")
    return {"processor": model or platform.processor(), "cores": os.cpu_count()}


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--quick", action="store_true", help="3 minutes: every third query, growth to 100,000")
    asked.add_argument("--most", type=int, help="entities at which growth ends")
    asked.add_argument("--only", action="append", help="this engine alone (may be given again)")
    asked.add_argument("--build", required=True, help="the folder of the release build")
    asked.add_argument("--room", required=True, type=Path, help="where peers and working files are")
    asked.add_argument("--out", required=True, type=Path, help="the JSON")
    asked.add_argument("--readme", action="store_true", help="write the tables into README.md")
    options = asked.parse_args()
    options.most = options.most or (100_000 if options.quick else 10_000_000)

    options.room = options.room.resolve()
    pairs, queries, parties = data.pairs(), data.queries()[:: 3 if options.quick else 1], data.parties()
    made, missing = engines(options)
    result = {"machine": machine(), "quick": options.quick, "pairs": len(pairs), "queries": len(queries),
              "entities": len(parties), "names": sum(len(p.names) for p in parties), "missing": missing, "engines": {}}
    for engine in made:
        figures = {"version": engine.version, "default": engine.default, "about": engine.about}
        for part, measure in (("pairs", lambda: quality_of_pairs(engine, pairs)),
                              ("lists", lambda: over_lists(engine, parties, queries, options)),
                              ("growth", lambda: growth(engine, parties, queries[:200], options))):
            say(f"{engine.name}: {part}")
            try:
                figures[part] = measure()
            except (RuntimeError, OSError) as why:
                figures.setdefault("failed", {})[part] = str(why)
                say(f"{engine.name}: {part}: {why}")
        result["engines"][engine.name] = figures
    report.losses(result, pairs)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    tables = report.tables(result)
    print(tables)
    if options.readme:
        report.write(HERE / "README.md", tables)


if __name__ == "__main__":
    main()
