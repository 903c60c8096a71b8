"""Peers that are Python libraries: nomenklatura's matchers, and rapidfuzz as the naive floor."""

import itertools
import shutil
import time
from importlib.metadata import version
from pathlib import Path

from data import Party

SCHEMAS = {"person": "Person", "org": "Organization", "vessel": "Vessel", "aircraft": "Airplane",
           "unknown": "LegalEntity"}


class Nomenklatura:
    """Scores by the matcher's own compare(); over lists, candidates come from nomenklatura's own
    blocking index (DuckDB), as its own matching of one dataset against another does."""

    default = 0.7  # what OpenSanctions' service, yente, uses when the client names none
    about = "threshold 0.7 is that of yente, the service that runs these matchers"

    def __init__(self, algorithm):
        from nomenklatura.matching import get_algorithm

        self.name = f"nomenklatura {algorithm}"
        self.version = version("nomenklatura")
        self.matcher = get_algorithm(algorithm)
        self.config = self.matcher.default_config()
        self.asked = itertools.count()

    def score(self, left, right):
        return float(self.matcher.compare(left, right, self.config).score)

    def pairs(self, pairs):
        entities = [(entity(Party(f"a{i}", p.type, [p.name1])), entity(Party(f"b{i}", p.type, [p.name2])))
                    for i, p in enumerate(pairs)]  # ids of their own: the matchers remember by id
        started = time.process_time()
        scores = [self.score(left, right) for left, right in entities]
        return scores, time.process_time() - started

    def build(self, parties, room):
        from followthemoney import Dataset
        from nomenklatura.blocker import Index
        from nomenklatura.resolver import Linker
        from nomenklatura.store.memory import MemoryStore

        shutil.rmtree(room, ignore_errors=True)
        dataset = Dataset.make({"name": "all", "title": "all"})
        store = MemoryStore(dataset, Linker({}))
        self.listed = {}
        with store.writer() as writer:
            for party in parties:
                self.listed[party.id] = entity(party)
                writer.add_entity(self.listed[party.id])
        started = time.monotonic()
        self.index = Index(store.default_view(), Path(room))
        self.index.build()
        took = time.monotonic() - started
        return {"seconds": took, "bytes": self.index.duckdb_path.stat().st_size}

    def search(self, queries):
        """All queries at once, the way its index is meant to be asked."""
        started = time.process_time()
        asked = {id_: entity(as_party(id_, q)) for q in queries for id_ in [f"query-{next(self.asked)}"]}
        found = {id_: [] for id_ in asked}
        for id_, candidates in self.index.match_entities(asked.values()):
            for other, _ in candidates:
                score = self.score(asked[id_.id], self.listed[other.id])
                if score > 0:
                    found[id_.id].append((other.id, score))
        return list(found.values()), time.process_time() - started

    def one(self, query):
        return self.search([query])[0][0]

    def close(self):
        self.index.close()


def as_party(id_, query):
    return Party(id_, query.type, [query.name], [query.birth] if query.birth else [],
                 [query.country] if query.country else [])


def entity(party):
    from followthemoney import Dataset, StatementEntity, model

    schema = model.get(SCHEMAS[party.type])
    made = StatementEntity(Dataset.make({"name": "all", "title": "all"}), {"id": party.id, "schema": schema.name})
    made.add("name", party.names[0])
    made.add("alias", party.names[1:])
    made.add("country", party.countries)
    made.add({"Person": "birthDate", "Vessel": "buildDate", "Airplane": "buildDate"}
             .get(schema.name, "incorporationDate"), party.births)
    return made


class Rapidfuzz:
    """Lower case, words sorted, Jaro-Winkler: what a first attempt does. Over lists it compares
    a query with every name."""

    name = "rapidfuzz"
    default = 0.9
    about = "it has no default; 0.9 is a common choice for Jaro-Winkler"

    def __init__(self):
        self.version = version("rapidfuzz")

    def pairs(self, pairs):
        from rapidfuzz.distance import JaroWinkler

        started = time.process_time()
        scores = [JaroWinkler.similarity(prepared(p.name1), prepared(p.name2)) for p in pairs]
        return scores, time.process_time() - started

    def build(self, parties, room):
        started = time.monotonic()
        rows = [(prepared(name), p.id, p.type) for p in parties for name in p.names]
        self.by_type = {t: ([n for n, _, of in rows if t in ("", of)], [i for _, i, of in rows if t in ("", of)])
                        for t in {"", *(p.type for p in parties)}}
        return {"seconds": time.monotonic() - started, "bytes": sum(len(n.encode()) for n, _, _ in rows)}

    def one(self, query):
        from rapidfuzz import process
        from rapidfuzz.distance import JaroWinkler

        names, ids = self.by_type.get(query.type, self.by_type[""])
        hits = process.extract(prepared(query.name), names, scorer=JaroWinkler.similarity, limit=20)
        return [(ids[place], score) for _, score, place in hits]

    def search(self, queries):
        started = time.process_time()
        return [self.one(query) for query in queries], time.process_time() - started

    def close(self):
        pass


def prepared(name):
    from rapidfuzz.utils import default_process

    return " ".join(sorted(default_process(name).split()))
