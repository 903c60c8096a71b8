"""Adapters on the gate: nginx's auth_request, and the line protocol."""
import http.client
import os
import signal
import socket
import subprocess
import urllib.parse

import pytest

from conftest import BUILD
from gated import Gated, until

LINE = BUILD / "adapters" / "proviso-line"
HTTP = BUILD / "adapters" / "proviso-http"
NGINX = next((p for p in ("/usr/sbin/nginx", "/usr/bin/nginx") if os.path.exists(p)), None)


# --- A line in, a line out ----------------------------------------------------------------------

def use_line(word="decide", **fields):
    fields = {"capability": "capture.headers", "purpose": "terrorism", "territory": "XR", "subject": "tel:+999",
              "warrant": "XR-2026/17"} | fields
    return "\t".join([word] + [f"{name}={value}" for name, value in fields.items() if value is not None])


def test_lines_are_answered_in_order(world):
    lines = [use_line(), use_line(territory="UG"), use_line(warrant=None), use_line("ask"), use_line(subject="999"),
             use_line(capability=None), "status", "frobnicate", use_line() + "\tcapability=x", use_line() + "\tx",
             use_line() + "\twith=o" * 17, use_line(warrant="w" * 9000), use_line() + "\0", use_line()]
    for where in ("in process", "beside"):
        with Gated(world) as gate:
            if where == "in process":
                gate.stop()
            done = world.run("--system", "system" if where == "in process" else gate.socket, command=LINE,
                             stdin="\n".join(lines) + "\n" + use_line())  # the last is not ended
        answers = [line.split("\t")[:2] for line in done.out.splitlines()]
        assert [a[0] for a in answers] == ["allowed", "refused", "refused", "would-be-allowed", "error", "error",
                                           "status", "error", "error", "error", "error", "error", "error", "allowed"]
        assert [a[1] for a in answers[1:8]] == ["use.territory", "use.obligation", "allowed", "scope.selector",
                                                "line.usage", "allowed", "line.malformed"]
        assert int(answers[-1][1]) > int(answers[0][1])
    status = world.run("system", "status", "--system", "system", "--json").json
    assert (status["allowed"], status["refused"]) == (4, 4)


def test_a_shell_script_asks_as_the_readme_shows(world):
    readme = (BUILD.parents[1] / "adapters" / "line" / "README.md").read_text() \
        if (BUILD.parents[1] / "adapters").exists() else pytest.skip("built elsewhere")
    script = readme[readme.index("    coproc"):].replace("/run/proviso/gate.socket", "system")
    path = f"{LINE.parent}:{os.environ['PATH']}"
    for territory, status in (("XR", 0), ("UG", 1)):
        done = subprocess.run(["bash", "-c", script.replace("terrorism XR", f"terrorism {territory}")], cwd=world.folder,
                              env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=20)
        assert done.returncode == status, done.stderr
    assert "refused: use.territory" in done.stderr


def test_wrong_usage_of_adapters_is_status_2_and_no_gate_is_4(world):
    world.run(command=LINE, status=2)
    world.run("--system", "nowhere", command=LINE, status=4)
    world.run(command=HTTP, status=2)
    world.run("--system", "system", "--listen", "70000", command=HTTP, status=4)


# --- nginx ------------------------------------------------------------------------------------------

CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; {user}
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
{locations}
        location /product {{ return 200 "listening\\n"; }}
    }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def nginx(world):
    """Real nginx as adapters/nginx/README.md sets it up, before a proviso-http, before a proviso-gated."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    readme = (BUILD.parents[1] / "adapters" / "nginx" / "README.md").read_text()
    port, path = free_port(), world.folder / "http.socket"
    locations = readme[readme.index("    location /calls/"):readme.index("Every `X-Proviso")] \
        .replace("/run/proviso/http.socket", str(path)).replace("call.listen", "capture.headers") \
        .replace("proxy_pass http://product;", f"proxy_pass http://127.0.0.1:{port}/product;")
    user = "user root;" if os.getuid() == 0 else ""
    (world.folder / "nginx.conf").write_text(
        CONFIGURATION.format(folder=world.folder, port=port, locations=locations, user=user))
    with Gated(world) as gate:
        http = subprocess.Popen([HTTP, "--system", gate.socket, "--listen", path])
        assert until(path.exists)
        server = subprocess.Popen([NGINX, "-p", world.folder, "-c", world.folder / "nginx.conf"])
        try:
            assert until(lambda: answers(port)), (world.folder / "nginx.log").read_text()
            yield gate, http, port
        finally:
            for process in (server, http):
                process.terminate()
                process.wait(20)


def answers(port):
    try:
        return get(port, "/product")
    except OSError:
        return None


def get(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, response.headers, body


def calls(**arguments):
    arguments = {"purpose": "terrorism", "subject": "tel:+99955501234", "warrant": "XR-2026/17"} | arguments
    return "/calls/listen?" + urllib.parse.urlencode({k: v for k, v in arguments.items() if v}, safe=":+/")


def test_nginx_lets_through_what_the_gate_allows(world, nginx):
    gate, http_process, port = nginx
    status, headers, body = get(port, calls())
    assert (status, headers["X-Proviso-Code"], body) == (200, "allowed", "listening\n")
    for arguments, code in (({"subject": "tel:+12025550100"}, "use.subject"), ({"purpose": "gossip"}, "use.purpose"),
                            ({"warrant": None}, "use.obligation"), ({"subject": "nonsense"}, "scope.selector"),
                            ({"purpose": None}, "gate.malformed")):
        status, headers, body = get(port, calls(**arguments))
        assert (status, headers["X-Proviso-Code"]) == (403, code) and "listening" not in body
    # A client's own headers do not reach the gate.
    status, headers, _ = get(port, calls(purpose="gossip"), **{"X-Proviso-Purpose": "terrorism"})
    assert (status, headers["X-Proviso-Code"]) == (403, "use.purpose")
    counted = gate.status()
    assert (counted["allowed"], counted["refused"]) == (1, 4)
    # Without a gate nothing passes.
    gate.stop()
    assert get(port, calls())[0] == 500
    gate.start()
    assert get(port, calls())[0] == 200
    http_process.send_signal(signal.SIGKILL)
    http_process.wait()
    assert get(port, calls())[0] in (500, 502)


def test_its_responder_is_strict_and_bounded(world, nginx):
    gate, http_process, port = nginx
    path = str(world.folder / "http.socket")

    def ask(text):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(1)  # what is never a request gets no answer until it is cut
            s.connect(path)
            try:
                s.sendall(text)
                return s.recv(4096).decode()
            except OSError:
                return ""

    use = b"".join(b"X-Proviso-%s: %s\r\n" % pair for pair in (
        (b"Capability", b"capture.headers"), (b"Purpose", b"terrorism"), (b"Territory", b"XR"),
        (b"Subject", b"tel:+999"), (b"Warrant", b"W")))
    assert ask(b"GET / HTTP/1.1\r\nHost: a\r\n" + use + b"\r\n").startswith("HTTP/1.1 204 ")
    for text in (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n" + use + b"\r\nx", b"\0\1\2\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: a\r\n" + use + b"X: " + b"y" * 100000 + b"\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: a\r\n" + use + b"X-Proviso-With: " + b"o," * 16 + b"o\r\n\r\n"):
        assert " 204 " not in ask(text).split("\r\n")[0] + " ", text[:40]
    assert gate.status()["allowed"] == 1
    # A second one does not take the socket of the first.
    world.run("--system", gate.socket, "--listen", path, command=HTTP, status=4)
