"""
The operators: what a mutant may change. Pure.

Left alone, since no behaviour hangs on it: docstrings, annotations, decorators, what ``raise``
says, f-strings, text with spaces, what a logger is told, what a ``repr`` shows, ``TYPE_CHECKING``.
"""

# ruff: noqa: N815 - ast names the methods of a visitor

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import accumulate, pairwise

from tests.mutation.mutant import Mutant

SWAPS = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">",
    "in": "not in", "not in": "in", "is": "is not", "is not": "is", "and": "or", "or": "and",
    "+": "-", "-": "+", "*": "//", "/": "*", "//": "*", "%": "*", "**": "*",
    "|": "&", "&": "|", "^": "|", "<<": ">>", ">>": "<<",
}  # fmt: skip
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
CODECS = {"ascii", "latin-1", "utf-8"}  # Python reads their names past any odd character
TYPES = {"Annotated", "Callable", "Literal", "Mapping", "Sequence", "dict", "list", "tuple"}
SILENT = {"log", "_log", "logger", "_logger", "NewType", "TypeVar", "cast", "assert_never"}
DECLARED = {"__slots__", "__all__", "TYPE_CHECKING"}
OPPOSITES = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)

_OPERATOR = re.compile(rb"not\s+in\b|is\s+not\b|[^\s()\\]+")
_SIGN = re.compile(rb"(not|[-+~])\s*(.*)", re.DOTALL)
_COMMENT = re.compile(rb"#[^\n]*")
_SHORTEST_TABLE = {ast.Tuple: 3}  # one of two in brackets is no tuple


def mutants(file: str, source: bytes) -> list[Mutant]:
    """Return every mutant of the module *file* that is Python, in the order of the text."""
    walk = _Walk(file, source)
    walk.visit(ast.parse(source))
    return [mutant for mutant in sorted(set(walk.found)) if mutant.compiles(source)]


class _Walk(ast.NodeVisitor):
    """Walks a module and notes its mutants; *here* is the statement it stands in."""

    def __init__(self, file: str, source: bytes) -> None:
        self.source = source
        self.found: list[Mutant] = []
        self.here = Mutant(file, 0, 0, "", "", 1, 1, at_import=True)
        self.bound: set[str] = set()
        self.text_counts = True
        self.lines = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]

    def span(self, node: ast.AST) -> tuple[int, int]:
        start = self.lines[node.lineno - 1] + node.col_offset
        return start, self.lines[node.end_lineno - 1] + node.end_col_offset

    def code(self, node: ast.AST) -> str:
        return self.source[slice(*self.span(node))].decode()

    def note(self, place: ast.AST | tuple[int, int], new: str, what: str) -> None:
        start, end = place if isinstance(place, tuple) else self.span(place)
        self.found.append(replace(self.here, start=start, end=end, new=new, what=what))

    def visit(self, node: ast.AST) -> None:
        """Visit *node* and what it holds, and keep the statement around it in *here*."""
        around = self.here
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
            self.here = replace(around, first=node.lineno, last=last)
            if self.removable(node):
                self.note(node, "pass", "statement removed")
        super().visit(node)
        self.here = around

    def removable(self, node: ast.stmt) -> bool:
        """Tell whether something may still run without the statement *node*."""
        match node:
            case ast.Raise() | ast.AugAssign() | ast.Delete():
                return True
            case ast.Expr(value=ast.Call() | ast.Await()):
                return not self.silent(node.value)
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target, value=ast.expr()):
                names = {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}
                again = isinstance(target, ast.Attribute | ast.Subscript) or names <= self.bound
                self.bound |= names
                return again and not self.here.at_import
        return False

    def silent(self, node: ast.AST) -> bool:
        """Tell whether *node* is a call that only speaks to a log or to the type checker."""
        func = node.func if isinstance(node, ast.Call) else None
        base = func.value if isinstance(func, ast.Attribute) else func
        return isinstance(base, ast.Name) and base.id in SILENT

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for each in node.body:
            self.visit(each)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self.visit(default)
        kept = self.here, self.bound, self.text_counts
        self.here = replace(self.here, at_import=False)
        self.bound = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        self.text_counts = node.name not in {"__repr__", "__str__"}
        for each in node.body:
            self.visit(each)
        self.here, self.bound, self.text_counts = kept

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def nothing(self, node: ast.AST) -> None:
        """Leave alone what is said; an f-string has no places of its own before Python 3.12."""

    visit_Raise = visit_JoinedStr = nothing

    def visit_Assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if node.value is not None and self.code(target) not in DECLARED:
            self.visit(node.value)

    visit_AnnAssign = visit_Assign

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if self.code(node.value) not in TYPES:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if self.silent(node):
            return
        name = self.code(node.func)
        if name in CALLS:
            self.note(node.func, CALLS[name], f"{name} to {CALLS[name]}")
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg != "repr":
            self.visit(node.value)

    def visit_If(self, node: ast.If | ast.While | ast.IfExp) -> None:
        if self.code(node.test) not in DECLARED:
            self.condition(node.test, both=bool(node.orelse))
            self.generic_visit(node)

    visit_While = visit_IfExp = visit_If

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self.condition(test, both=True)
        self.generic_visit(node)

    def visit_match_case(self, node: ast.match_case) -> None:
        if node.guard:
            self.condition(node.guard, both=True)
        else:
            end = self.span(node.pattern)[1]
            self.note((end, end), " if False", "case dropped")
        for each in filter(None, [node.guard, *node.body]):
            self.visit(each)

    def condition(self, test: ast.expr, *, both: bool) -> None:
        """Note what a condition becomes: its opposite, never, and (for *both* branches) always."""
        if not isinstance(test, ast.Constant):
            self.opposite(test, "condition negated")
            self.note(test, "False", "branch dropped")
            if both:
                self.note(test, "True", "other branch dropped")

    def opposite(self, test: ast.expr, what: str) -> None:
        """Note the opposite of *test*, unless changing its one operator gives the same."""
        one = isinstance(test, ast.Compare) and len(test.ops) == 1
        negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        if not negated and not (one and isinstance(test.ops[0], OPPOSITES)):
            self.note(test, f"(not ({self.code(test)}))", what)

    def visit_Return(self, node: ast.Return) -> None:
        match node.value:
            case None | ast.Constant():
                pass
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                self.opposite(node.value, "the opposite returned")
            case _:
                self.note(node.value, "None", "None returned")
        self.generic_visit(node)

    def visit_Break(self, node: ast.Break) -> None:
        self.note(node, "continue", "break to continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        self.note(node, "break", "continue to break")

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        start, operand = self.span(node)[0], self.span(node.operand)[0]
        sign, brackets = _SIGN.match(self.source[start:operand]).groups()
        self.note((start, operand - len(brackets)), "", f"{sign.decode()} removed")
        self.generic_visit(node)

    def visit_operands(self, node: ast.AST) -> None:
        match node:
            case ast.AugAssign():
                operands = [node.target, node.value]
            case ast.BinOp():
                operands = [node.left, node.right]
            case ast.Compare():
                operands = [node.left, *node.comparators]
            case _:
                operands = node.values
        for left, right in pairwise(operands):
            self.operator(self.span(left)[1], self.span(right)[0])
        self.generic_visit(node)

    visit_AugAssign = visit_BinOp = visit_BoolOp = visit_Compare = visit_operands

    def operator(self, start: int, end: int) -> None:
        """Note another operator between two operands, whatever brackets surround it."""
        gap = _COMMENT.sub(lambda found: b" " * len(found[0]), self.source[start:end])
        sign = _OPERATOR.search(gap)
        old = " ".join(sign[0].decode().split())
        new = SWAPS.get(old) or SWAPS.get(old.removesuffix("="))
        if new is not None:
            new += "=" if old not in SWAPS else ""
            self.note((start + sign.start(), start + sign.end()), new, f"{old} to {new}")

    def visit_Constant(self, node: ast.Constant) -> None:
        match node.value:
            case bool() as value:
                self.note(node, str(not value), f"{value} to {not value}")
            case int() | float() as value:
                self.note(node, repr(value + 1), f"{value} to {value + 1}")
            case str() | bytes() as value if self.counts(value):
                more = "~" if isinstance(value, str) else b"~"
                self.note(node, repr(value + more), "text changed")

    def counts(self, text: str | bytes) -> bool:
        """Tell whether *text* is a word that may be compared, stored or hashed, and no prose."""
        return self.text_counts and len(text.split()) == 1 and text not in CODECS

    def visit_table(self, node: ast.AST) -> None:
        """Note the loss of each entry, with the comma beside it, of sets and of a module's tables."""
        firsts = node.keys if isinstance(node, ast.Dict) else node.elts
        lasts = node.values if isinstance(node, ast.Dict) else node.elts
        enough = len(firsts) >= _SHORTEST_TABLE.get(type(node), 2) and None not in firsts
        if enough and (self.here.at_import or isinstance(node, ast.Set)):
            starts = [self.span(each)[0] for each in firsts]
            ends = [self.span(each)[1] for each in lasts]
            for gone in [*pairwise(starts), (ends[-2], ends[-1])]:
                self.note(gone, "", "entry dropped")
        self.generic_visit(node)

    visit_Dict = visit_Set = visit_List = visit_Tuple = visit_table
