"""`privacykit init`: what it finds, what it writes, and that it takes nothing away."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import textwrap
import tomllib

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.cli.init import command
from privacykit.cli.init.answers import InitAnswers, country_of, host_of, local_timezone, site_id
from privacykit.cli.init.ignore import ignore
from privacykit.cli.init.next_step import next_step, run_line
from privacykit.cli.init.project import MOST_FILES, look_at
from privacykit.cli.init.text import configuration
from privacykit.cli.main import main
from privacykit.collect.cookies.proposed import purpose_of
from privacykit.errors import ConfigurationError, InputError
from privacykit.settings.load import parse

APPS = {
    "fastapi": ("from fastapi import FastAPI\napp = FastAPI()\n", "FastAPI", "main:app"),
    "starlette": (
        "import starlette.applications as web\nsite = web.applications.Starlette()\n",
        "Starlette",
        "main:site",
    ),
    "litestar": ("from litestar import Litestar\napp = Litestar([])\n", "Litestar", "main:app"),
    "quart": ("from quart import Quart\napp = Quart(__name__)\n", "Quart", "main:app"),
    "blacksheep": (
        "from blacksheep import Application\napp = Application()\n",
        "BlackSheep",
        "main:app",
    ),
    "django": (
        "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n",
        "Django",
        "main:application",
    ),
    "factory": (
        "from fastapi import FastAPI\ndef make(debug=False):\n    app = FastAPI()\n    return app\n",
        "FastAPI",
        "main:make",
    ),
}


@pytest.fixture
def project(tmp_path):
    """Write files of a project; gives its folder."""

    def project(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return tmp_path

    return project


@pytest.fixture
def init(tmp_path, monkeypatch, capsys):
    """Run the command in the folder; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def init(*options, typed=None):
        monkeypatch.setattr(sys, "argv", ["privacykit", "init", *options])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed or ""))
        monkeypatch.setattr(command, "_at_terminal", lambda: typed is not None)
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    return init


@pytest.mark.parametrize("name", APPS)
def test_the_framework_and_its_application_are_found(project, name):
    """By what the code imports and makes; nothing of it is run."""
    source, framework, app = APPS[name]
    found = look_at(project(main_dot_py=f"raise SystemExit\n{source}"))
    assert (found.framework.name, str(found.app)) == (framework, app)
    assert found.app.factory == (name == "factory")


@pytest.mark.parametrize(
    ("files", "framework"),
    [
        (
            {"pyproject_dot_toml": '[project]\nname = "x"\ndependencies = ["FastAPI>=1"]\n'},
            "FastAPI",
        ),
        ({"pyproject_dot_toml": "[tool.poetry.dependencies]\ndjango = '^5'\n"}, "Django"),
        ({"pyproject_dot_toml": "[dependency-groups]\nweb = ['litestar[full]']\n"}, "Litestar"),
        ({"requirements_dot_txt": "# web\nquart==0.20 ; python_version > '3'\n"}, "Quart"),
        ({"dev-requirements_dot_txt": "flask\n"}, "Flask"),
        ({"pyproject_dot_toml": '[project]\nname = "django"\ndescription = "flask"\n'}, None),
        ({"pyproject_dot_toml": "not toml ["}, None),
        ({"setup_dot_py": "syntax error ("}, None),
    ],
)
def test_a_project_says_what_it_requires(project, files, framework):
    """Where no code imports a framework yet."""
    found = look_at(project(**files)).framework
    assert (found and found.name) == framework


def test_code_says_more_than_requirements(project):
    """FastAPI requires Starlette, and tests require anything."""
    folder = project(
        requirements_dot_txt="django\n",
        shop__main_dot_py="import fastapi\napp = fastapi.FastAPI()\n",
        shop__other_dot_py="import fastapi\nsecond = fastapi.FastAPI()\n",
        tests__main_dot_py="from django import conf",
    )
    found = look_at(folder)
    assert (found.framework.name, str(found.app)) == ("FastAPI", "shop.main:app")


def test_a_module_below_src_is_named_without_it(project):
    """A server looks for it there."""
    found = look_at(project(src__shop__main_dot_py=APPS["quart"][0])).app
    assert (str(found), found.folder, found.file) == ("shop.main:app", "src", "src/shop/main.py")


def test_django_is_named_from_where_its_manage_py_stands(project):
    """Its modules are found from there."""
    folder = project(web__manage_dot_py="", web__site1__asgi_dot_py=APPS["django"][0])
    found = look_at(folder).app
    assert (str(found), found.folder) == ("site1.asgi:application", "web")
    line = run_line(look_at(folder), "privacykit.toml", "privacykit.toml")
    assert line == "privacykit run site1.asgi:application --app-dir web"


@pytest.mark.parametrize(
    "source",
    [
        "from fastapi import FastAPI\napp: FastAPI = FastAPI()\n",
        "from fastapi import FastAPI\napp = FastAPI()\napp = Compressed(app)\n",
        "from fastapi import FastAPI as Web\nimport fastapi\napp = fastapi.FastAPI()\n",
    ],
    ids=["annotated", "wrapped", "dotted"],
)
def test_an_application_is_found_however_it_is_written(project, source):
    """A name keeps what it was first made with."""
    assert str(look_at(project(shop_dot_py=source)).app) == "shop:app"


COOKIES = """
from starlette.middleware.sessions import SessionMiddleware
NAME = "consented"
PREFIX = "pref_"

def page(response, user, request):
    response.set_cookie("basket", "1")
    response.set_cookie(key="_ga", value="2")
    response.set_cookie(NAME, "3")
    response.set_cookie(f"pref_{user}", "4")
    response.set_cookie(request.args["x"], "5")
    response.set_signed_cookie("signed", "6")
    response.set_cookie("no cookie's name", "7")
    response.delete_cookie("gone")
    Cookie(name="sheep", value="8")

app.add_middleware(SessionMiddleware, secret_key="x", session_cookie="own_session")
app.config["SESSION_COOKIE_NAME"] = "quart_session"
CSRF_COOKIE_NAME = "forged"
"""


def test_the_cookies_that_a_project_sets_are_found(project):
    """Where they are set, with constants followed and the unknown left open."""
    found = look_at(project(app_dot_py=COOKIES)).cookies
    assert set(found) - {"session"} == {
        "_ga", "basket", "consented", "forged", "own_session", "pref_*", "quart_session", "sheep",
        "signed",
    }  # fmt: skip
    assert found["basket"] == "app.py:7"


def test_a_framework_sets_cookies_by_itself(project):
    """Django always, Starlette where its session middleware is used."""
    folder = project(app_dot_py="import django\n")
    assert set(look_at(folder).cookies) == {
        "csrftoken", "django_language", "messages", "sessionid",
    }  # fmt: skip
    project(app_dot_py="import fastapi\n")
    assert look_at(folder).cookies == {}
    project(app_dot_py="import fastapi\napp.add_middleware(SessionMiddleware)\n")
    assert look_at(folder).cookies == {"session": "FastAPI"}


def test_what_is_not_the_project_is_not_read(project):
    """Environments, hidden folders, tests and what npm brings."""
    source = "import django"
    folder = project(
        venv2__pyvenv_dot_cfg="",
        venv2__lib__x_dot_py=source,
        node_modules__x_dot_py=source,
        tests__x_dot_py=source,
    )
    hidden = folder / ".hidden"
    hidden.mkdir()
    (hidden / "x.py").write_text(source)
    assert look_at(folder).framework is None


def test_a_project_too_large_to_be_read_is_said(project, monkeypatch):
    """A bound that is met is told, not hidden."""
    assert MOST_FILES >= 1_000
    monkeypatch.setattr("privacykit.cli.init.project.MOST_FILES", 1)
    assert not look_at(project(a_dot_py="x = 1", b_dot_py="y = 1")).whole


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("sessionid", "necessary"),
        ("XSRF-TOKEN", "necessary"),
        ("cart_id", "necessary"),
        ("_ga_X1", "statistics"),
        ("_pk_id.1.ab", "statistics"),
        ("_fbp", "advertising"),
        ("flavour", None),
        ("uid", None),
    ],
)
def test_a_rule_is_proposed_by_the_name(name, purpose):
    """And none where the name promises nothing."""
    assert purpose_of(name) == purpose


def test_a_cookie_that_says_nothing_is_left_to_somebody(project, init):
    """It stands in the file as a question."""
    project(app_dot_py='import fastapi\nresponse.set_cookie("flavour", "x")\n')
    code, out, err = init()
    assert code == 0, out + err
    text = (project() / "privacykit.toml").read_text()
    assert '# "flavour" = "necessary"   # app.py:2: what for?' in text
    assert parse(text).cookies == {}


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["_ga", "sid", "a.b", "x*", "_fbp", "odd", "'", "%", "^"]), unique=True
    ),
    st.sampled_from(["UTC", "Europe/Berlin"]),
    st.sampled_from(["", "places.mmdb", 'a"b\\.mmdb', "ä.mmdb", "\x7f"]),
)
def test_every_file_that_is_written_can_be_read(cookies, zone, geo):
    """Whatever was found and said."""
    told = InitAnswers("shop", ("shop.example", "localhost"), zone, ("DE",), geo)
    read = parse(configuration(told, dict.fromkeys(cookies, "app.py:1")))
    assert read.site[0].hosts == ["shop.example", "localhost"]
    assert (read.geo.database or "") == geo
    assert {name: read.cookies.get(name) for name in cookies} == {
        name: purpose_of(name) for name in cookies
    }


def test_the_first_request_on_ones_own_machine_counts(project, init):
    """Both names of the loopback interface are hosts, whatever else is."""
    project()
    code, out, err = init("--host", "https://Shop.Example:8443/start", "--establishment", "de")
    assert code == 0, out + err
    site = parse((project() / "privacykit.toml").read_text()).site[0]
    assert site.hosts == ["shop.example", "localhost", "127.0.0.1"]
    assert site.establishments == ["DE"]


def test_it_writes_what_is_needed_and_says_what_comes_next(project, init):
    """A configuration that passes its own check, keys, ignored files, the line that wraps."""
    folder = project(main_dot_py=APPS["fastapi"][0], _dot_gitignore="*.pyc")
    code, out, err = init()
    assert (code, err) == (0, "")
    assert "found    FastAPI, main:app in main.py" in out
    assert "privacykit.toml is in order" in out
    assert "  privacykit run main:app\n" in out
    assert "  app.add_middleware(PrivacyMiddleware)" in out
    assert (folder / "privacykit.keys").stat().st_mode & 0o777 == 0o600
    assert (folder / ".gitignore").read_text().startswith("*.pyc\n\n# privacykit")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("quart", 'app.asgi_app = PrivacyMiddleware(app.asgi_app, config="kit.toml")'),
        ("litestar", 'app = PrivacyMiddleware(app, config="kit.toml")'),
        ("django", 'MIDDLEWARE.insert(1, "privacykit.django.middleware.PrivacyDjangoMiddleware")'),
        ("django", 'PRIVACYKIT = {"CONFIG": "kit.toml"}'),
        ("fastapi", 'app.add_middleware(PrivacyMiddleware, config="kit.toml")'),
        ("factory", "privacykit run main:make --factory --config kit.toml"),
    ],
)
def test_every_framework_is_wrapped_its_own_way(project, name, line):
    """The line can be pasted."""
    found = look_at(project(main_dot_py=APPS[name][0]))
    lines = list(next_step(found, "kit.toml", "privacykit.toml"))
    assert any(each.startswith(f"  {line}") for each in lines)


@pytest.mark.parametrize("config", ["privacykit.toml", "kit.toml"])
def test_datasette_is_wrapped_by_a_plugin_that_runs(project, config, monkeypatch):
    """Nobody makes its application: what is printed is a file of its own, and a command."""
    monkeypatch.chdir(folder := project(plugins__orders_dot_py="from datasette import hookimpl\n"))
    found = look_at(folder)
    lines = list(next_step(found, config, "privacykit.toml"))
    assert lines[0] == "Next, write plugins/privacy.py:"
    served = lines.index("and serve it:")
    assert lines[served + 1].startswith("  FORWARDED_ALLOW_IPS= datasette serve ")
    plugin = {}
    exec(textwrap.dedent("\n".join(lines[1:served])), plugin)

    async def application(scope, receive, send): ...

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message): ...

    wrapped = plugin["asgi_wrapper"](None)(application)
    with pytest.raises(ConfigurationError, match=f"PK010 {config}: "):
        anyio.run(wrapped, {"type": "lifespan"}, receive, send)


@pytest.mark.parametrize(("name", "command"), [("litestar", "`litestar run`")])
def test_a_command_that_passes_the_wrapping_by_is_named(project, name, command):
    """Its users type it by habit, and would see no event or an error of somebody else's."""
    found = look_at(project(main_dot_py=APPS[name][0]))
    assert f"  ({command} " in "\n".join(next_step(found, "kit.toml", "privacykit.toml"))


@pytest.mark.parametrize("gateway", ["asgi", "wsgi"])
def test_a_project_of_django_is_wrapped_by_its_settings(project, gateway):
    """One way for both gateways and for runserver; no line is of the other gateway."""
    made = f"get_{gateway}_application"
    source = f"from django.core.{gateway} import {made}\napplication = {made}()\n"
    found = look_at(project(**{f"site1__{gateway}_dot_py": source}))
    lines = list(next_step(found, "privacykit.toml", "privacykit.toml"))
    assert f"  privacykit run site1.{gateway}:application" in lines
    assert '  INSTALLED_APPS += ["privacykit.django"]' in lines
    assert not any("PrivacyMiddleware(" in line or "uvicorn" in line for line in lines)


def test_a_project_that_says_nothing_is_told_the_shape(project):
    """With names to be filled in."""
    lines = "\n".join(next_step(look_at(project()), "privacykit.toml", "privacykit.toml"))
    assert "  privacykit run MODULE:APP\n" in lines
    assert "  app = PrivacyMiddleware(app)" in lines


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            "from flask import Flask\napp = Flask(__name__)\n",
            ["from privacykit.flask import PrivacyKit", 'PrivacyKit(app, config="kit.toml")'],
        ),
        (
            "import bottle\nshop = bottle.Bottle()\n",
            [
                "from privacykit import PrivacyWSGIMiddleware",
                'shop = PrivacyWSGIMiddleware(shop, config="kit.toml")',
            ],
        ),
    ],
    ids=["flask", "bottle"],
)
def test_a_wsgi_application_is_wrapped_its_own_way(project, source, lines):
    """And served as it is; nothing is said of uvicorn."""
    found = look_at(project(shop_dot_py=source))
    told = list(next_step(found, "kit.toml", "privacykit.toml"))
    assert f"  privacykit run shop:{found.app.name} --config kit.toml" in told
    assert all(any(each.startswith(f"  {line}") for each in told) for line in lines)
    assert "uvicorn" not in "\n".join(told)


def test_nothing_is_overwritten(project, init):
    """Neither the configuration nor keys that sign already."""
    folder = project()
    assert init()[0] == 0
    keys = (folder / "privacykit.keys").read_text()
    (folder / "privacykit.toml").write_text("# mine\n")
    code, out, err = init("--yes")
    assert (code, out) == (2, "")
    assert err.startswith("PK009 privacykit.toml: there is one already")
    (folder / "privacykit.toml").unlink()
    assert "kept     privacykit.keys" in init()[1]
    assert (folder / "privacykit.keys").read_text() == keys


def test_what_is_ignored_already_is_not_added_again(project):
    """Nor is a file without a last line's end spoiled."""
    folder = project(_dot_gitignore="/privacykit.keys\r\nprivacykit-*.db*")
    assert ignore(folder) == ("privacykit.checkpoint", "privacykit-trial/")
    text = (folder / ".gitignore").read_text()
    assert ignore(folder) == ()
    assert (folder / ".gitignore").read_text() == text
    assert "privacykit-*.db*\n" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "not a host"], "write a host as shop.example"),
        (["--host", "http://"], "write a host"),
        (["--host", ""], "write a host"),
        (["--establishment", "Germany"], "code of ISO 3166"),
        (["--establishment", "ZZ"], "code of ISO 3166"),
        (["--timezone", "Mars/Olympus"], "timezone"),
        (["--site", "A Shop"], "site"),
    ],
)
def test_a_wrong_answer_writes_nothing(project, init, options, words):
    """Misuse ends with 2, without a traceback and without the value."""
    folder = project()
    code, _, err = init(*options)
    assert (code, words in err, "Traceback" in err) == (2, True, False)
    assert not options[1] or options[1] not in err
    assert list(folder.iterdir()) == []


def test_it_answers_as_json(project, init):
    """One document, for scripts that set up others."""
    project(main_dot_py=APPS["fastapi"][0] + 'r.set_cookie("sid", "1")\n')
    code, out, _ = init("--json", "--config", "kit.toml")
    told = json.loads(out)
    assert code == 0
    assert told["framework"] == "FastAPI"
    assert told["cookies"] == {"sid": "main.py:3"}
    assert told["next"] == "privacykit run main:app --config kit.toml"
    assert told["in_order"] is True
    assert tomllib.loads((project() / "kit.toml").read_text())


def test_somebody_at_a_terminal_is_asked(project, init):
    """What was not said, with a proposal; what was said is not asked."""
    typed = "shop.example www.shop.example\nDE, FR\nEurope/Berlin\n"
    code, out, err = init("--site", "corner-shop", typed=typed)
    assert code == 0, out + err
    site = parse((project() / "privacykit.toml").read_text()).site[0]
    assert (site.id, site.establishments) == ("corner-shop", ["DE", "FR"])
    assert site.hosts == ["shop.example", "www.shop.example", "localhost", "127.0.0.1"]
    assert site.timezone == "Europe/Berlin"


def test_a_terminal_that_is_none_is_not_asked(tmp_path):
    """The command ends by itself, whoever started it, in a pipe, in a container or at night."""
    (tmp_path / "main.py").write_text(APPS["fastapi"][0])
    done = subprocess.run(
        [sys.executable, "-m", "privacykit", "init"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" not in done.stdout
    assert (tmp_path / "privacykit.keys").exists()


@pytest.mark.parametrize(
    ("said", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), (":Asia/Tokyo", "Asia/Tokyo"), ("Mars/Olympus", "UTC")],
)
def test_the_clock_is_this_machine_s(monkeypatch, said, zone):
    """Where it says one that exists."""
    monkeypatch.setenv("TZ", said)
    assert local_timezone() == zone


def test_a_folder_that_cannot_be_written_is_left(tmp_path, init):
    """The message names the file, and there is no traceback."""
    code, _, err = init("--config", "no/such/folder/kit.toml")
    assert (code, err) == (1, "kit.toml cannot be written: nothing was done\n")
    assert list(tmp_path.iterdir()) == []


def test_keys_are_made_where_nothing_can_be_ignored(tmp_path, init):
    """And somebody is told to see to it."""
    (tmp_path / ".gitignore").mkdir()
    code, _, err = init()
    assert (code, ".gitignore cannot be written" in err) == (0, True)
    assert (tmp_path / "privacykit.keys").exists()


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("My Shop", "my-shop"),
        ("shop_2", "shop-2"),
        ("", "site"),
        ("---", "site"),
        ("Ünïcode", "n-code"),
        ("x" * 99, "site"),
        ("4111111111111111", "site"),
    ],
)
def test_a_site_is_called_after_its_project(name, id_):
    """Unless that could be somebody's number."""
    made = site_id(name)
    assert made == id_ or (name.startswith("x") and made == "x" * 63)
    assert parse(configuration(InitAnswers(made, ("a",), "UTC", (), ""), {})).site[0].id == made


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("shop.example", "shop.example"),
        ("HTTPS://Shop.example:8000/path?q", "shop.example"),
        ("user@shop.example:80", "shop.example"),
        ("[::1]:8000", "[::1]"),
        ("*.shop.example", "*.shop.example"),
        ("*", "*"),
    ],
)
def test_a_host_is_read_from_what_people_paste(text, host):
    """A browser's address line holds one."""
    assert host_of(text) == host


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_answer_is_more_than_refused(text):
    """Whatever is typed, and what is refused is not said again."""
    for read in (host_of, country_of):
        with contextlib.suppress(InputError):
            assert read(text)
    assert site_id(text)
