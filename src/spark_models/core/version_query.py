"""Conditions on versions: MLflow's search filters and more of SQL, over the facts of each version.

``metrics.auc > 0.7 AND (tags.team = 'ops' OR NOT params.depth IN (3, 5)) AND aliases IS NULL``. A fact that a version
does not have is NULL, and AND, OR and NOT take NULL as SQL does: what a version must meet has to be true.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from spark_models.core.comparison_operators import COMPARISON_OPERATORS
from spark_models.core.known_versions import Facts
from spark_models.core.version_names import fact_name
from spark_models.core.version_operands import Operand, UnfitError, fact, in_common, is_among, is_like, literal
from spark_models.errors import ConfigError

Condition = Callable[[Facts], bool | None]

_FORMS = (
    "write comparisons with =, !=, <, <=, >, >=, LIKE, ILIKE, IN, BETWEEN, IS NULL or IS NOT NULL, joined by AND, OR "
    "and NOT; a name with other characters than letters, digits and _ stands between backticks: metrics.`val/loss`"
)


@dataclass(frozen=True)
class Query:
    """A condition that was read: the facts that it names, and whether a version's facts meet it; None is unknown."""

    names: tuple[str, ...]
    holds: Condition


def parse_query(text: str) -> Query:
    """Read a condition, with MLflow's names for facts: ``metrics.auc``, ``params.alpha``, ``tags.team``, ``version``.

    Raises:
        ConfigError: listing everything in it that is not understood.
    """
    builder = _Builder()
    condition = builder.condition(_parsed(text))
    if builder.problems:
        raise ConfigError(f"condition {text!r}", builder.problems)
    return Query(tuple(dict.fromkeys(builder.names)), condition)


def _parsed(text: str) -> exp.Expr:
    try:
        # This dialect has MLflow's quotes: backticks and double ones around names, and both around texts.
        found = [node for node in sqlglot.parse(text, dialect="databricks") if node is not None]
    except SqlglotError as error:
        told = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        where = f" at column {told['col']}" if told.get("col") else ""
        raise ConfigError(f"condition {text!r}", [f"it cannot be read{where}", _FORMS]) from error
    if len(found) != 1:
        raise ConfigError(f"condition {text!r}", [f"it is {len(found)} conditions instead of one", _FORMS])
    return found[0]


class _Builder:
    """Turns a parsed condition into a function; keeps the names in it, and every problem instead of the first."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.problems: list[str] = []

    def condition(self, node: exp.Expr) -> Condition:
        try:
            return self._translated(node)
        except UnfitError as error:
            self.problems.append(str(error))
            return lambda _: None

    def _translated(self, node: exp.Expr) -> Condition:
        translate = _TRANSLATORS.get(type(node))
        if translate is None:
            raise UnfitError(f"{node.sql(dialect='databricks')} is no condition that is understood here: {_FORMS}")
        condition = translate(self, node)
        # sqlglot has NOT LIKE as a LIKE of another kind.
        return _negated(condition) if node.args.get("negate") else condition

    def operand(self, node: exp.Expr) -> Operand:
        if isinstance(node, exp.Column | exp.Dot):
            name = fact_name([part.name for part in node.parts])
            self.names.append(name)
            return fact(name)
        inner = node.this if isinstance(node, exp.Neg) else node
        if isinstance(node, exp.Null):
            return literal(None)
        if isinstance(inner, exp.Literal) and not (inner.is_string and node is not inner):
            return literal(inner.this if inner.is_string else float(inner.this) * (1 if node is inner else -1))
        raise UnfitError(f"{node.sql(dialect='databricks')} is neither a name, a number nor a text")

    def compared(self, kind: type[exp.Expr], left: exp.Expr, right: exp.Expr) -> Condition:
        one, other = self.operand(left), self.operand(right)
        if "aliases" in {one.kind, other.kind}:
            if kind not in {exp.EQ, exp.NEQ}:
                raise UnfitError("aliases have no order: compare them with = or !=, or look for NULL")
            found = is_among(one, other) if one.kind == "aliases" else is_among(other, one)
            return found if kind is exp.EQ else _negated(found)
        compare = COMPARISON_OPERATORS[kind]
        ours, theirs = in_common(one, other)

        def holds(facts: Facts) -> bool | None:
            mine, its = ours(facts), theirs(facts)
            return None if mine is None or its is None else compare(mine, its)

        return holds


def _negated(condition: Condition) -> Condition:
    def holds(facts: Facts) -> bool | None:
        found = condition(facts)
        return None if found is None else not found

    return holds


def _all(conditions: Sequence[Condition]) -> Condition:
    def holds(facts: Facts) -> bool | None:
        found = [condition(facts) for condition in conditions]
        return False if False in found else None if None in found else True

    return holds


def _any(conditions: Sequence[Condition]) -> Condition:
    return _negated(_all([_negated(condition) for condition in conditions]))


def _and(builder: _Builder, node: Any) -> Condition:
    return _all([builder.condition(part) for part in node.flatten()])


def _or(builder: _Builder, node: Any) -> Condition:
    return _any([builder.condition(part) for part in node.flatten()])


def _not(builder: _Builder, node: Any) -> Condition:
    return _negated(builder.condition(node.this))


def _comparison(builder: _Builder, node: Any) -> Condition:
    return builder.compared(type(node), node.left, node.right)


def _between(builder: _Builder, node: Any) -> Condition:
    ends = ((exp.GTE, node.args["low"]), (exp.LTE, node.args["high"]))
    return _all([builder.compared(kind, node.this, end) for kind, end in ends])


def _in(builder: _Builder, node: Any) -> Condition:
    if not node.expressions:
        raise UnfitError(f"{node.sql(dialect='databricks')}: IN takes a list of values")
    return _any([builder.compared(exp.EQ, node.this, value) for value in node.expressions])


def _is_null(builder: _Builder, node: Any) -> Condition:
    if not isinstance(node.expression, exp.Null):
        raise UnfitError(f"{node.sql(dialect='databricks')}: IS takes NULL or NOT NULL")
    value = builder.operand(node.this).value
    return lambda facts: value(facts) in {None, ()}


def _like(builder: _Builder, node: Any) -> Condition:
    return is_like(builder.operand(node.this), builder.operand(node.expression), is_cased=isinstance(node, exp.Like))


_TRANSLATORS: dict[type[exp.Expr], Callable[[_Builder, Any], Condition]] = {
    exp.And: _and,
    exp.Or: _or,
    exp.Not: _not,
    exp.Paren: lambda builder, node: builder.condition(node.this),
    exp.Between: _between,
    exp.In: _in,
    exp.Is: _is_null,
    exp.Like: _like,
    exp.ILike: _like,
    **dict.fromkeys(COMPARISON_OPERATORS, _comparison),
}
