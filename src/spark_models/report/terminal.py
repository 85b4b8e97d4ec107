"""Cards and alias histories as tables for a terminal."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from spark_models.core.tables import AliasTenure, Card


def card_table(card: Card) -> Table:
    """A version's card, field by field."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    fields = {
        "model": f"{card.model_name} version {card.model_version}",
        "time created": card.created_at.isoformat(sep=" ", timespec="seconds"),
        "run name": card.run_name or "",
        "hyperparameters": _pairs(card.hyperparameters),
        "metrics": _pairs({name: f"{value:.6g}" for name, value in card.metrics.items()}),
        "signature": card.signature or "",
        "logged files": "\n".join(f"{file.path}  {file.size:,} bytes" for file in card.logged_files),
        "datasets": "\n".join(f"{data.name}  {data.digest}  {data.context or ''}".rstrip() for data in card.datasets),
        "digest": card.digest,
        "flavor": card.flavor,
        "requirements": "\n".join(card.requirements),
        "description": card.description or "",
        "tags": _pairs(card.tags),
        "aliases": ", ".join(card.aliases),
    }
    for name, value in fields.items():
        # Text, since a tag or a parameter may hold what rich takes for markup.
        table.add_row(name, Text(value))
    return table


def _pairs(values: dict[str, str]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in sorted(values.items()))


def history_table(tenures: Iterable[AliasTenure]) -> Table | Text:
    """Who held which alias from when to when, and why; times are in UTC."""
    rows = tuple(tenures)
    if not rows:
        return Text("no alias was given yet, by the alias history")
    table = Table(box=SIMPLE_HEAD, show_edge=False, collapse_padding=True)
    for heading in ("alias", "version", "since (UTC)", "until (UTC)", "by", "why"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        until = "" if row.until is None else _minute(row.until)
        by = row.action + (" (forced)" if row.forced else "")
        why = row.reason + (f" (comparison {row.comparison_id})" if row.comparison_id else "")
        # Text, since a reason may hold what rich takes for markup.
        table.add_row(Text(row.alias), str(row.model_version), _minute(row.since), until, by, Text(why))
    return table


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
