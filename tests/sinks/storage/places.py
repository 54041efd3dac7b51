"""Sinks that keep events, made as their tables make them."""

from privacykit.sinks import SinkConfig, build
from privacykit.sinks.storage.object_names import ObjectName
from privacykit.testing.samples import NOW
from privacykit.testing.sinks.contract import given, run
from privacykit.testing.stubs.storage.s3 import ids_in


def made(kind, *, url=None, token=None, key=None, **options):
    """Return a sink of *kind*."""
    reveal = {name: (lambda it=it: it) for name, it in (("token", token), ("key", key)) if it}
    return build(SinkConfig(kind, kind, lambda: NOW, url=url, options=options, **reveal))


def used(sink, work):
    """Do *work* with *sink* on a loop of its own, close it, and return what came of it."""

    async def whole():
        try:
            return await work(sink)
        finally:
            await sink.close()

    return run(whole())


def send(sink, *rows):
    """Send *rows*, as many at a time as *sink* wants, and close it."""
    return used(sink, lambda it: given(it, rows))


def in_folder(folder, **options):
    """Return a sink of objects in *folder*."""
    return made("objects", folder=str(folder), **options)


def in_bucket(stub, prefix="", **options):
    """Return a sink of objects in the bucket of *stub*."""
    keys = {"endpoint": stub.url, "region": stub.region, "user": stub.user, **options}
    return made("objects", url=f"s3://{stub.bucket}{prefix}", key=stub.token, **keys)


def ids_below(folder):
    """Return the ids of all events in the files below *folder*, as often as they are there."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("part-*")}
    return sorted(
        id_
        for key, path in files.items()
        for id_ in ids_in(ObjectName.parse(key), path.read_bytes())
    )
