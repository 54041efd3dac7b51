"""An application in a process of its own whose clock is set from outside: by the file ``offset``."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from privacykit import PrivacyMiddleware
from privacykit.runtime.build import build
from privacykit.settings.load import load

CONFIG = "privacykit.toml"
ORDER = itertools.count()


def clock():
    """Return the real time, moved by as many seconds as the file says."""
    return time.time() + float(Path("offset").read_text())


async def seen(request):
    """Say who answers whom."""
    time.sleep(0.01)  # noqa: ASYNC251 - busy, so that another worker takes the next request
    return JSONResponse({"worker": os.getpid(), "visitor": request.state.privacy.visitor})


async def kept(request):
    """Answer when the event is acknowledged, with its place in the order of this process."""
    order, n = next(ORDER), request.path_params["n"]
    await request.state.privacy.emit_durably("kept", "analytics", {"n": n})
    return JSONResponse({"worker": os.getpid(), "order": order})


async def sent(request):
    """Answer when the event is accepted, with the same."""
    order, n = next(ORDER), request.path_params["n"]
    assert request.state.privacy.emit("sent", "analytics", {"n": n})
    return JSONResponse({"worker": os.getpid(), "order": order})


app = PrivacyMiddleware(
    Starlette(
        routes=[Route("/", seen), Route("/kept/{n:int}", kept), Route("/sent/{n:int}", sent)]
    ),
    build(load(CONFIG), base=CONFIG, clock=clock),
)
