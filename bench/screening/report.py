"""Tables for people, between the markers of README.md."""

BEGIN, END = "<!-- begin: written by run -->", "<!-- end -->"


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(str(c) for c in line) + " |" for line in lines)


def f3(value):
    return f"{value:.3f}"


def count(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def bold_best(values, show):
    top = max((v for v in values if v is not None), default=None)
    return ["–" if v is None else f"**{show(v)}**" if v == top else show(v) for v in values]


def with_part(result, part):
    return {name: e[part] for name, e in result["engines"].items() if part in e}


def pairs_whole(result):
    rows = []
    for name, part in with_part(result, "pairs").items():
        whole, engine = part["slices"]["all"], result["engines"][name]
        best, default = whole["best"], whole["default"]
        rows.append([f"{name} {engine['version']}", *map(f3, (best["precision"], best["recall"], best["f1"],
                     best["threshold"], default["precision"], default["recall"], default["f1"])),
                     engine["default"], f3(whole["area"]), count(part["us_a_pair"])])
    return table(["", "precision", "recall", "F1 at its best", "at", "precision", "recall", "F1 at its default", "at",
                  "area under PR", "µs a pair"], rows)


def pairs_slices(result, kind, pick):
    """One figure a slice and engine; the best in bold."""
    parts = with_part(result, "pairs")
    slices = next(iter(parts.values()))["slices"]
    rows = [[key, f"{part['matches']} / {part['pairs']}",
             *bold_best([pick(p["slices"][key]) for p in parts.values()], f3)]
            for key, part in slices.items() if key == "all" or key.startswith(kind)]
    return table(["slice", "matches / pairs", *parts], rows)


def lists_quality(result):
    rows = []
    for name, part in with_part(result, "lists").items():
        q = part["quality"]
        rows.append([name, f3(q["best"]["precision"]), f3(q["best"]["recall"]), f3(q["best"]["f1"]),
                     f3(q["best"]["threshold"]), f3(q["default"]["precision"]), f3(q["default"]["recall"]),
                     f3(q["default"]["f1"]), f3(q["area"]), f3(q["first"])])
    return table(["", "precision", "recall", "F1 at its best", "at", "precision", "recall", "F1 at its default",
                  "area under PR", "wanted one first"], rows)


def lists_speed(result):
    parts = with_part(result, "lists")
    ours = parts.get("proviso", {}).get("queries_a_second_a_core")
    rows = []
    for name, part in parts.items():
        per = part["queries_a_second_a_core"]
        rows.append([name, count(per), f"{ours / per:,.0f} ×" if ours else "–",
                     *(count(part[k]) if k in part else "–" for k in ("median_us", "p99_us")),
                     f"{part['build_seconds']:.2f}", count(part["bytes_an_entity"])])
    return table(["", "queries / s / core", "proviso is", "median µs", "99th percentile µs", "index built in s",
                  "bytes an entity"], rows)


def grown(result):
    rows = []
    for name, part in with_part(result, "growth").items():
        for g in part:
            if "left_out" in g:
                rows.append([name, f"{g['entities']:,}", g["left_out"], *["–"] * 5])
            else:
                rows.append([name, f"{g['entities']:,}", f"{g['build_seconds']:.2f}", count(g["bytes_an_entity"]),
                             *(count(g[k]) if k in g else "–"
                               for k in ("open_ms", "queries_a_second_a_core", "median_us", "p99_us"))])
    return table(["", "entities", "built in s", "bytes an entity", "opened in ms", "queries / s / core", "median µs",
                  "99th percentile µs"], rows)


def lost(result):
    """The slices and figures where a peer is ahead of the engine under test."""
    parts = with_part(result, "pairs")
    if "proviso" not in parts:
        return ""
    lines = []
    for what, pick in FIGURES.items():
        for key, part in parts["proviso"]["slices"].items():
            name, peer = max(((n, pick(p["slices"][key])) for n, p in parts.items() if n != "proviso"),
                             key=lambda row: row[1], default=(None, 0))
            if name and peer > pick(part):
                lines.append(f"* {key}: {what} {f3(pick(part))}, {name} {f3(peer)}")
    return "Where a peer is ahead:\n\n" + "\n".join(lines) if lines else "No peer is ahead on any slice of the pairs."


FIGURES = {
    "F1 at its best": lambda s: s["best"]["f1"],
    "F1 at its default": lambda s: s["default"]["f1"],
    "area under PR": lambda s: s["area"],
}


def losses(result, pairs):
    """The surest mistakes of each engine at its default, to look at; then drops the raw scores."""
    for engine in result["engines"].values():
        part = engine.get("pairs")
        if part is None:
            continue
        scores = part.pop("scores")
        shown = [f"{p.name1} | {p.name2} | {p.type} | {score:.3f} | {p.origin}" for p, score in zip(pairs, scores)]
        ranked = sorted(range(len(pairs)), key=lambda i: scores[i])
        part["missed"] = [shown[i] for i in ranked if pairs[i].label and scores[i] < engine["default"]][:25]
        part["false_alarms"] = [shown[i] for i in ranked[::-1]
                                if not pairs[i].label and scores[i] >= engine["default"]][:25]


def tables(result):
    machine = result["machine"]
    head = (f"{result['pairs']:,} pairs; {result['queries']:,} queries over {result['entities']:,} entities with "
            f"{result['names']:,} names. {machine['processor']}, {machine['cores']} cores"
            f"{', quick run' if result['quick'] else ''}.")
    parts = [head, "### Pairs", pairs_whole(result)]
    for title, pick in FIGURES.items():
        parts += [f"{title}, by slice (the best in bold; for “at its best” each slice has the threshold "
                  "that is best for that engine on that slice):" if "best" in title else f"{title}, by slice:",
                  pairs_slices(result, ("type", "script", "origin"), pick)]
    parts += [lost(result), "### Over all lists at once", lists_quality(result), lists_speed(result),
              "### Growth", grown(result)]
    absent = [f"* {name}: {why}" for name, why in result["missing"].items()]
    absent += [f"* {name}, {part}: {why}" for name, e in result["engines"].items()
               for part, why in e.get("failed", {}).items()]
    if absent:
        parts += ["### Not measured", "\n".join(absent)]
    return "\n\n".join(p for p in parts if p)


def write(path, text):
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
