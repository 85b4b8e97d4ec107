"""A config's YAML: its values, and the line on which each of them stands."""

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from spark_models.core.config.problems import KeyPath, Problem, dotted
from spark_models.core.suggest import did_you_mean
from spark_models.errors import ConfigError


class Loader(yaml.SafeLoader):
    """YAML's plain types and nothing that runs code; ``1e-3`` is a number, as in YAML 1.2, and every key a text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  # PyYAML's signature
        """A mapping whose keys are as they are written: ``on`` and ``1`` are no texts to YAML."""
        self.flatten_mapping(node)
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


# PyYAML wants a dot and a sign: it takes 1e-3 for a text.
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+$"), list("-+0123456789")
)


@dataclass(frozen=True)
class Document:
    """What a YAML file says. ``lines`` gives a key's line, counted from 1."""

    name: str
    values: dict[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, path: KeyPath) -> int | None:
        """The line on which ``path`` stands, or else what is nearest around it."""
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)

    def where(self, path: KeyPath) -> str:
        """``FILE:LINE``, for the front of a message; empty if there is no file."""
        line = self.line(path)
        return self.name if line is None else f"{self.name}:{line}"


def read_document(file: Path) -> Document:
    """Read a YAML file that holds a mapping.

    Raises:
        ConfigError: if it cannot be read, is not YAML, or holds something else.
    """
    text = _text_of(file)
    try:
        loader = Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise ConfigError(str(file), ["it is empty; a config is a mapping of keys to values"])
        if not isinstance(root, yaml.MappingNode):
            raise ConfigError(str(file), ["a config is a mapping of keys to values, this is something else"])
        entries = list(_walk(root, (), ()))
        lines = {path: line for path, line, _ in entries}
        problems = tuple(problem for *_, problem in entries if problem is not None)
        return Document(str(file), loader.construct_document(root), lines, problems)
    except yaml.YAMLError as error:
        raise ConfigError(str(file), [yaml_problem(error, text, str(file))]) from None


def yaml_problem(error: yaml.YAMLError, text: str, name: str = "") -> str:
    """What a YAML parser stumbled over, with ``name``, line and column in front if there is a name."""
    # In quotes stand a tag or an alias, and what was meant for a value may have become one: a password with a *.
    what = re.sub(
        r"(, but (got|found))? '[^']{2,}'", "", getattr(error, "problem", None) or "it cannot be parsed"
    ).removeprefix("but ")
    mark = getattr(error, "problem_mark", None)
    if isinstance(error, yaml.reader.ReaderError):
        what, before = "it holds a character that YAML does not allow", text[: error.position]
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
    else:
        line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    return (f"{name}:{line + 1}:{column + 1}: " if name else "") + f"not YAML: {what}"


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        beside = sorted(path.name for path in file.parent.glob("*.y*ml"))
        raise ConfigError(str(file), [f"there is no such file{did_you_mean(file.name, beside)}"]) from None
    except IsADirectoryError:
        raise ConfigError(str(file), ["it is a folder; name the YAML file in it"]) from None
    except UnicodeDecodeError:
        # Not "from": the error carries the bytes of the file.
        raise ConfigError(str(file), ["it is not UTF-8 text"]) from None
    except OSError as error:
        raise ConfigError(str(file), [f"it cannot be read: {error.strerror}"]) from error


def _walk(
    node: yaml.Node, path: KeyPath, above: tuple[yaml.Node, ...]
) -> Iterator[tuple[KeyPath, int, Problem | None]]:
    """Every key and list entry below ``node``: its path, its line, and a problem if it stood there before."""
    if node in above:
        raise yaml.MarkedYAMLError(problem="an alias refers to what it stands in", problem_mark=above[-1].start_mark)
    seen: dict[str | int, int] = {}
    for name, mark, child in _children(node):
        line = mark.line + 1
        if name in seen:
            # YAML would keep the last one without a word.
            yield (*path, name), line, _repeated((*path, name), seen[name])
            continue
        seen[name] = line
        yield (*path, name), line, None
        yield from _walk(child, (*path, name), (*above, node))


def _children(node: yaml.Node) -> list[tuple[str | int, yaml.Mark, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        return [(str(key.value), key.start_mark, value) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(index, entry.start_mark, entry) for index, entry in enumerate(node.value)]
    return []


def _repeated(path: KeyPath, line: int) -> Problem:
    return Problem(path, f"{dotted(path)} stands twice; it is on line {line}, too")
