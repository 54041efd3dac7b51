"""The next step after ``privacykit init``: the line that wraps, or the command. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from privacykit.cli.init.frameworks import ASGI_IMPORT, LAST, Framework
from privacykit.cli.init.project import Project

SERVER_FOLDER = "."


def run_line(project: Project, config: str, default: str) -> str:
    """Return the command that serves *project* wrapped, unchanged."""
    app, framework = project.app, project.framework
    if framework is not None and framework.serve:
        return framework.serve
    words = ["privacykit run", str(app) if app is not None else "MODULE:APP"]
    if app is not None and app.factory:
        words.append("--factory")
    if app is not None and app.folder != SERVER_FOLDER:
        words.append(f"--app-dir {app.folder}")
    if config != default:
        words.append(f"--config {config}")
    return " ".join(words)


def next_step(project: Project, config: str, default: str) -> Iterator[str]:
    """
    Give the lines that say how the application is wrapped.

    Args:
        project: What was found.
        config: The file that was written.
        default: What it is usually called: then nobody has to name it.
    """
    framework, app = project.framework, project.app
    named = "" if config == default else f", config={json.dumps(config)}"
    if framework is not None and framework.plugin:
        yield from _plugged(framework, named)
        return
    yield "Next, serve it wrapped as it is:"
    yield f"  {run_line(project, config, default)}"
    if framework is not None and framework.settings:
        yield from _set(framework, config if named else "")
        return
    wrap = LAST if framework is None else framework.wrap
    if app is not None and not app.factory:
        yield f"or keep your server and add to {app.file}:"
    else:
        yield "or keep your server and add, where the application is made:"
    yield f"  {ASGI_IMPORT if framework is None else framework.imports}"
    name = app.name if app is not None and not app.factory else "app"
    yield f"  {wrap.format(app=name, config=named)}"
    if framework is None or framework.asgi:
        yield "  (uvicorn wants --no-proxy-headers then: [client_ip] says whom to trust)"
    else:
        yield "  ([client_ip] says which proxy is trusted)"
    if framework is not None and framework.unwrapped:
        yield f"  ({framework.unwrapped})"


def _set(framework: Framework, config: str) -> Iterator[str]:
    """Give the lines for a framework that is wrapped by its settings, under ASGI and WSGI alike."""
    yield "or keep your server and add to the settings, below MIDDLEWARE:"
    for line in framework.wrap.splitlines():
        yield f"  {line}"
    if config:
        yield f'  PRIVACYKIT = {{"CONFIG": {json.dumps(config)}}}'
    yield "  ([client_ip] says which proxy is trusted)"


def _plugged(framework: Framework, named: str) -> Iterator[str]:
    """Give the lines for a framework that is wrapped by a plug-in of the project's."""
    wrapper = f"lambda app: PrivacyMiddleware(app{named})" if named else "PrivacyMiddleware"
    yield f"Next, write {framework.plugin}:"
    for line in framework.wrap.format(wrapper=wrapper).splitlines():
        yield f"  {line}" if line else ""
    yield "and serve it:"
    yield f"  {framework.serve}"
    yield "  (no forwarding header is believed then: [client_ip] says whom to trust)"
