"""
Runs commands as an operator does, and dies at a given moment. A script.

Standard input: a line ``[FOLDER, MOMENT, COMMAND]`` per life. Standard output, per life: the
status of the process, and exit code, moments it came by, and what it printed. A moment is before
the commit of a transaction that changed something, in whichever store: what is durable changes
nowhere else.
"""

import contextlib
import io
import json
import os
import signal
import sys

from sqlalchemy import Engine, event

import privacykit.stores.outbox.store  # noqa: F401 - imported once, not in each life
from privacykit.cli import main as command_line

WRITES = ("insert", "update", "delete", "replace", "create", "drop", "alter")


class Moments:
    """Counts the commits of this process, and dies before one of them."""

    def __init__(self, last):
        self.count = 0
        self._last = last
        event.listen(Engine, "before_cursor_execute", self._executing)
        event.listen(Engine, "commit", self._committing)

    def _executing(self, connection, _cursor, statement, *_):
        if statement.lstrip().lower().startswith(WRITES):
            connection.info["changed"] = True

    def _committing(self, connection):
        if connection.info.pop("changed", False):
            self.count += 1
            if self.count == self._last:
                os.kill(os.getpid(), signal.SIGKILL)


def work(folder, last, command, tell):
    """Run a command until the moment *last*; 0 is never."""
    os.chdir(folder)
    moments, said = Moments(last), io.StringIO()
    sys.argv, ended = ["privacykit", *command], 0
    with contextlib.redirect_stdout(said):
        try:
            command_line.main()
        except SystemExit as over:
            ended = over.code or 0
    with os.fdopen(tell, "w") as told:
        json.dump([ended, moments.count, said.getvalue()], told)


def main():
    """Give birth to a process for each life: a fork is quicker than to import all of it again."""
    for line in sys.stdin:
        folder, last, command = json.loads(line)
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(told)
            work(folder, last, command, tell)
            os._exit(0)
        os.close(tell)
        with os.fdopen(told) as heard:
            answer = heard.read() or "[null, 0, null]"
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"[{status}, {answer}]\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
