"""The labelled pairs, the queries and the lists, read once into one form for every engine."""

import csv
import os
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

LISTS = {
    "ofac": ["lists/ofac/sdn-2021-07.csv", "lists/ofac/alt-2021-07.csv", "lists/ofac/add-2021-07.csv"],
    "un": ["lists/un/consolidated-2025-04.xml"],
    "opensanctions": ["lists/opensanctions/targets-2026-03.simple.csv"],
}


def folder():
    path = os.environ.get("PROVISO_TEST_DATA")
    if not path:
        sys.exit("bench/screening: PROVISO_TEST_DATA names no folder (it holds pairs/ and lists/)")
    return Path(path)


def list_files(name):
    return [folder() / path for path in LISTS[name]]


@dataclass
class Pair:
    name1: str
    name2: str
    type: str
    label: bool
    origin: str

    def slices(self):
        yield "all", ""
        yield "type", self.type
        yield "script", " – ".join(sorted((script(self.name1), script(self.name2)), key=lambda s: (s != "Latin", s)))
        yield "origin", "lists" if self.origin.startswith("list-") else self.origin.partition(":")[0]


@dataclass
class Query:
    name: str
    type: str
    country: str
    birth: str
    wanted: str  # the id, or "" where nobody on the lists is meant
    how: str


@dataclass
class Party:
    id: str
    type: str
    names: list
    births: list = field(default_factory=list)
    countries: list = field(default_factory=list)


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def pairs(half="valid"):
    return [Pair(r["name1"], r["name2"], r["type"], r["label"] == "1", r["origin"])
            for r in rows(folder() / "pairs" / f"{half}.tsv")]


def queries():
    return [Query(r["name"], r["type"], r["country"], r["birth"], "" if r["list_id"] == "-" else r["list_id"], r["how"])
            for r in rows(folder() / "pairs" / "queries.tsv")]


SCRIPTS = ("LATIN", "HEBREW", "ARABIC", "CYRILLIC", "HANGUL", "GREEK", "GEORGIAN", "CJK", "HIRAGANA", "KATAKANA",
           "ARMENIAN", "THAI", "DEVANAGARI", "BENGALI")


def script(name):
    """The script that most of a name's letters are of."""
    count = {}
    for letter in name:
        if letter.isalpha():
            word = unicodedata.name(letter, "").partition(" ")[0]
            if word in SCRIPTS:
                count[word] = count.get(word, 0) + 1
    return max(count, key=count.get).title().replace("Cjk", "Han") if count else "none"


# --- Lists ------------------------------------------------------------------------------------

MONTHS = {m: i for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


def ofac_date(text):
    """"07 Oct 1954", "Oct 1954", "circa 1954" as 1954-10-07, 1954-10, 1954."""
    day, month, year = re.fullmatch(r"(?:circa )?(?:(\d\d) )?(?:(\w{3}) )?(\d{4})", text).groups()
    return "-".join(filter(None, (year, month and f"{MONTHS[month]:02}", month and day)))


def ofac_name(name, type_):
    family, comma, given = name.partition(", ")
    return f"{given} {family}" if comma and type_ == "person" else name


def ofac_parties():
    main, alternative, address = ([[cell.strip() for cell in row] for row in csv.reader(open(path, encoding="utf-8"))]
                                  for path in list_files("ofac"))
    found = {}
    for row in main:
        if len(row) < 12:
            continue
        type_ = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft"}.get(row[2], "org")
        births = re.findall(r"DOB ((?:circa )?(?:\d\d )?(?:(?:%s) )?\d{4})" % "|".join(MONTHS), row[11])
        countries = re.findall(r"(?:nationality|citizen) ([A-Z][A-Za-z ]+)", row[11])
        found[row[0]] = Party("ofac-" + row[0], type_, [ofac_name(row[1], type_)], [ofac_date(b) for b in births],
                              countries)
    for row in alternative:
        if len(row) > 3 and row[0] in found:
            found[row[0]].names.append(ofac_name(row[3], found[row[0]].type))
    for row in address:
        if len(row) > 4 and row[0] in found and row[4] not in ("-0-", ""):
            found[row[0]].countries.append(row[4])
    return list(found.values())


def un_parties():
    def texts(node, *paths):
        return [" ".join(e.text.split()) for path in paths for e in node.iterfind(path) if e.text and e.text.strip()]

    root = ET.parse(list_files("un")[0]).getroot()
    for kind, type_ in (("INDIVIDUAL", "person"), ("ENTITY", "org")):
        for node in root.iter(kind):
            parts = texts(node, "FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
            names = [" ".join(parts)] + texts(node, "NAME_ORIGINAL_SCRIPT", f"{kind}_ALIAS/ALIAS_NAME")
            births = texts(node, "INDIVIDUAL_DATE_OF_BIRTH/DATE", "INDIVIDUAL_DATE_OF_BIRTH/YEAR")
            countries = texts(node, "NATIONALITY/VALUE", f"{kind}_ADDRESS/COUNTRY")
            yield Party("un-" + texts(node, "REFERENCE_NUMBER")[0], type_, names, births, countries)


def opensanctions_parties():
    types = {"Person": "person", "Vessel": "vessel", "Airplane": "aircraft"}
    with open(list_files("opensanctions")[0], encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            split = {key: [v for v in row[key].split(";") if v] for key in ("aliases", "birth_date", "countries")}
            yield Party(row["id"], types.get(row["schema"], "org"), [row["name"], *split["aliases"]],
                        split["birth_date"], split["countries"])


def parties():
    return [*ofac_parties(), *un_parties(), *opensanctions_parties()]


# --- Many more --------------------------------------------------------------------------------

def recombined(count, source, seed=1):
    """`count` parties that do not exist: real given names, family names and company words of
    `source` put together anew, so that parts are as frequent as on the lists and the whole is
    nobody's. One in eight has an alias, as many have a year of birth as on the lists."""
    import random

    chance = random.Random(seed).random
    people = [n.split() for p in source if p.type == "person" for n in p.names if script(n) == "Latin"]
    firms = [n.split() for p in source if p.type == "org" for n in p.names if script(n) == "Latin"]
    first, middle, last = ([w[i] for w in people if len(w) > 2] for i in (0, 1, -1))
    opening, closing = ([w[i] for w in firms if len(w) > 1] for i in (0, -1))
    inner = [word for w in firms for word in w[1:-1]]

    def draw(words):
        return words[int(chance() * len(words))]

    for i in range(count):
        if chance() < 0.6:
            name = " ".join([draw(first)] + [draw(middle)] * (chance() < 0.5) + [draw(last)])
            year = [str(1930 + int(chance() * 75))] if chance() < 0.6 else []
            party = Party(str(i + 1), "person", [name], year)
        else:
            words = [draw(opening), draw(inner), draw(inner), draw(closing)]
            party = Party(str(i + 1), "org", [" ".join(words[: 2 + int(chance() * 2)] + words[3:])])
        if chance() < 0.125:
            party.names.append(" ".join(reversed(party.names[0].split())))
        yield party


def write_ofac(parties_, to, ids=None):
    """OFAC's own CSV form, which every engine with a reader of lists can read; ids by position, told
    to whom wants them."""
    to.mkdir(parents=True, exist_ok=True)
    kinds = {"person": "individual", "vessel": "vessel", "aircraft": "aircraft"}
    with open(to / "sdn.csv", "w", encoding="utf-8", newline="") as main, \
            open(to / "alt.csv", "w", encoding="utf-8", newline="") as alternative:
        sdn, alt = csv.writer(main), csv.writer(alternative)
        for number, party in enumerate(parties_, 1):
            if ids is not None:
                ids[str(number)] = party.id
            remarks = "; ".join("DOB " + birth for birth in map(ofac_birth, party.births[:1]) if birth) or "-0-"
            sdn.writerow([number, comma_name(party.names[0], party.type), kinds.get(party.type, "-0-"), "TEST"]
                         + ["-0-"] * 7 + [remarks])
            for name in party.names[1:]:
                alt.writerow([number, number, "aka", comma_name(name, party.type), "-0-"])
    for empty in ("add.csv", "sdn_comments.csv"):
        (to / empty).write_text("")


def comma_name(name, type_):
    given, space, family = name.rpartition(" ")
    is_latin = name.isascii() or script(name) == "Latin"
    return f"{family}, {given}" if space and type_ == "person" and is_latin else name


def ofac_birth(date):
    year, month, day = (date.split("-") + ["", ""])[:3]
    if not year.isdigit():
        return ""
    names = {i: m for m, i in MONTHS.items()}
    return f"{day[:2]} {names[int(month)]} {year}" if day and month else year
