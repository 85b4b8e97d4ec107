"""How the facts of versions are named in conditions, sort orders and columns: as in MLflow's search."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from spark_models.core.suggest import nearest
from spark_models.core.table_name import quoted

ATTRIBUTES = (
    "version",
    "aliases",
    "created_at",
    "run_id",
    "run_name",
    "flavor",
    "digest",
    "description",
    "status",
)
# Every way to write a group of names, MLflow's own among them.
GROUPS = {
    **dict.fromkeys(("metrics", "metric"), "metrics"),
    "computed": "computed",
    **dict.fromkeys(("params", "param", "parameters", "parameter"), "params"),
    **dict.fromkeys(("tags", "tag"), "tags"),
}
_ATTRIBUTE_GROUPS = frozenset({"attributes", "attribute", "attr"})

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_ENTRY = re.compile(r"""(?:`(?:[^`]|``)*`|"[^"]*"|[^,`"]|[`"])+""")
_NAME = re.compile(r"""(?:([A-Za-z_]+)\s*\.\s*)?(?:`((?:[^`]|``)+)`|"([^"]+)"|(.+))""", re.DOTALL)


def fact_name(parts: Sequence[str]) -> str:
    """The fact that dotted parts name, whatever its group is called: ``("metric", "a b")`` is ``metrics.a b``."""
    first, rest = parts[0].lower(), ".".join(parts[1:])
    if not rest:
        return first if first in ATTRIBUTES else parts[0]
    if first in _ATTRIBUTE_GROUPS:
        return fact_name(parts[1:])
    return f"{GROUPS[first]}.{rest}" if first in GROUPS else ".".join(parts)


def parsed_name(text: str) -> str:
    """The fact that a text names, with backticks or quotes around a name that holds other characters than letters.

    >>> parsed_name("metric.`val/loss`"), parsed_name("params.alpha"), parsed_name("attributes.run_name")
    ('metrics.val/loss', 'params.alpha', 'run_name')
    """
    match = _NAME.fullmatch(text.strip())
    if match is None:
        return text
    group, in_backticks, in_quotes, plain = match.groups()
    name = in_backticks.replace("``", "`") if in_backticks is not None else in_quotes or plain
    return fact_name([group, name] if group else [name])


def shown_name(fact: str) -> str:
    """The fact's name as a condition takes it, in backticks where it must be."""
    group, dot, name = fact.partition(".")
    return fact if not dot or _PLAIN.fullmatch(name) else f"{group}.{quoted(name)}"


def entries(texts: Iterable[str]) -> Iterator[str]:
    """The names in texts that may hold several each, with commas between them."""
    for text in texts:
        yield from filter(None, (entry.strip() for entry in _ENTRY.findall(text)))


def unknown_names(names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    """A sentence for each name that is not known, with the nearest that are, of whatever group."""
    bare = {fact: fact.partition(".")[2] or fact for fact in known}
    for name in names:
        if name not in known:
            own = name.partition(".")[2] or name
            near = [own] if own in bare.values() else nearest(own, bare.values())
            meant = [repr(shown_name(fact)) for match in near for fact in known if bare[fact] == match]
            yield f"no version has {shown_name(name)!r}" + (f"; did you mean {' or '.join(meant)}?" if meant else "")
