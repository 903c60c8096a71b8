"""Documents from the service: a PDF that its reader verifies without it."""
import subprocess
from concurrent.futures import ThreadPoolExecutor

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


def test_many_at_once_are_set_or_told_to_come_again_and_nothing_else_waits(world, service):
    path = f"/v1/records/{world.ids['declaration']}/document"
    with ThreadPoolExecutor(48) as pool:
        answers = [pool.submit(service.ask, path) for _ in range(96)]
        assert service.ask("/healthz").status == 200
        answers = [a.result() for a in answers]
    assert {a.status for a in answers} <= {200, 503, 429}
    assert all(a.headers["Retry-After"] for a in answers if a.status != 200)
    served = {a.body for a in answers if a.status == 200}
    assert len(served) == 1


def test_who_goes_away_while_his_is_set_disturbs_nobody(world, service):
    request = f"GET /v1/records/{world.ids['licence']}/document HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for _ in range(20):
        with service.dial() as gone:
            gone.sendall(request)
    assert service.ask(f"/v1/records/{world.ids['licence']}/document").status == 200
    assert service.stop() == 0
