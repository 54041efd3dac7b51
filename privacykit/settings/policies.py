"""Find policy files: those that ship with us, and users' own over them. Reads files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from privacykit.errors import PolicyError, Problem
from privacykit.policy.model import Policy
from privacykit.policy.override import put_over
from privacykit.policy.parse import Parsed, parse_policy
from privacykit.policy.policyset import PolicySet

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_directory() -> Path:
    """
    Return the directory of our policy files: in the wheel, else beside the package.

    Raises:
        PolicyError: Neither is there.
    """
    for directory in (_PACKAGE / "policies", _PACKAGE.parent / "policies"):
        if any(directory.glob("*.toml")):
            return directory
    problem = Problem("PK064", str(_PACKAGE / "policies"), "", "our policy files are missing")
    raise PolicyError(problem)


@cache
def shipped_policies() -> PolicySet:
    """
    Return our policies, read once for each process.

    Raises:
        PolicyError: A file is missing or broken.
    """
    return load_policies(())


def load_policies(directories: Iterable[str | Path]) -> PolicySet:
    """
    Read our policies and those of *directories* over them, later ones over earlier.

    Raises:
        PolicyError: Everything wrong with any file, or a clause relaxed without saying so.
    """
    policies = {p.policy.id: p.policy for p in read_directory(shipped_directory())}
    for directory in directories:
        policies = put_over(policies, [p.policy for p in read_directory(Path(directory))])
    return PolicySet.from_policies(policies.values())


def read_directory(directory: Path, *, with_cases: bool = False) -> list[Parsed]:
    """
    Read every policy file of *directory*, in the order of their names.

    Raises:
        PolicyError: Everything wrong with any of them.
    """
    if not directory.is_dir():
        raise PolicyError(Problem("PK064", str(directory), "", "no such directory"))
    read: list[Parsed] = []
    problems: list[Problem] = []
    for path in sorted(directory.glob("*.toml")):
        try:
            parsed = parse_policy(
                path.read_text(encoding="utf-8"), path.name, with_cases=with_cases
            )
        except PolicyError as error:
            problems.extend(error.problems)
            continue
        except (OSError, UnicodeDecodeError):
            problems.append(Problem("PK064", path.name, "", "the file cannot be read"))
            continue
        problems.extend(_misnamed(path, parsed.policy))
        read.append(parsed)
    if problems:
        raise PolicyError(*problems)
    return read


def _misnamed(path: Path, policy: Policy) -> Iterator[Problem]:
    if path.stem != policy.id:
        yield Problem("PK064", path.name, "id", "the file is not named after its id")
