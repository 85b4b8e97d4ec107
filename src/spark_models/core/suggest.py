"""Near names, for errors that say what would have worked."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, choices: Iterable[str]) -> list[str]:
    """At most three of ``choices`` that are written nearly like ``name``, the nearest first."""
    lowered = {choice.lower(): choice for choice in choices}
    return [lowered[match] for match in get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)]


def did_you_mean(name: str, choices: Iterable[str], *, listed: str = "") -> str:
    """The end of an error's sentence: the nearest of ``choices``, and all of them if ``listed``.

    ``listed`` is what the choices are called ("existing versions"), and at most ten are shown.
    """
    known = list(dict.fromkeys(choices))
    near = nearest(name, known)
    text = f"; did you mean {' or '.join(repr(match) for match in near)}?" if near else ""
    if listed:
        shown = ", ".join(known[:10]) + (f" and {len(known) - 10} more" if len(known) > 10 else "")
        text += f" ({listed}: {shown or 'none'})"
    return text
