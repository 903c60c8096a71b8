"""The clients that screening services have, against `proviso screen --serve` and provisod."""

import os
import pathlib
import shutil
import subprocess

import pytest
from yente_client import BadRequestError, Client, Company, NotFoundError, Person, ServerError, Vessel

HERE = pathlib.Path(__file__).parent
PROVISO = pathlib.Path(os.environ.get("PROVISO_BUILD", "build/release")).resolve() / "src/cli/proviso"
PROVISOD = PROVISO.parents[1] / "server/provisod"

OWN = """\
id,name,type,aliases,country,birth,identifier
7,Ivan Sergeyevich Orlenko,person,Иван Сергеевич Орленко,RU,1961-03-07,
8,Meridian Lantern Trading LLC,org,,AE,,
9,Northern Heron,vessel,,PA,,IMO 9253325
"""
FTM = """\
{"id":"NK-own1","caption":"Sana Qadir","schema":"Person","properties":{"name":["Sana Qadir"],"topics":["sanction"],"nationality":["sy"]}}
"""


def run(*words):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVISO_")}
    done = subprocess.run([str(w) for w in words], env=environment, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    for name in ("screening.example.org", "ada"):
        run(PROVISO, "keygen", name, "--out", folder, "--no-passphrase")
    run(PROVISO, "init", "--home", folder / "home", "--name", "screening.example.org", "--key",
        folder / "screening.example.org.key", "--officer", folder / "ada.pub")
    folder = folder / "home"
    (folder / "own.csv").write_text(OWN)
    (folder / "world.json").write_text(FTM)
    run(PROVISO, "lists", "add", "own", folder / "own.csv", "--format", "csv", "--home", folder)
    run(PROVISO, "lists", "add", "world", folder / "world.json", "--format", "ftm", "--home", folder)
    return folder


@pytest.fixture(scope="module", params=["proviso screen", "provisod"])
def address(home, request):
    words = {"proviso screen": [PROVISO, "screen", "--serve", "127.0.0.1:0"],
             "provisod": [PROVISOD, "--listen", "127.0.0.1:0", "--log", "none"]}[request.param]
    server = subprocess.Popen([*words, "--home", home], stdout=subprocess.PIPE, text=True)
    yield "http://" + server.stdout.readline().split()[-1]
    server.terminate()
    assert server.wait(timeout=20) == 0


@pytest.fixture
def yente(address):
    with Client(base_url=address) as client:
        yield client


def test_yente_finds_a_person_in_another_script(yente):
    found = yente.match(Person(name=["Орленко Иван"], birthDate=["1961"], nationality=["ru"]))
    assert found.top.id == "own-7" and found.top.match and found.limit == 5
    assert found.top.properties["birthDate"] == ["1961-03-07"] and found.top.datasets == ["own"]
    assert "birth" in found.top.explanations["proviso"].detail


def test_yente_finds_companies_and_vessels(yente):
    assert yente.match(Company(name=["Meridian Lantern Trading Limited Liability Company"])).top.id == "own-8"
    assert yente.match(Vessel(name=["Northern Heron"], imoNumber=["9253325"])).top.schema_ == "Vessel"
    assert yente.match(Person(name=["Sana Qadir"], nationality=["sy"])).top.id == "NK-own1"


def test_yente_finds_nobody_who_is_not_listed(yente):
    found = yente.match(Person(name=["Wilhelmina Featherstonehaugh"]))
    assert found.results == [] and found.total.value == 0


def test_yente_searches_and_fetches(yente):
    found = yente.search("Meridian Lantern Trading")
    assert [e.id for e in found.results] == ["own-8"] and found.total.value == 1
    assert found.facets["datasets"].values[0].name == "own"
    assert yente.fetch("own-8").caption == "Meridian Lantern Trading LLC"
    with pytest.raises(NotFoundError):
        yente.fetch("own-800")


def test_yente_keeps_to_the_lists_it_names(yente):
    person = Person(name=["Ivan Orlenko"])
    assert yente.match(person, datasets=["world"]).results == []
    assert yente.match(person, datasets=["default", "own"]).top.id == "own-7"
    assert yente.match(person, exclude_entities=["own-7"]).results == []
    with pytest.raises(NotFoundError):
        yente.match(person, datasets=["nothing"])
    with pytest.raises(BadRequestError):
        yente.match(person, algorithm="nothing")


def test_yente_reads_health_catalog_and_algorithms(yente):
    assert yente.healthz().status == yente.readyz().status == "ok"
    assert {d.name: d.entity_count for d in yente.datasets().datasets if d.load}["own"] == 3
    assert yente.algorithms().best == "proviso"


def test_a_stale_list_is_never_no_hit(home, tmp_path):
    shutil.copytree(home, tmp_path / "home")
    listed = tmp_path / "home/lists/own/list.json"
    text = listed.read_text()
    before, _, rest = text.partition('"checked": "')
    listed.write_text(before + '"checked": "2001-01-01T00:00:00Z' + rest[20:])
    run(PROVISO, "lists", "show", "--home", tmp_path / "home")
    text = listed.read_text()
    before, _, rest = text.partition('"max-age": ')
    listed.write_text(before + '"max-age": 60' + rest[rest.index(","):])
    server = subprocess.Popen([PROVISO, "screen", "--serve", "127.0.0.1:0", "--home", tmp_path / "home"],
                              stdout=subprocess.PIPE, text=True)
    try:
        with Client(base_url="http://" + server.stdout.readline().split()[-1]) as client:
            assert client.healthz().status == "ok"
            with pytest.raises(ServerError, match="own"):
                client.readyz()
            with pytest.raises(ServerError, match="own"):
                client.match(Person(name=["Nobody"]))
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_watchmans_client_searches(address, tmp_path):
    if shutil.which("go") is None:
        pytest.skip("no Go")
    program = tmp_path / "watchman"
    built = subprocess.run(["go", "build", "-buildvcs=false", "-o", program, "."], cwd=HERE / "watchman",
                           capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    done = subprocess.run([program, address], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == ["lists own 3", "person own 7 Ivan Sergeyevich Orlenko 1961",
                                        "business own 8 Meridian Lantern Trading LLC", "nobody 0"]
