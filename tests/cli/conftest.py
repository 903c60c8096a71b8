"""The real commands, run as a person would: in a folder of their own, told by exit status and text."""
import json
import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PROVISO_BUILD", SOURCE / "build" / "release")).resolve()
PROVISO = BUILD / "src" / "cli" / "proviso"
CAPTURE = BUILD / "examples" / "capture" / "capture"
SAMPLE = BUILD / "examples" / "capture" / "capture-sample"

WARRANT = ["--warrant", "District Court 2026/118"]
KIDNAPPING = ["--purpose", "serious-crime.kidnapping", "--territory", "XR"]


def instant(**ahead):
    return (datetime.now(timezone.utc) + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Answer:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def text(self):
        return self.out + self.err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def id(self):
        return self.out.split()[0]


class Place:
    """A folder with an authority in it, perhaps, and the commands run there."""

    def __init__(self, folder):
        self.folder = folder
        self.ids = {}

    def run(self, *words, status=0, env=None, command=PROVISO, timeout=60, stdin=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVISO_")}
        environment |= {"PROVISO_HOME": "authority"} | (env or {})
        done = subprocess.run(
            [str(command), *map(str, words)], cwd=self.folder, env=environment, text=True,
            capture_output=True, timeout=timeout, input=stdin if stdin is not None else "")
        answer = Answer(done)
        if status is not None:
            assert answer.status == status, f"{words}: status {answer.status}\n{answer.text}"
        return answer

    def keygen(self, *names, **options):
        for name in names:
            self.run("keygen", name, "--out", "keys", "--no-passphrase", **options)

    def sign(self, word, form, key, *more, status=0, name=None):
        path = self.folder / f"{name or word}.yaml"
        path.write_text(form if isinstance(form, str) else yaml.safe_dump(form, sort_keys=False))
        answer = self.run(word, path.name, "--key", f"keys/{key}.key", *more, status=status)
        if status == 0:
            self.ids[name or word] = answer.id
        return answer

    def use(self, system, capability="capture.headers", subject="tel:+99955501", *more, status=0):
        more = more or [*KIDNAPPING, *WARRANT]
        return self.run("use", "--system", system, "--capability", capability, "--subject", subject,
                        *more, status=status)

    def renew(self, system, status=0):
        return self.run("system", "renew", "--system", system, status=status)

    def plan(self, folder, *holders, threshold=2, dealers=(), before=None):
        """The id of a plan for holders who make a key of tags together, or its shares anew."""
        whose = ("--tags", before) if before else ("--authority", "keys/licensing.example.org.pub")
        return self.run("tags", "plan", *whose, "--threshold", threshold, "-o", folder, "--json",
                        *[w for n in holders for w in ("--holder", f"keys/{n}.pub")],
                        *[w for n in dealers for w in ("--dealer", f"keys/{n}.pub")]).json["plan"]

    def deal(self, folder, agree, name, *more, out=None, status=0, place=None):
        return self.run("tags", "deal", place or folder, "--agree", agree, "--key", f"keys/{name}.key",
                        "-o", out or f"{folder}/{name}.share", *more, status=status)

    def holders(self, *holders, folder="shares", **how):
        """Each round in turn, over one folder; its form is FOLDER/tags.yaml."""
        agree = self.plan(folder, *holders, **how)
        for name in 3 * holders:
            self.deal(folder, agree, name)
        self.run("tags", "conclude", folder, "-o", f"{folder}/tags.yaml", "--transcript", f"{folder}/transcript")

    # --- the story, step by step -----------------------------------------------------------

    def authority(self, threshold=2):
        self.keygen("licensing.example.org", "ada", "ben", "chen", "harbour", "ruritania", "ombudsman")
        self.run("init", "--name", "licensing.example.org", "--key", "keys/licensing.example.org.key",
                 *[w for name in ("ada", "ben", "chen") for w in ("--officer", f"keys/{name}.pub")],
                 "--threshold", threshold)
        for key, role, country, holder in (("harbour", "exporter", "IL", "Harbour Optics Ltd"),
                                           ("ruritania", "end-user", "XR", "Ruritanian Police"),
                                           ("ombudsman", "auditor", "XR", "Ombudsman")):
            self.sign("key", {"role": role, "holder": holder, "country": country,
                              "public-key": f"@keys/{key}.pub"}, "ada", name=f"key-{key}")
        return self

    def definitions(self, number=1, **more):
        form = {"number": number, "effective": instant(days=-1), **more, "purposes": [
            {"label": "terrorism", "title": "Terrorist acts", "text": "To prevent or investigate them.",
             "excludes": ["Expressing an opinion is by itself never one."]},
            {"label": "serious-crime", "title": "Serious crimes", "text": "To prevent or investigate them.",
             "excludes": ["Expressing an opinion is by itself never one."], "minimum-penalty-years": 6}],
            "scope": "purpose=terrorism,serious-crime; require=warrant"}
        self.sign("define", form, "ada", name=f"definitions-{number}")
        return self

    def declaration(self, number=1, **more):
        form = {"end-user": {"name": "Ruritanian Police", "country": "XR"}, "definitions": number,
                "offences": [
                    {"label": "serious-crime.kidnapping", "title": "Kidnapping", "statute": "s. 121",
                     "maximum-years": 12},
                    {"label": "serious-crime.defamation", "title": "Defamation", "statute": "s. 301",
                     "maximum-years": 2}],
                "scope": "capability=capture; purpose=terrorism,serious-crime; territory=XR; "
                         "subject-not=tel:+1,mailto:@state.gov; require=warrant",
                "undertakings": ["Only for the purposes defined."],
                "signatory": {"name": "R. Hentzau", "office": "Director"},
                "valid-until": instant(days=700), **more}
        self.sign("declare", form, "ruritania", name="declaration")
        return self

    ITEM = {"name": "lens", "version": "1.0", "capabilities": ["capture.headers", "capture.content"]}
    SCOPE = ("capability=capture.headers,capture.content; purpose=terrorism,serious-crime.kidnapping; "
             "territory=XR; subject-not=tel:+1,mailto:@state.gov; require=warrant")

    def application(self, **more):
        form = {"exporter": {"name": "Harbour Optics Ltd", "country": "IL"},
                "end-user": {"name": "Ruritanian Police", "country": "XR"}, "item": self.ITEM,
                "quantity": 2, "scope": self.SCOPE, "purpose-of-use": "Kidnappings.", **more}
        self.sign("apply", form, "harbour", name="application")
        return self

    def licence(self, status=0, **more):
        if status == 0 and "decision" not in self.ids:
            self.sign("decide", {"application": self.ids["application"], "outcome": "approve",
                                 "reasons": "The end user has signed."}, "ada", name="decision")
        form = {"application": self.ids["application"],
                "exporter": {"name": "Harbour Optics Ltd", "country": "IL"},
                "end-user": {"name": "Ruritanian Police", "country": "XR"},
                "declaration": self.ids["declaration"], "item": self.ITEM, "quantity": 2,
                "scope": self.SCOPE, "lease-seconds": 600, "valid-until": instant(days=365), **more}
        return self.sign("licence", form, "ben", status=status)

    def system(self, name="system", serial="LENS-0001", status=0):
        form = yaml.safe_load(self.run(
            "system", "init", "--system", name, "--authority", "keys/licensing.example.org.pub",
            "--name", serial, "--auditor", "keys/ombudsman.pub").out)
        form |= {"licences": [self.ids["licence"]], "item-version": "1.0"}
        return self.sign("enrol", form, "harbour", name=name, status=status)

    def measure(self, action, target, approve="ben", **more):
        form = {"target": target, "action": action, "reason": "On the finding.", **more}
        self.sign("measure", form, "ada", name=action)
        if approve:
            self.sign("approve", {"proposal": self.ids[action]}, approve, name=f"approve-{action}")

    def upheld(self, system="system"):
        (self.folder / "evidence.json").write_text(json.dumps({
            "type": "bundle", "id": "bundle--5d5e2b6e-52d5-4b4c-8a50-5a3f2d0a4d11", "objects": [{
                "type": "indicator", "spec_version": "2.1",
                "id": "indicator--c1f7d0d2-9a59-4f2e-8b0a-3d0a1c9a7f01",
                "created": "2026-01-10T00:00:00Z", "modified": "2026-01-10T00:00:00Z",
                "valid_from": "2026-01-10T00:00:00Z", "pattern_type": "stix",
                "pattern": "[domain-name:value = 'collector.example']"}]}))
        self.sign("report", {"subject": "A journalist", "system": self.ids[system],
                             "allegation": "A journalist was targeted.",
                             "evidence": [{"file": "evidence.json", "type": "stix-2.1"}],
                             "reporter": "The ombudsman"}, "ombudsman")
        self.sign("find", {"report": self.ids["report"], "system": self.ids[system], "outcome": "upheld",
                           "reasons": "The indicators match."}, "chen", name="finding")
        return self


def ask_console(requests):
    """One answer a request, by the console's own modules: console/test/peer.ts says what can be asked."""
    if not (SOURCE / "console/node_modules/tsx").exists():
        pytest.skip("the console's packages are not installed (tools/console)")
    done = subprocess.run(["node", "--experimental-global-webcrypto", "--import", "tsx", "test/peer.ts"],
                          cwd=SOURCE / "console", text=True, capture_output=True, input=json.dumps(requests, default=str), timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture
def world(place):
    """An authority, a declaration, a licence and one enrolled system with a lease."""
    place.authority().definitions().declaration().application()
    place.licence()
    place.system()
    place.renew("system")
    return place
