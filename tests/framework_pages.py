"""
Worker: serve the application of each framework's page, ask it, and say what came of it.

``python framework_pages.py FOLDER PAGES`` works in FOLDER, which has configuration and keys, and
prints JSON: for each page what was answered and which events were kept. One process for all,
because importing is what costs.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import sys
import threading
import time
import types
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import uvicorn
from django.core.asgi import get_asgi_application
from werkzeug.serving import make_server

from privacykit.web.application import is_wsgi

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
BROWSER = {"user-agent": AGENT, "accept": "text/html"}


def blocks(page):
    """Return the Python of *page*."""
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)


def module(name, code):
    """Return a module of that *name* with *code*, as if it had been imported."""
    made = types.ModuleType(name)
    sys.modules[name] = made
    exec(compile(code, f"{name}.py", "exec"), made.__dict__)
    return made


def django(page):
    """The project of the page's settings under ASGI as it is, and the application of ``wsgi.py``."""
    from django.conf import settings

    wanted, view, wrap, wsgi = blocks(page)
    told = {name: value for name, value in vars(module("said", wanted)).items() if name.isupper()}
    settings.configure(SECRET_KEY="k" * 50, ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"], **told)
    same = view.replace("def order", "def forked")
    routes = (
        "from django.urls import path\nurlpatterns = ["
        "path('orders/<int:number>/', order), path('forked/<int:number>/', forked)]\n"
    )
    module("urls", view + same + routes)
    module("asgi", wrap)
    return get_asgi_application(), module("wsgi", wsgi).application


def datasette(page):
    """Datasette with the page's plug-in; and the application that the page serves itself."""
    from datasette.app import Datasette

    plugin, serve = blocks(page)
    Path("plugins").mkdir()
    Path("plugins", "privacy.py").write_text(plugin)
    with closing(sqlite3.connect("shop.db")) as shop:
        shop.execute("create table orders (number integer primary key)")
        shop.execute("insert into orders values (1001)")
        shop.commit()
    module("serve", serve)
    return Datasette(["shop.db"], plugins_dir="plugins").app()


@contextmanager
def served_wsgi(app):
    """Serve *app* on a port of loopback with a server of WSGI; give the origin."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def served(app):
    """Serve *app* on a port of loopback with a real server; give the origin."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(app, log_level="error", ws="none", proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def asked(app, path):
    """Ask *app* as a browser does, and our own page; wait for the event, if one comes."""
    with (
        (served_wsgi if is_wsgi(app) else served)(app) as origin,
        httpx2.Client(base_url=origin, headers=BROWSER, timeout=60) as client,
    ):
        while client.get("/privacy/").status_code == 503:  # the first request starts us
            time.sleep(0.1)
        page = client.get(path)
        ours = client.get("/privacy/")
        deadline = time.monotonic() + 60  # on busy cores
        again = time.monotonic() + 10
        while not (kept := events()) and time.monotonic() < deadline:
            time.sleep(0.1)
            if time.monotonic() > again:  # served bare, while ours was starting on busy cores
                again = deadline
                client.get(path)
    pages = list(dict.fromkeys(kept))
    return {"status": page.status_code, "body": page.text, "ours": ours.status_code, "pages": pages}


def events():
    """Return the pages of the events that are kept, and forget them."""
    kept = []
    for month in Path().glob("privacykit-events_*.db"):
        with closing(sqlite3.connect(month, timeout=30)) as store:
            kept += [json.loads(body) for (body,) in store.execute("select body from events")]
            store.execute("delete from event_periods")
            store.commit()
    return [event["data"]["page"] for event in kept if event["type"] == "privacykit.page"]


def main(folder, pages):
    """Ask every framework; one that fails says how."""
    os.chdir(folder)
    told = {}
    for page in sorted(pages.glob("*.md")):
        name = page.stem
        if name == "index":
            continue
        try:
            if name == "django":
                (app, forked), path = django(page), "/orders/1001/"
                told["django under WSGI"] = asked(forked, "/forked/1001/")
            elif name == "datasette":
                app, path = datasette(page), "/shop/orders/1001"
            else:
                app, path = module(name + "_page", blocks(page)[0]).app, "/orders/1001"
            told[name] = asked(app, path)
        except Exception as error:  # noqa: BLE001 - each page is asked, whatever another does
            told[name] = {"error": repr(error)}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]).absolute())
    sys.stdout.flush()
    os._exit(0)  # Django has no lifespan: nobody ends its threads
