"""Cards: everything that MLflow knows of a model version, as one value."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import Card
from spark_models.registry.aliases import aliases_of
from spark_models.registry.connection import Registry
from spark_models.registry.files import ModelFiles
from spark_models.registry.logged import logged_for
from spark_models.registry.refusals import refusals

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def card_of(registry: Registry, model_version: ModelVersion, files: ModelFiles) -> Card:
    """The card of a version whose files these are.

    A run that is gone leaves its fields empty.

    Raises:
        RegistryError: if there is no such version, or MLflow refuses.
    """
    name, version = model_version.name, model_version.version
    aliases = aliases_of(registry, name)
    with refusals(str(model_version)):
        found = registry.client.get_model_version(name, str(version))
        logged = logged_for(registry, found, files.mlmodel.get("model_id"))
    return Card(
        model_name=name,
        model_version=version,
        created_at=moment(found.creation_timestamp),
        run_id=logged.run_id,
        run_name=logged.run_name,
        hyperparameters=dict(logged.params),
        metrics=dict(logged.metrics),
        signature=_signature_json(files.mlmodel.get("signature")),
        logged_files=files.logged,
        digest=files.digest,
        flavor=files.flavor,
        requirements=files.requirements,
        description=found.description or None,
        tags=dict(sorted(found.tags.items())),
        aliases=tuple(sorted(alias for alias, holder in aliases.items() if holder == version)),
        datasets=logged.datasets,
    )


def moment(milliseconds: int) -> datetime:
    """A time as MLflow keeps it, in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _signature_json(entry: Mapping[str, Any] | None) -> str | None:
    if not entry:
        return None
    parts = {part: json.loads(text) for part, text in entry.items() if isinstance(text, str)}
    return json.dumps(parts, sort_keys=True)
