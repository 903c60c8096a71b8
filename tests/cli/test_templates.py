"""proviso template: each kind's form is valid once filled in, and is taken by the authority."""
import re

import pytest

from conftest import instant

WORDS = {"definitions": "define", "declaration": "declare", "application": "apply", "decision": "decide", "advice": "advise",
         "licence": "licence", "surrender": "surrender", "enrolment": "enrol", "report": "report",
         "finding": "find", "measure": "measure", "approval": "approve", "lift": "lift", "key": "key"}


def fill(text, fields):
    """Puts values where the template has its examples; a field may be named once only."""
    for name, value in fields.items():
        text, count = re.subn(rf"^(\s*(?:- )?){name}:.*$", rf"\g<1>{name}: {value}", text, flags=re.M)
        assert count >= 1, f"the template has no field {name}"
    return text


def sign(place, kind, key, *more, status=0, **fields):
    text = place.run("template", kind).out
    return place.sign(WORDS[kind], fill(text, {n.replace("_", "-"): v for n, v in fields.items()}), key,
                      *more, status=status, name=kind)


def test_a_whole_file_is_made_from_templates(place):
    place.keygen("licensing.example.org", "ada", "ben", "exporter", "police", "ombudsman")
    place.run("init", "--key", "keys/licensing.example.org.key", "--officer", "keys/ada.pub",
              "--officer", "keys/ben.pub")
    for key, role, holder, country in (("police", "end-user", "Ruritanian National Police", "XR"),
                                       ("exporter", "exporter", "Example Systems Ltd", "IL"),
                                       ("ombudsman", "auditor", "Ombudsman", "XR")):
        sign(place, "key", "ada", role=role, holder=holder, country=country, public_key=f'"@keys/{key}.pub"')
    terrorism = "purposes:\n  - {label: terrorism, title: Terrorist acts, text: To prevent them.}"
    text = place.run("template", "definitions").out.replace("purposes:", terrorism)
    place.sign("define", fill(text, {"effective": instant(days=-1)}), "ada", name="definitions")
    sign(place, "declaration", "police", valid_until=instant(days=700))
    sign(place, "application", "exporter")
    sign(place, "decision", "ada", application=place.ids["application"])
    sign(place, "licence", "ben", application=place.ids["application"],
         declaration=place.ids["declaration"], valid_until=instant(days=365))
    form = place.run("system", "init", "--system", "system", "--authority", "keys/licensing.example.org.pub",
                     "--name", "capture-0001").out
    device = re.search(r'device-key: (".*")', form)[1]
    text = place.run("template", "enrolment").out.replace("3fa2b1c0", place.ids["licence"])
    place.sign("enrol", fill(text, {"device-key": device}), "exporter", name="enrolment")
    place.renew("system")
    sign(place, "report", "ombudsman", system=place.ids["enrolment"])
    sign(place, "finding", "ada", report=place.ids["report"], system=place.ids["enrolment"])
    sign(place, "measure", "ada", target=place.ids["enrolment"], finding=place.ids["finding"])
    sign(place, "approval", "ben", proposal=place.ids["measure"])
    place.renew("system")
    sign(place, "lift", "ben", measure=place.ids["measure"])
    sign(place, "surrender", "exporter", licence=place.ids["licence"])
    place.run("audit")


@pytest.mark.parametrize("kind", WORDS)
def test_with_every_optional_field_taken_into_use_it_is_still_a_record(place, kind):
    place.keygen("licensing.example.org", "ada")
    (place.folder / "evidence.json").write_text(  # one object is the least
        '{"type": "bundle", "id": "bundle--5d5e2b6e-52d5-4b4c-8a50-5a3f2d0a4d11", "objects": '
        '[{"type": "identity", "id": "identity--5d5e2b6e-52d5-4b4c-8a50-5a3f2d0a4d11"}]}')
    text = re.sub(r"^(\s*)#(?=\S)", r"\1", place.run("template", kind).out, flags=re.M)
    for example in ("3fa2b1c0", "77aa01d2"):
        text = text.replace(example, example * 8)
    target = re.search(r"^target: .*$", text, re.M)
    if target:
        text = text.replace(target[0], f"target: system/{'3fa2b1c0' * 8}")
    if kind == "declaration":
        text = text.replace("definitions: 1", f"definitions: {'3fa2b1c0' * 8}")
    (place.folder / "form.yaml").write_text(text)
    made = place.run(WORDS[kind], "form.yaml", "--key", "keys/ada.key", "--authority",
                     "keys/licensing.example.org.pub", "-o", "record.cose", "--json", env={"PROVISO_HOME": ""})
    assert len(made.json["id"]) == 64
    assert (place.folder / "record.cose").read_bytes()[:2] == b"\xd2\x84"


@pytest.mark.parametrize("kind", ["declaration", "application", "licence"])
def test_carve_outs_are_shown_where_a_purpose_is_chosen(world, kind):
    text = world.run("template", kind).out
    assert "never: Expressing an opinion is by itself never one." in text
    assert "only declared offences that carry 6 years or more" in text
    assert "never:" in world.run("template", kind, "--json").json["purposes"]


@pytest.mark.parametrize("name", ["declaration", "licence"])
def test_carve_outs_are_shown_where_a_purpose_stands(world, name):
    assert "never: Expressing an opinion" in world.run("show", world.ids[name]).out


def test_the_templates_need_no_authority(place):
    assert "never:" not in place.run("template", "licence").out
    assert "authority.no-home" in place.run("template", "licence", "--home", "nowhere", status=3).err
