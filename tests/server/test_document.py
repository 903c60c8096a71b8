"""Documents from the service: a PDF that its reader verifies without it."""
import subprocess

import pytest

KEY = ["--authority", "keys/licensing.example.org.pub"]


@pytest.fixture
def service(world, serve):
    return serve(world, "--confined", "yes", "--url", "https://licensing.example.org/")


def test_a_record_is_served_as_a_document_that_verifies(world, service):
    for name in ("licence", "declaration", "decision", "definitions-1", "system"):
        record = world.ids[name]
        answer = service.ask(f"/v1/records/{record}/document?language=ar")
        assert answer.status == 200, answer.body
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert record[:8] in answer.headers["Content-Disposition"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        (world.folder / "served.pdf").write_bytes(answer.body)
        verified = world.run("log", "verify", "served.pdf", *KEY, "--json").json
        assert verified["id"] == record and verified["pages"] == "as-set"


def test_the_code_leads_to_the_address_of_the_settings_and_to_no_host_that_a_client_names(world, service):
    record = world.ids["licence"]
    answer = service.ask(f"/v1/records/{record}/document", headers={"Host": "attacker.example"})
    (world.folder / "served.pdf").write_bytes(answer.body)
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", "served.pdf", "code"], cwd=world.folder, check=True)
    code = subprocess.run(["zbarimg", "-q", "--raw", "code.png"], cwd=world.folder, capture_output=True, text=True)
    assert code.stdout.strip() == f"https://licensing.example.org/v1/records/{record}/receipt"


def test_who_has_it_already_is_told_so(world, service):
    path = f"/v1/records/{world.ids['licence']}/document"
    first = service.ask(path)
    again = service.ask(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304 and again.body == b""
    assert service.ask(path).body == first.body
    assert service.ask(path + "?language=es").headers["ETag"] != first.headers["ETag"]
    head = service.ask(path, method="HEAD")
    assert head.status == 200 and head.body == b""


def test_wrong_languages_and_unknown_ids_are_problems(world, service):
    path = f"/v1/records/{world.ids['licence']}/document"
    for query in ("xx", "", "en%0A", "../../etc", "EN"):
        answer = service.ask(f"{path}?language={query}")
        assert answer.status == 400 and answer.json["rule"] == "document.language", query
    assert service.ask("/v1/records/" + "0" * 64 + "/document").status == 404


def test_the_command_has_the_service_set_it(world, service):
    world.run("document", world.ids["licence"], "-o", "by-url.pdf", "--language", "fr", "--url", service.url)
    assert world.run("log", "verify", "by-url.pdf", *KEY, "--json").json["pages"] == "as-set"


def test_an_address_that_cannot_stand_in_a_code_stops_the_start(world):
    from conftest import PROVISOD
    done = subprocess.run([PROVISOD, "--home", "authority", "--listen", "127.0.0.1:0", "--url", "javascript:x"],
                          cwd=world.folder, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "address" in done.stderr
