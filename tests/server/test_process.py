"""provisod as a process: settings, TLS, sockets it is given, supervisors, stopping, confinement."""
import os
import signal
import socket
import ssl
import subprocess
import threading
import urllib.request

import pytest
from conftest import PROVISOD, Watch, wait_until


def provisod(place, *words, status=0, env=None):
    return place.run(*words, command=PROVISOD, status=status, env={"PROVISO_HOME": ""} | (env or {}))


def test_settings_come_from_file_environment_and_flags_in_that_order(world):
    (world.folder / "conf").write_text("# ours\n\nhome = authority\nthreads = 3\nqueue=7\nlog = none\n")
    words = ("--config", "conf", "--check-config")
    out = provisod(world, *words).out
    assert "\nthreads = 3\n" in out and "\nqueue = 7\n" in out and "\nhome = authority\n" in out
    out = provisod(world, *words, "--threads", 5, env={"PROVISOD_THREADS": "4", "PROVISOD_QUEUE": "9"}).out
    assert "\nthreads = 5\n" in out and "\nqueue = 9\n" in out
    (world.folder / "printed").write_text(out)
    assert provisod(world, "--config", "printed", "--check-config").out == out
    assert "--home DIR" in provisod(world, "--help").out


@pytest.mark.parametrize("text, says", [
    ("home = authority\nthread = 3\n", "line 2: there is no setting \"thread\""),
    ("home\n", "line 1: \"home\" is not like"), ("threads = 0\n", "number from 1 to 64"),
    ("confined = maybe\n", "yes or no"), ("home = authority\nlog = loud\n", "log is all")])
def test_bad_settings_name_file_and_line(world, text, says):
    (world.folder / "conf").write_text(text)
    assert says in provisod(world, "--config", "conf", "--check-config", status=3).err


def test_wrong_usage(world, place):
    for words in ((), ("--nonsense",), ("--home",), ("--home", "authority", "--tls", "x"),
                  ("--home", "authority", "--listen", "nowhere")):
        provisod(world, *words, status=2)
    provisod(world, "--home", "no-such-home", "--check-config", status=3)


def certificate(place):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "tls.key", "-out", "tls.pem",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   cwd=place.folder, check=True, capture_output=True)


def test_tls_is_1_3_and_nothing_older(world, serve):
    certificate(world)
    service = serve(world, "--tls", "tls.pem", "tls.key")
    env = {"PROVISO_HOME": "", "PROVISO_CA": "tls.pem"}
    assert "LENS-0001" in world.run("status", "--url", service.url, env=env).out
    assert "certificate" in world.run("status", "--url", service.url, env={"PROVISO_HOME": ""}, status=4).err
    context = ssl.create_default_context(cafile=world.folder / "tls.pem")
    with context.wrap_socket(service.dial(), server_hostname="127.0.0.1") as s:
        assert s.version() == "TLSv1.3"
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        context.wrap_socket(service.dial(), server_hostname="127.0.0.1")


def test_a_bad_certificate_is_said_at_once(world):
    (world.folder / "bad.pem").write_text("nonsense")
    answer = provisod(world, "--home", "authority", "--listen", "127.0.0.1:0", "--tls", "bad.pem", "bad.pem", status=3)
    assert "bad.pem" in answer.err


def test_a_unix_socket_is_listened_at(world, serve):
    service = serve(world, listen=f"unix:{world.folder}/socket")
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(world.folder / "socket"))
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in s.recv(4096)
    assert service.stop() == 0


def test_systemd_passes_a_socket_and_is_told(world):
    with socket.socket() as listening, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        told.bind(str(world.folder / "notify"))
        told.settimeout(20)
        os.set_inheritable(listening.fileno(), True)
        # What systemd does: descriptor 3, and the number of the very process that has it.
        script = f'exec 3<&{listening.fileno()}; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
        process = subprocess.Popen(["bash", "-c", script, "-", str(PROVISOD), "--home", "authority"],
                                   cwd=world.folder, pass_fds=[listening.fileno()], stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL,
                                   env=os.environ | {"NOTIFY_SOCKET": str(world.folder / "notify")})
        try:
            assert told.recv(100) == b"READY=1"
            port = listening.getsockname()[1]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGTERM)
            assert told.recv(100) == b"STOPPING=1"
            assert process.wait(30) == 0
        finally:
            process.kill()


def test_what_was_taken_in_is_finished_before_it_stops(world, serve):
    service = serve(world)
    world.sign("measure", {"target": world.ids["system"], "action": "suspend", "reason": "A doubt.",
                           "basis": "section 4"}, "ada", "-o", "m.cose")
    record, answers = (world.folder / "m.cose").read_bytes(), []

    def submit():
        try:
            answers.append(service.submit(record).status)
        except OSError:
            pass  # it came too late to be taken in

    threads = [threading.Thread(target=submit) for _ in range(20)]
    for t in threads:
        t.start()
    wait_until(lambda: len(answers) > 0)
    assert service.stop() == 0
    for t in threads:
        t.join()
    # Each was answered or never taken in, one took the record in, and the log is whole.
    assert set(answers) <= {200, 201} and answers.count(201) == 1
    world.run("log", "verify")


def test_logs_are_json_lines(world, serve):
    import json
    service = serve(world, "--log", "refused")
    service.ask("/nothing?x=%00")
    service.ask("/v1/records/ffffffff")
    service.ask("/healthz")
    service.stop()
    lines = [json.loads(line) for line in service.logged().splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request"] == [400, 404]
    assert lines[0]["event"] == "confined" and lines[-1]["event"] == "stopped"
