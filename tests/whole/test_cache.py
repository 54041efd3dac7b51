"""
Behind nginx as a caching proxy: nobody gets a page that was made for somebody else's decision.

A page that did not look at the decision is cached as before.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import lay_out

HERE = Path(__file__).parent
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=pages:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_set_header Host shop.example;
      proxy_cache pages;
      proxy_cache_key $request_uri;
      add_header X-Cached $upstream_cache_status always;
    }}
  }}
}}
"""
LOOKING = ("adverts", "place", "visitor", "signal", "reasons")
EUROPEAN = {"x-forwarded-for": address_of("DE", 9), "cookie": "_ga=7"}
TEXAN = {"x-forwarded-for": address_of("US-TX", 9), "cookie": "_ga=8"}
OBJECTING = {"x-forwarded-for": address_of("US-CA", 9), "sec-gpc": "1"}


@pytest.fixture
def nginx(tmp_path, new_port):
    """Put nginx before a port; it is stopped at the end."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        message = "nginx is not installed; `make services` installs it"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    started = []

    def start(behind):
        folder, port = tmp_path / "nginx", new_port()
        folder.mkdir()
        user = "user root;" if os.geteuid() == 0 else ""
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port, behind=behind, user=user))
        process = subprocess.Popen([program, "-c", config, "-p", folder], stderr=subprocess.DEVNULL)
        started.append(process)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.05)
        return pytest.fail((folder / "error.log").read_text())

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@pytest.fixture
def site(serve, nginx, tmp_path):
    """A site behind the proxy."""
    lay_out(tmp_path)
    server = serve("privacykit", "run", "cached_app:app", "--app-dir", str(HERE), "--port", "PORT")
    with httpx2.Client(base_url=f"http://127.0.0.1:{nginx(server.port)}") as client:
        yield client


def words(answer):
    """Return the page without its number, and whether the proxy had it."""
    return answer.text.partition(" ")[2], answer.headers["x-cached"]


@pytest.mark.slow
def test_nobody_gets_a_page_made_for_another(site):
    """Whatever of the decision a page looked at, in whichever order visitors come."""
    visitors = (EUROPEAN, TEXAN, OBJECTING, TEXAN, EUROPEAN, OBJECTING)
    for page in LOOKING:
        told = [words(site.get(f"/{page}", headers=sent)) for sent in visitors]
        assert {cached for _, cached in told} == {"MISS"}, page
        said = [text for text, _ in told]
        assert (said[0], said[1], said[2]) == (said[4], said[3], said[5])
        assert len(set(said)) > 1, page


@pytest.mark.slow
def test_a_page_that_everybody_gets_alike_is_cached(site):
    """As before, and for visitors from anywhere, with GPC or without."""
    visitors = [{k: v for k, v in one.items() if k != "cookie"} for one in (EUROPEAN, OBJECTING)]
    first, second = (site.get("/plain", headers=sent) for sent in visitors)
    assert (words(first), words(second)) == (("plain", "MISS"), ("plain", "HIT"))
    assert first.text == second.text


@pytest.mark.slow
def test_a_denied_cookie_is_in_no_cached_page(site):
    """Neither what was read of it nor that it was set, for whom it may not be."""
    for page in ("cookie", "only_set"):
        for sent in (EUROPEAN, TEXAN, EUROPEAN):
            answer = site.get(f"/{page}", headers=sent)
            allowed = sent is TEXAN
            assert ("_ga=1" in answer.headers.get("set-cookie", "")) == allowed, page
            if page == "cookie":
                assert words(answer)[0] == ("8" if allowed else "none")


@pytest.mark.slow
def test_our_own_pages_are_in_no_cache(site):
    """What they show is one person's."""
    for path in ("/privacy/", "/privacy/status.json", "/privacy/opt-out"):
        shown = [site.get(path, headers=sent) for sent in (EUROPEAN, TEXAN, EUROPEAN)]
        assert {answer.headers["x-cached"] for answer in shown} == {"MISS"}, path
