"""Precision, recall, F1, the area under the precision-recall curve, and what a slice has of each."""

from collections import defaultdict

SMALL = 20  # a slice with fewer pairs of either kind says little, and is left out


def at(labels, scores, threshold):
    hits = sum(1 for label, score in zip(labels, scores) if score >= threshold)
    right = sum(1 for label, score in zip(labels, scores) if label and score >= threshold)
    return figures(right, hits, sum(labels))


def figures(right, hits, all_right):
    precision = right / hits if hits else 0.0
    recall = right / all_right if all_right else 0.0
    f1 = 2 * right / (hits + all_right) if hits + all_right else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def curve(labels, scores):
    """Every threshold that tells pairs apart, with what it gives, from the highest down."""
    ranked = sorted(zip(scores, labels), key=lambda row: -row[0])
    total, right = sum(labels), 0
    for i, (score, label) in enumerate(ranked, 1):
        right += label
        if i == len(ranked) or ranked[i][0] != score:
            yield score, figures(right, i, total)


def best(labels, scores):
    """The threshold with the highest F1, and the area under the curve (average precision)."""
    top, threshold, area, recall = None, 0.0, 0.0, 0.0
    for score, here in curve(labels, scores):
        area += (here["recall"] - recall) * here["precision"]
        recall = here["recall"]
        if top is None or here["f1"] > top["f1"]:
            top, threshold = here, score
    return {**top, "threshold": threshold}, area


def judge(labels, scores, default, overall=None):
    top, area = best(labels, scores)
    out = {"best": top, "default": {**at(labels, scores, default), "threshold": default}, "area": area}
    if overall is not None:  # the threshold that is best over all pairs, here
        out["overall"] = {**at(labels, scores, overall), "threshold": overall}
    return out


def by_slice(pairs, scores, default):
    rows = defaultdict(lambda: ([], []))
    for pair, score in zip(pairs, scores):
        for key in pair.slices():
            rows[key][0].append(pair.label)
            rows[key][1].append(score)
    overall = best(*rows["all", ""])[0]["threshold"]
    return {
        " ".join(filter(None, key)): {"pairs": len(labels), "matches": sum(labels),
                                      **judge(labels, values, default, overall)}
        for key, (labels, values) in sorted(rows.items())
        if min(sum(labels), len(labels) - sum(labels)) >= SMALL
    }


def of_queries(queries, answers, default):
    """A query is answered rightly when the party it means is among the hits; a hit for a query
    that means nobody is a false alarm. Other hits beside the right one are not judged: the
    same party is often on several lists."""
    labels, scores, first = [], [], 0
    for query, hits in zip(queries, answers):
        if query.wanted:
            labels.append(True)
            scores.append(max((score for id_, score in hits if id_ == query.wanted), default=0.0))
            top = max((score for _, score in hits), default=0.0)
            first += scores[-1] > 0 and scores[-1] >= top
        else:
            labels.append(False)
            scores.append(max((score for _, score in hits), default=0.0))
    return {"listed": sum(labels), "unlisted": len(labels) - sum(labels), "first": first / sum(labels),
            **judge(labels, scores, default)}


def percentile(values, share):
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]
