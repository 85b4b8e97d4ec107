"""What changed between two signatures, column by column, in MLflow's own words for types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Entry = Mapping[str, Any]
Change = Literal["added", "removed", "changed", "retyped", "now optional", "now required", "equal"]


@dataclass(frozen=True)
class ColumnChange:
    """What became of a column; None where one of the two lacks it."""

    name: str
    change: Change
    candidate: str | None
    baseline: str | None


def column_changes(candidate: Sequence[Entry] | None, baseline: Sequence[Entry] | None) -> Iterator[ColumnChange]:
    """Every column of two lists of a signature's JSON by name; one without a name has its place.

    What stands in an object is told by itself, as ``address.street``, or ``stops[].street`` and ``rooms{}.size`` in
    arrays and maps, where both have the object. Of inference parameters, defaults are told, too.
    """
    ours, theirs = _by_name(candidate), _by_name(baseline)
    for name in sorted({*ours, *theirs}):
        yield from _compared(name, ours.get(name), theirs.get(name))


def _by_name(entries: Sequence[Entry] | None) -> dict[str, Entry]:
    return {str(entry.get("name", place)): entry for place, entry in enumerate(entries or [])}


def _compared(name: str, ours: Entry | None, theirs: Entry | None) -> Iterator[ColumnChange]:
    if ours is None or theirs is None:
        texts = [None if entry is None else _told(_whole(entry), entry) for entry in (ours, theirs)]
        yield ColumnChange(name, "added" if theirs is None else "removed", *texts)
        return
    change = _change(ours, theirs)
    # Of an object that is no object any more, all that it held is told; else what it holds follows.
    text = _whole if change == "retyped" else _outline
    yield ColumnChange(name, change, _told(text(ours), ours), _told(text(theirs), theirs))
    if change != "retyped":
        inner, former = _inside(ours), _inside(theirs)
        for path in sorted({*inner, *former}):
            yield from _compared(name + path, inner.get(path), former.get(path))


def _change(ours: Entry, theirs: Entry) -> Change:
    if _outline(ours) != _outline(theirs):
        return "retyped"
    if _is_required(ours) != _is_required(theirs):
        return "now required" if _is_required(ours) else "now optional"
    return "equal" if ours.get("default") == theirs.get("default") else "changed"


def _is_required(entry: Entry) -> bool:
    return bool(entry.get("required", True))


def _told(text: str, entry: Entry) -> str:
    default = f" = {entry['default']!r}" if "default" in entry else ""
    return f"{text}{default}{'' if _is_required(entry) else ' (optional)'}"


def _outline(entry: Entry) -> str:
    """The type, without what stands in objects."""
    return _type(entry, is_whole=False)


def _whole(entry: Entry) -> str:
    """The type, with all that stands in objects."""
    return _type(entry, is_whole=True)


def _type(entry: Entry, *, is_whole: bool) -> str:
    kind = str(entry["type"])
    if kind == "tensor":
        spec = entry["tensor-spec"]
        return f"tensor({spec['dtype']}, {tuple(spec['shape'])})"
    if kind == "array":
        return f"array<{_type(entry['items'], is_whole=is_whole)}>"
    if kind == "map":
        return f"map<{_type(entry['values'], is_whole=is_whole)}>"
    if kind == "object" and is_whole:
        fields = (f"{name}: {_told(_whole(field), field)}" for name, field in sorted(entry["properties"].items()))
        return f"object<{', '.join(fields)}>"
    return f"{kind}{_shape(entry)}"


def _shape(entry: Entry) -> str:
    """Of an inference parameter that is a list."""
    return f"{tuple(entry['shape'])}" if entry.get("shape") else ""


def _inside(entry: Entry) -> dict[str, Entry]:
    """What stands in the object that a column holds, directly or in arrays and maps, by the path to it."""
    path = ""
    while entry["type"] in {"array", "map"}:
        path += "[]" if entry["type"] == "array" else "{}"
        entry = entry["items"] if entry["type"] == "array" else entry["values"]
    properties = entry["properties"] if entry["type"] == "object" and "properties" in entry else {}
    return {f"{path}.{name}": field for name, field in properties.items()}
