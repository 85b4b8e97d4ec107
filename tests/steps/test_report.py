import json
import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from tests.lake import add_rows
from tests.models import Store, make_store
from tests.promoting import model_of
from tests.report.comparisons import model_report

from spark_models.core.config import ReportConfig, TablesConfig
from spark_models.core.outcomes import Reporting
from spark_models.errors import DataError, RegistryError
from spark_models.steps.report import report


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_store(tmp_path_factory.mktemp("mlflow"))


def config(store: Store, lake: str, **more: object) -> ReportConfig:
    given = {"registry": store.config, "tables": {"location": f"{lake}/"}, "name": "flight_delay", **more}
    return ReportConfig.model_validate(given)


def told(result: Reporting) -> dict[str, object]:
    page = Path(result.file).read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    return dict(json.loads(data[1]))


def test_what_is_stored_is_written_as_one_page_and_logged(spark: SparkSession, store: Store, lake: str) -> None:
    model_of(spark, store, lake, "flight_delay", recorded=False)
    stored, tables = model_report(), TablesConfig(location=f"{lake}/")
    listed = told(report(config(store, lake, file=f"{lake}/listed.html"), spark=spark))
    assert listed["versions"] == [1, 2, 3]
    # What is set after the registration, by whomever.
    store.client.set_model_version_tag("flight_delay", "2", "team", "science")
    store.client.update_model_version("flight_delay", "2", "Slower in winter")
    add_rows(tables.table("model_versions"), stored.cards)
    for name in ("metrics", "diffs", "curves"):
        rows = [row for comparison in stored.comparisons for row in getattr(comparison, name)]
        add_rows(tables.table(f"comparison_{name}"), rows)

    found = report(config(store, lake, file=f"{lake}/pages/report.html"), spark=spark)

    assert (found.versions, found.comparison_ids) == ((1, 2, 3, 4), ("second", "first"))
    assert found.newest is not None
    assert set(found.newest.metrics) == set(stored.comparisons[0].metrics)
    assert set(found.newest.curves) == set(stored.comparisons[0].curves)
    page = told(found)
    cards, comparisons = page["cards"], page["comparisons"]
    assert isinstance(cards, list)
    assert isinstance(comparisons, list)
    # What the registry has now, whatever it was when the cards were written; the fourth is gone since.
    assert [card["aliases"] for card in cards] == [["champion"], [], [], []]
    assert [card["tags"] for card in cards] == [{}, {"team": "science"}, {}, {"team": "ops"}]
    assert [card["description"] for card in cards] == [None, "Slower in winter", None, None]
    assert {card["run_name"] for card in cards} == {"training 1", "training 2", "training 3", "training 4"}
    assert len(cards[1]["logged_files"]) == 2
    assert [one["comparison_id"] for one in comparisons] == ["second", "first"]
    logged = Path(store.client.download_artifacts(found.run_id, "report.html"))
    assert logged.read_bytes() == Path(found.file).read_bytes()

    one = report(config(store, lake, file=f"{lake}/one.html", comparison_id="first"), spark=spark)
    assert one.comparison_ids == ("first",)
    with pytest.raises(DataError, match="no comparison 'third' of it is stored"):
        report(config(store, lake, comparison_id="third"), spark=spark)
    with pytest.raises(DataError, match="cannot be written there"):
        report(config(store, lake, file=f"{lake}/one.html/below.html"), spark=spark)


def test_a_model_without_versions_is_refused(spark: SparkSession, store: Store, lake: str) -> None:
    store.client.create_registered_model("flight_count")
    with pytest.raises(DataError, match="it has no versions yet: register one"):
        report(config(store, lake, name="flight_count"), spark=spark)


def test_an_unknown_model_is_told_with_near_names(spark: SparkSession, store: Store, lake: str) -> None:
    model_of(spark, store, lake, "flight_times", recorded=False)
    with pytest.raises(RegistryError, match="no registered model 'flight_time'; did you mean 'flight_times'"):
        report(config(store, lake, name="flight_time"), spark=spark)
