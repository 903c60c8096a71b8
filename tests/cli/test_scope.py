"""proviso scope: the algebra from the command line."""
import pytest

LICENCE = "capability=capture.content,capture.headers; purpose=terrorism; territory=XR; subject-not=tel:+1; require=warrant"
USE = {"capability": "capture.content", "purpose": "terrorism", "territory": "XR",
       "subject": "tel:+99955501", "at": "2026-06-01T00:00:00Z", "with": "warrant"}


def options(use):
    return [word for name, value in use.items() if value for word in (f"--{name}", value)]


def test_canonical_text_is_one_line_in_order(place):
    text = "until=2027-01-01T00:00:00Z\nrequire=warrant\ncapability=capture.content,capture"
    assert place.run("scope", "show", text).out == \
        "capability=capture; require=warrant; until=2027-01-01T00:00:00Z\n"


def test_meet_of_many(place):
    assert place.run("scope", "meet", LICENCE, "capability=capture.headers", "limit.subjects=5").out == (
        "capability=capture.headers; purpose=terrorism; territory=XR; subject-not=tel:+1; "
        "require=warrant; limit.subjects=5\n")


def test_includes_answers_by_status_and_says_why(place):
    assert place.run("scope", "includes", "any", LICENCE).out == "yes\n"
    no = place.run("scope", "includes", LICENCE, "territory=UG", status=1)
    assert no.out.startswith("no: capability")
    assert place.run("scope", "includes", LICENCE, "any", "--json", status=1).json["includes"] is False


@pytest.mark.parametrize("change, dimension", [
    ({}, None),
    ({"capability": "device.microphone"}, "capability"),
    ({"purpose": "serious-crime"}, "purpose"),
    ({"territory": "UG"}, "territory"),
    ({"subject": "tel:+1 (202) 555-0101"}, "subject-not"),
    ({"with": None}, "require"),
])
def test_allows_names_the_dimension_that_refused(place, change, dimension):
    answer = place.run("scope", "allows", LICENCE, *options(USE | change), "--json",
                       status=1 if dimension else 0)
    assert answer.json["dimension"] == dimension


@pytest.mark.parametrize("text, rule", [
    ("territory=XR; territory=UG", "scope.dimension-twice"),
    ("colour=red", "scope.dimension-unknown"),
    ("territory=", "scope.value-empty"),
    ("subject-not=tel:+12x", "scope.selector"),
    ("from=yesterday", "scope.instant"),
    ("capability=a..b", "scope.label"),
])
def test_bad_text_is_bad_input_with_its_place(place, text, rule):
    answer = place.run("scope", "show", text, status=3)
    assert rule in answer.err and "column" in answer.err


def test_worked_cases_are_read_from_the_command_too(place):
    assert place.run("scope", "meet", "none", "any").out == "none\n"
    assert place.run("scope", "meet", "any").out == "any\n"
