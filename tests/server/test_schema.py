"""The description that the service gives of itself, and a tester that holds it to it."""
import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = 300 if os.environ.get("SOAK") else 8
# A watch has no end; test_service.py has it. Parameters that nobody knows are ignored, as HTTP has it.
NOT = ["--exclude-path-regex", "watch$"]


def test_the_description_holds_for_whatever_a_tester_makes_up(world, serve):
    service = serve(world, "--rate-address", 0, "--rate-key", 0)
    world.measure("suspend", "country/XA", approve=None, basis="section 4")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "schemathesis"), "run", service.url + "/v1/openapi.json", "--url", service.url,
         "--checks", "all", "--max-examples", str(EXAMPLES), "--suppress-health-check", "all", "--no-color", *NOT,
         "--exclude-checks", "positive_data_acceptance,negative_data_rejection"],
        cwd=world.folder, capture_output=True, text=True, timeout=300,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "schema_hooks", "PYTHONPATH": str(Path(__file__).parent)})
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert service.ask("/readyz").status == 200


def test_the_description_names_every_route(world, serve):
    service = serve(world)
    described = service.ask("/v1/openapi.json").json
    assert described["info"]["title"] == "Proviso"
    for path, methods in described["paths"].items():
        for method in methods:
            real = path.replace("{id}", world.ids["licence"]).replace("{number}", "1").replace("{path}", "checkpoint").replace("{digest}", "0" * 64)
            if real.endswith("watch"):
                continue
            answer = service.ask(real, b"" if method == "post" else None, method=method.upper(),
                                 headers={"Content-Type": "application/cose"})
            assert answer.status != 405 and not (answer.status == 404 and b"http.no-such-path" in answer.body), path
            declared = methods[method]["responses"]
            assert str(answer.status) in declared, (path, answer.status)
    # And the other way about: what is served is described.
    served = {line.split('route="')[1].split('"')[0] for line in service.ask("/metrics").body.decode().splitlines()
              if line.startswith("proviso_http_requests_total") and 'route=""' not in line}
    assert served <= {p.replace("{path}", "{path...}") for p in described["paths"]}
