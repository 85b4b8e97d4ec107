"""A registered model whose versions have no files, and whose first one is the champion."""

from dataclasses import dataclass

from pyspark.sql import SparkSession
from tests.lake import add_rows, rows_of
from tests.models import Store
from tests.rows import tenure_row

from spark_models.core.config import TablesConfig
from spark_models.core.model_version import ModelVersion
from spark_models.core.tables import AliasTenure
from spark_models.registry.aliases import alias_holder, set_alias


@dataclass(frozen=True)
class Model:
    """The model, and where its tables are."""

    spark: SparkSession
    store: Store
    name: str
    tables: TablesConfig

    def holder(self, alias: str = "champion") -> int | None:
        """Who holds the alias by the registry."""
        return alias_holder(self.store.registry, self.name, alias)

    def history(self, alias: str = "champion") -> tuple[AliasTenure, ...]:
        """Who held the alias by the table."""
        found = rows_of(self.tables.table("alias_history"), AliasTenure)
        held = (tenure for tenure in found if (tenure.model_name, tenure.alias) == (self.name, alias))
        return tuple(sorted(held, key=lambda tenure: tenure.since))

    def move_outside(self, version: int) -> None:
        """Give the alias to a version as others would."""
        set_alias(self.store.registry, ModelVersion(self.name, version), "champion")

    def record(self, *entries: AliasTenure) -> None:
        """Write tenures of this model into the history."""
        add_rows(self.tables.table("alias_history"), entries)


def model_of(spark: SparkSession, store: Store, lake: str, name: str, *, recorded: bool = True) -> Model:
    """Versions 1, 2 and 3; the first holds ``champion`` in the registry and, if ``recorded``, in the history."""
    model = Model(spark, store, name.replace("[", "_").replace("]", ""), TablesConfig(location=lake))
    store.client.create_registered_model(model.name)
    for _ in range(3):
        store.client.create_model_version(model.name, store.folder.as_uri())
    model.move_outside(1)
    if recorded:
        model.record(tenure_row(1, 0, "register", model_name=model.name))
    return model
