"""Who held an alias before: what a rollback goes back to."""

from collections.abc import Iterable

from spark_models.core.tables import AliasTenure


def in_order(tenures: Iterable[AliasTenure]) -> tuple[AliasTenure, ...]:
    """Tenures by alias, oldest first."""
    return tuple(sorted(tenures, key=lambda tenure: (tenure.alias, tenure.since)))


def previous_holder(tenures: Iterable[AliasTenure], holder: int) -> int | None:
    """The version that held the alias before the present holder, or None.

    A rollback undoes: what it took the alias from does not count as a previous holder, so that
    two rollbacks go back two versions and never forth.

    Args:
        tenures: One alias's, oldest first.
        holder: Who holds it now by the registry, which others may have moved.
    """
    holders: list[int] = []
    for tenure in tenures:
        if tenure.action == "rollback" and tenure.model_version in holders:
            while holders[-1] != tenure.model_version:
                holders.pop()
        elif not holders or holders[-1] != tenure.model_version:
            holders.append(tenure.model_version)
    if holders and holders[-1] != holder:
        return holders[-1]
    return holders[-2] if len(holders) > 1 else None
