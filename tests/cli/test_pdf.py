"""Documents as their readers have them: poppler, qpdf and zbar read what `proviso document` writes."""
import hashlib
import os
import random
import re
import subprocess
import unicodedata

import pytest

from conftest import SOURCE, Place, ask_console

LANGUAGES = ["en", "he", "ar", "fr", "es"]
HEBREW = "המערכת תשמש רק למטרות שהוגדרו (טרור ופשע חמור) ולא לשום מטרה אחרת."
ARABIC = "تُستخدم المنظومة للأغراض المعرَّفة وحدها، ولا تُستخدم لأي غرض آخر."
MIXED = "System LENS-0001 של משטרת רוריטניה is held in room 12ב"


def tool(place, *words):
    done = subprocess.run([str(w) for w in words], cwd=place.folder, capture_output=True, timeout=60)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.decode("utf-8", "replace")


def pdf(place, name, language="en", file="out.pdf", *more):
    place.run("document", place.ids[name], "-o", file, "--language", language, *more)
    return file


def told(place, file):
    """The paragraphs as the tagged structure has them: what is read aloud."""
    text = tool(place, "pdfinfo", "-struct-text", file)
    # Lines of one paragraph follow each other without a space where the line broke behind one.
    return re.findall(r'"(.*)"\n', text)


def letters(text):
    """Without what a line break may add or drop; a ligature is its letters."""
    return re.sub(r"[\s\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", unicodedata.normalize("NFKC", text))


@pytest.fixture(scope="module")
def licensed(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("licensed"))
    place.authority().definitions().declaration(undertakings=[HEBREW, ARABIC, MIXED]).application()
    place.licence()
    return place


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_licence_is_set_verified_and_read_back(licensed, language):
    file = pdf(licensed, "licence", language, "licence.pdf", "--leads-to", "https://licensing.example.org")
    tool(licensed, "qpdf", "--check", file)
    about = tool(licensed, "pdfinfo", file)
    assert re.search(r"Tagged: +yes", about) and "A4" in about and licensed.ids["licence"] in about
    verified = licensed.run("log", "verify", file, "--authority", "keys/licensing.example.org.pub", "--json").json
    assert verified["verified"] and verified["pages"] == "as-set" and verified["id"] == licensed.ids["licence"]
    assert licensed.run("show", file, "--json").json["id"] == licensed.ids["licence"]
    paragraphs = told(licensed, file)
    for value in ("Harbour Optics Ltd", "Ruritanian Police", licensed.ids["declaration"], licensed.ids["licence"],
                  "capture.content, capture.headers", "mailto:@state.gov, tel:+1", "licensing.example.org"):
        assert value in paragraphs, value


def test_the_document_says_its_language_and_direction(licensed):
    for language in LANGUAGES:
        file = pdf(licensed, "licence", language)
        catalog = (licensed.folder / file).read_bytes().rsplit(b"/Type /Catalog", 1)[1]
        assert f"/Lang ({language})".encode() in catalog
        assert (b"/Direction /R2L" in catalog) == (language in ("he", "ar"))


@pytest.mark.parametrize("language, title, exporter, israel", [
    ("en", "Licence", "Exporter", "Israel (IL)"), ("he", "רישיון", "יצואן", "ישראל (IL)"),
    ("ar", "ترخيص", "المُصدِّر", "إسرائيل (IL)"), ("fr", "Licence", "Exportateur", "Israël (IL)"),
    ("es", "Licencia", "Exportador", "Israel (IL)")])
def test_fixed_words_are_read_in_the_order_of_their_language(licensed, language, title, exporter, israel):
    paragraphs = [letters(p) for p in told(licensed, pdf(licensed, "licence", language))]
    places = [paragraphs.index(letters(p)) for p in (title, exporter, "Harbour Optics Ltd", israel)]
    assert places == sorted(places)


@pytest.mark.parametrize("language", ["en", "he", "ar"])
def test_hebrew_arabic_and_mixed_lines_are_read_in_logical_order(licensed, language):
    read = letters("".join(told(licensed, pdf(licensed, "declaration", language))))
    for text in (HEBREW, ARABIC, MIXED):
        assert letters(text) in read, text


def test_poppler_s_plain_text_has_hebrew_words_in_order_too(licensed):
    text = letters(tool(licensed, "pdftotext", pdf(licensed, "declaration", "he"), "-"))
    for word in ("הצהרת", "התחייבויות", "המערכת", "למטרות", "רוריטניה"):
        assert word in text, word


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_code_leads_to_the_receipt_or_is_the_id(licensed, language):
    for more, says in ((["--leads-to", "https://licensing.example.org/"],
                        f"https://licensing.example.org/v1/records/{licensed.ids['licence']}/receipt"),
                       ([], licensed.ids["licence"])):
        file = pdf(licensed, "licence", language, "code.pdf", *more)
        tool(licensed, "pdftoppm", "-r", "150", "-png", "-singlefile", "-f", 1, file, "code")
        assert tool(licensed, "zbarimg", "-q", "--raw", "code.png").strip() == says


def test_the_attachment_is_a_proof_for_whoever_takes_it_out(licensed):
    file = pdf(licensed, "licence")
    name = re.search(r"1: (\S+)", tool(licensed, "pdfdetach", "-list", file)).group(1)
    tool(licensed, "pdfdetach", "-save", 1, "-o", name, file)
    licensed.run("log", "prove", licensed.ids["licence"], "-o", "own.proof")
    assert (licensed.folder / name).read_bytes() == (licensed.folder / "own.proof").read_bytes()
    licensed.run("log", "verify", name, "--authority", "keys/licensing.example.org.pub")


def test_the_same_record_gives_the_same_bytes(licensed):
    one, other = (pdf(licensed, "decision", "he", f"{i}.pdf") for i in (1, 2))
    assert (licensed.folder / one).read_bytes() == (licensed.folder / other).read_bytes()


def test_a_file_written_anew_has_its_record_and_no_longer_its_pages(licensed):
    file = pdf(licensed, "licence")
    for options in (["--linearize"], ["--object-streams=generate", "--recompress-flate"], ["--qdf"]):
        tool(licensed, "qpdf", *options, file, "anew.pdf")
        assert licensed.run("show", "anew.pdf", "--json").json["id"] == licensed.ids["licence"]
        refused = licensed.run("log", "verify", "anew.pdf", "--authority", "keys/licensing.example.org.pub", status=1)
        assert "document.changed" in refused.err
    tool(licensed, "pdftocairo", "-pdf", file, "printed.pdf")
    assert "document.no-record" in licensed.run("show", "printed.pdf", status=3).err


def test_pages_that_show_something_else_are_not_taken_for_the_record_s(licensed):
    """Who knows the format can put any pages around a record: its digest is right, setting anew tells."""
    place = licensed
    forged = (place.folder / pdf(place, "licence", "fr", "forged.pdf")).read_bytes()
    # The same record with pages of another language, all digests made anew.
    forged = forged.replace(b"/ProvisoSet (fr ", b"/ProvisoSet (en ")
    seal = re.search(rb"/ProvisoFile <(\w{64})>", forged).group(1)
    zeros = forged.replace(seal, b"0" * 64)
    (place.folder / "forged.pdf").write_bytes(zeros.replace(b"0" * 64, hashlib.sha256(zeros).hexdigest().encode(), 1))
    answer = place.run("log", "verify", "forged.pdf", "--authority", "keys/licensing.example.org.pub", "--json").json
    assert answer["pages"] == "as-written"
    assert "what holds is the record" in place.run("log", "verify", "forged.pdf", "--authority",
                                                   "keys/licensing.example.org.pub").out


def test_an_altered_record_and_another_authority_s_key_are_refused(licensed):
    file = pdf(licensed, "licence")
    whole = (licensed.folder / file).read_bytes()
    assert whole.count(b"Harbour Optics Ltd") == 1, "only the attachment is in the clear"
    (licensed.folder / "altered.pdf").write_bytes(whole.replace(b"Harbour Optics Ltd", b"Another Exporter 1"))
    for command in (["show", "altered.pdf"], ["log", "verify", "altered.pdf", "--authority",
                                              "keys/licensing.example.org.pub"]):
        assert "document.altered" in licensed.run(*command, status=1).err
    licensed.run("log", "verify", file, "--authority", "keys/ada.pub", status=1)


def test_a_record_that_speaks_of_pdfs_is_no_pdf(licensed):
    licensed.sign("declare", {
        "end-user": {"name": "Ruritanian Police", "country": "XR"}, "definitions": 1,
        "scope": "purpose=terrorism; require=warrant", "undertakings": ["%PDF-1.7 /ProvisoProof <00>"],
        "signatory": {"name": "%PDF-", "office": "Director"}, "valid-until": "2036-01-01"}, "ruritania", name="speaks")
    licensed.run("log", "prove", licensed.ids["speaks"], "-o", "speaks.proof")
    for file in ("speaks.proof", pdf(licensed, "speaks", "en", "speaks.pdf")):
        licensed.run("log", "verify", file, "--authority", "keys/licensing.example.org.pub")


def by_browser(place, files):
    """What the console's own reader says of dropped files: an id, or a rule."""
    answers = ask_console([{"do": "verify", "file": place.folder / f, "authority": place.folder / "keys/licensing.example.org.pub"}
                           for f in files])
    return [a["ok"]["id"] if "ok" in a else a["rule"] for a in answers]


def by_command(place, file):
    answer = place.run("log", "verify", file, "--authority", "keys/licensing.example.org.pub", "--json", status=None)
    return answer.json["id"] if answer.status == 0 else re.search(r'"rule":\s*"([^"]*)"', answer.err).group(1)


def test_the_browser_reads_documents_as_the_command_does(licensed):
    files = [pdf(licensed, "licence", language, f"drop-{language}.pdf") for language in LANGUAGES]
    for name, options in (("linear.pdf", ["--linearize"]), ("packed.pdf", ["--object-streams=generate"]), ("qdf.pdf", ["--qdf"])):
        tool(licensed, "qpdf", *options, files[0], name)
        files.append(name)
    tool(licensed, "pdftocairo", "-pdf", files[0], "printed.pdf")
    files.append("printed.pdf")
    for path in (SOURCE / "tests/fuzz/corpus/document").iterdir():
        (licensed.folder / path.name).write_bytes(path.read_bytes())
        files.append(path.name)
    files.remove("empty.pdf")  # of no form: each says so in its own words
    said = by_browser(licensed, files)
    assert said[:5] == [licensed.ids["licence"]] * 5
    assert said[5:8] == ["document.changed"] * 3 and said[8] == "document.no-record"
    for file, rule in zip(files, said, strict=True):
        assert rule == by_command(licensed, file), file


def test_a_document_changed_anywhere_is_refused_by_the_same_rule_in_the_browser(licensed):
    seed = int(os.environ.get("PROVISO_TEST_SEED", random.SystemRandom().getrandbits(32)))
    print(f"PROVISO_TEST_SEED={seed}")
    rng, files = random.Random(seed), []
    whole = (licensed.folder / pdf(licensed, "licence")).read_bytes()
    added = whole.index(b"/EmbeddedFile") - 40
    for i in range(40):
        changed = bytearray(whole)
        at = rng.randrange(added, len(whole)) if i % 4 else rng.randrange(len(whole))
        changed[at] ^= 1 << rng.randrange(8)
        if i % 5 == 0:
            del changed[at]
        files.append(f"changed-{i}.pdf")
        (licensed.folder / files[-1]).write_bytes(changed)
    for file, rule in zip(files, by_browser(licensed, files), strict=True):
        mine = by_command(licensed, file)
        refused = rule != licensed.ids["licence"]
        # Without its first bytes it is no PDF, and each says so in its own words.
        assert refused and (rule == mine or rule == "verify.unknown"), (file, rule, mine)


def test_all_kinds_that_a_story_has_are_set(world):
    world.upheld()
    world.measure("suspend", f"system/{world.ids['system']}", finding=world.ids["finding"])
    for name in world.ids:
        file = pdf(world, name, "he")
        world.run("log", "verify", file, "--authority", "keys/licensing.example.org.pub")
    assert "A journalist was targeted." in told(world, pdf(world, "report"))
    confidential = tool(world, "pdftotext", pdf(world, "report"), "-")
    assert "The ombudsman" not in confidential and "withheld" in confidential


HOSTILE = {
    "marks": "Zalgo " + "o\u0301\u0302\u0303\u0304\u0305\u20dd" * 280,
    "one word": "x" * 4000,
    "scripts": "漢字 ไทย हिन्दी አማርኛ 𝄞 👩‍💻 ǅ ﷽ " * 30,
    "directions": "\u200f\u200e\u061c(a)[ב]{ج} " * 90,
    "PDF": ") Tj ET endstream endobj trailer << /Root 1 0 R >> %%EOF /ProvisoProof <" + "0" * 64 + "> " * 8,
    "lines": "first\n\n\n\n" + "line\n" * 400 + "last",
    "markup": "<b>bold</b> &amp; <span foreground='red'>red</span> {{name}} \\u202e %n %s",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text_is_set_whole_and_stays_in_its_place(licensed, what):
    text = HOSTILE[what]
    licensed.sign("declare", {
        "end-user": {"name": "Ruritanian Police", "country": "XR"}, "definitions": 1,
        "scope": "purpose=terrorism; require=warrant", "undertakings": [text, "The end."],
        "signatory": {"name": text[:80].replace("\n", " "), "office": "Director"}, "valid-until": "2036-01-01",
    }, "ruritania", name="hostile")
    for language in ("en", "he"):
        file = pdf(licensed, "hostile", language)
        tool(licensed, "qpdf", "--check", file)
        licensed.run("log", "verify", file, "--authority", "keys/licensing.example.org.pub")
        read = told(licensed, file)
        assert any("The end." in p for p in read) and licensed.ids["hostile"] in read
        if what in ("one word", "markup", "PDF", "lines"):
            assert letters(text) in letters("".join(read))


def test_ten_thousand_characters_go_on_over_pages(licensed):
    texts = [f"{i} " + f"undertaking number {i} goes on, " * 100 + f"end of {i}." for i in range(12)]
    licensed.sign("declare", {
        "end-user": {"name": "Ruritanian Police", "country": "XR"}, "definitions": 1,
        "scope": "purpose=terrorism; require=warrant", "undertakings": texts,
        "signatory": {"name": "R. Hentzau", "office": "Director"}, "valid-until": "2036-01-01"}, "ruritania", name="long")
    file = pdf(licensed, "long")
    pages = int(re.search(r"Pages: +(\d+)", tool(licensed, "pdfinfo", file)).group(1))
    assert pages > 5
    read = letters("".join(told(licensed, file)))
    for text in texts:
        assert letters(text) in read
    plain = tool(licensed, "pdftotext", file, "-")
    for page in range(1, pages + 1):
        assert f"Page {page} of {pages}" in plain


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\x07", "\x7f", "\u2028"])
def test_what_misleads_does_not_even_become_a_record(licensed, character):
    licensed.sign("declare", {
        "end-user": {"name": "Ruritanian Police", "country": "XR"}, "definitions": 1,
        "scope": "purpose=terrorism; require=warrant", "undertakings": [f"a{character}b"],
        "signatory": {"name": "R. Hentzau", "office": "Director"}, "valid-until": "2036-01-01"}, "ruritania", status=3)


def test_wrong_usage_says_what(licensed):
    run, licence = licensed.run, licensed.ids["licence"]
    assert "--output" in run("document", licence, status=2).err
    assert "document.language" in run("document", licence, "-o", "x.pdf", "--language", "xx", status=3).err
    assert "http" in run("document", licence, "-o", "x.pdf", "--leads-to", "javascript:alert(1)", status=2).err
    run("document", "ffffffff", "-o", "x.pdf", status=1)
    assert not (licensed.folder / "x.pdf").exists()
    assert "document.not-pdf" in run("show", "licence.yaml", status=3).err
