"""The demo's path through real processes: jobs under the real spark-submit, and the command line beside them."""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable
from mlflow import MlflowClient
from sklearn.metrics import log_loss, roc_auc_score
from tests.e2e.conftest import Demo
from tests.e2e.processes import Ended, Workspace, ended

NAME = "flight_delay"


@dataclass(frozen=True)
class Walk:
    """The whole path, each program by what it did."""

    workspace: Workspace
    ran: dict[str, Ended]

    def query(self, sql: str, *values: Any) -> Any:
        """What a consumer without Spark finds in the tables."""
        return self.workspace.query(sql, *values)

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(f"sqlite:///{self.workspace.folder}/demo/mlflow.db")


@pytest.fixture(scope="module")
def walk(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The demo's flights and its two logged models, and all that the programs make of them."""
    workspace = demo.copy(tmp_path_factory.mktemp("programs") / "clone", "mlflow.db", "lake/flights")
    walk = Walk(workspace, {})
    with warnings.catch_warnings():
        # SQLAlchemy's, about what MLflow does when it deletes.
        warnings.simplefilter("ignore")
        walk.client.delete_registered_model(NAME)
    first, second = _logged_models(walk.client)

    jobs = workspace.application()
    # Without a JVM of its own, while that of the jobs starts.
    register_first = workspace.cli("register", "--set", f"source={first}", "--set", "aliases=[champion]", "--json")
    walk.ran["register_first"] = ended(register_first)
    # Another process beside the jobs: when it has started, the second version is scored.
    score_first = workspace.cli("score", "--set", f"model=models:/{NAME}/1", "--json")
    walk.ran["register_second"] = jobs.run("register", "--set", f"source={second}")
    walk.ran["score_second"] = jobs.run("score", "--set", f"model=models:/{NAME}@challenger")
    walk.ran["score_first"] = ended(score_first)
    walk.ran["compare"] = jobs.run("compare")
    walk.ran["promote"] = jobs.run("promote", "--json")
    promote_again = workspace.cli("promote", "--set", f"candidate=models:/{NAME}/2")
    walk.ran["card"] = jobs.run("card", "--json")
    walk.ran["promote_again"] = ended(promote_again)
    walk.ran["rollback"] = jobs.run("rollback", "--set", "from_version=2", "--set", "reason=too late")
    walk.ran["jobs"] = jobs.end()
    return walk


def _logged_models(client: MlflowClient) -> tuple[str, str]:
    experiment = client.get_experiment_by_name("flights")
    assert experiment is not None
    models = {model.name: model.model_id for model in client.search_logged_models([experiment.experiment_id])}
    return f"models:/{models['logistic_regression']}", f"models:/{models['boosted_trees']}"


def test_every_program_does_its_work_and_shows_nothing_else(walk: Walk) -> None:
    for name, ran in walk.ran.items():
        assert ran.code == 0, f"{name}: {ran.out}{ran.err}"
        assert not re.search(r"Traceback|Warning|WARN|Exception|\x1b", ran.out), name
    assert [walk.ran[name].err for name in ("register_first", "score_first", "promote_again")] == ["", "", ""]
    # Beside Spark's own lines; the jobs' Python writes to stdout alone.
    assert not re.search(r"Traceback|Warning:", walk.ran["jobs"].err)
    assert walk.ran["jobs"].out == ""


def test_register_gives_the_version_with_its_card_and_alias(walk: Walk) -> None:
    result = walk.ran["register_first"].json
    assert result["model_version"] == {"name": NAME, "version": 1}
    assert result["created"] is True
    assert result["aliases"] == ["champion"]
    assert result["card"]["flavor"] == "sklearn"
    line = rf"{NAME} version 2 registered \(digest [0-9a-f]{{12}}\); now challenger\n"
    assert re.fullmatch(line, walk.ran["register_second"].out)


def test_score_says_how_many_rows_went_where(walk: Walk, quarter: pd.DataFrame) -> None:
    run = walk.ran["score_first"].json["run"]
    assert (run["rows_in"], run["rows_scored"], run["rows_failed"]) == (len(quarter), len(quarter), 0)
    assert run["predictor"] == "sklearn"
    rows = f"{len(quarter):,}"
    line = rf"{NAME} version 2, batch [0-9a-f]{{16}}: {rows} of {rows} rows scored into demo/lake/predictions\n"
    assert re.fullmatch(line, walk.ran["score_second"].out)


def test_two_versions_that_are_scored_at_once_do_not_conflict(walk: Walk, quarter: pd.DataFrame) -> None:
    found = walk.query("""
        SELECT model_version, count(*), count(DISTINCT flight_id), count(DISTINCT batch_id), count(error)
        FROM predictions GROUP BY ALL ORDER BY model_version
    """).fetchall()
    assert found == [(version, len(quarter), len(quarter), 1, 0) for version in (1, 2)]


def test_each_scoring_is_a_row_in_scoring_runs_and_a_skipped_one_is_none(walk: Walk, quarter: pd.DataFrame) -> None:
    found = walk.query("""
        SELECT model_version, status, rows_in, rows_scored, input_version, mode, method
        FROM scoring_runs ORDER BY model_version
    """).fetchall()
    rows = len(quarter)
    assert found == [(version, "succeeded", rows, rows, 0, "append", "predict_proba") for version in (1, 2)]


@pytest.mark.parametrize("version", [1, 2])
def test_predictions_equal_the_models_own(walk: Walk, version: int) -> None:
    scored = walk.query(
        """
        SELECT flights.*, prediction FROM flights JOIN predictions USING (flight_id)
        WHERE model_version = ? ORDER BY flight_id
        """,
        version,
    ).df()
    with warnings.catch_warnings():
        # MLflow's, of its own type hints, when it imports what loads a model.
        warnings.simplefilter("ignore", UserWarning)
        model = mlflow.pyfunc.load_model(walk.client.get_model_version_download_uri(NAME, str(version)))
    rows = scored[model.metadata.get_input_schema().input_names()]

    expected = model.get_raw_model().predict_proba(rows)

    assert np.array_equal(np.stack(list(scored["prediction"])), expected)


@pytest.mark.parametrize("version", [1, 2])
def test_the_comparison_equals_scikit_learn_on_the_same_rows(walk: Walk, quarter: pd.DataFrame, version: int) -> None:
    rows = walk.query(
        """
        SELECT late::INT AS late, prediction[2] AS likely FROM flights JOIN predictions USING (flight_id)
        WHERE model_version = ? AND late IS NOT NULL
        """,
        version,
    ).df()
    found = dict(
        walk.query(
            """
            SELECT metric, if(candidate_version = ?, candidate_value, baseline_value)
            FROM comparison_metrics WHERE source = 'computed' AND slice_column IS NULL
            """,
            version,
        ).fetchall()
    )
    assert len(rows) == quarter["arr_delay"].notna().sum()
    assert found["roc_auc"] == pytest.approx(roc_auc_score(rows["late"], rows["likely"]), abs=1e-9)
    assert found["log_loss"] == pytest.approx(log_loss(rows["late"], rows["likely"]), abs=1e-9)


def test_compare_prints_a_table_and_the_rows_that_it_left_out(walk: Walk, quarter: pd.DataFrame) -> None:
    out = walk.ran["compare"].out
    unlabelled = int(quarter["arr_delay"].isna().sum())
    assert re.search(r"metric +candidate +baseline +change +relative +verdict", out)
    assert f"left out: {unlabelled:,}: the label is NULL" in out


def test_promote_moves_the_alias_by_the_stored_comparison(walk: Walk) -> None:
    result = walk.ran["promote"].json
    assert (result["moved"], result["previous"], result["forced"]) == (True, 1, False)
    assert walk.query("SELECT DISTINCT comparison_id FROM comparison_metrics").fetchall() == [
        (result["comparison_id"],)
    ]
    assert f"comparison {result['comparison_id']}\n" in walk.ran["compare"].out
    assert [check["passed"] for check in result["checks"]] == [True, True, True, True]
    assert walk.ran["promote_again"].out == f"{NAME} version 2 is champion already, nothing to do\n"


def test_a_card_has_the_fields_of_a_version(walk: Walk) -> None:
    card = walk.ran["card"].json
    assert (card["model_version"], card["run_name"]) == (2, "boosted trees")
    assert card["hyperparameters"] == {"learning_rate": "0.05", "n_estimators": "200", "num_leaves": "31"}
    assert set(card["metrics"]) == {"train_roc_auc", "train_log_loss"}
    assert {"MLmodel", "model.pkl"} <= {file["path"] for file in card["logged_files"]}
    assert all(file["size"] > 0 for file in card["logged_files"])
    assert "dep_delay" in card["signature"]
    assert card["aliases"] == ["challenger", "champion"]


def test_rollback_gives_the_alias_back(walk: Walk) -> None:
    assert walk.ran["rollback"].out == f"{NAME} version 1 is champion again, instead of version 2\n"
    assert int(walk.client.get_model_version_by_alias(NAME, "champion").version) == 1


def test_the_history_of_an_alias_has_every_holder_and_no_gap(walk: Walk) -> None:
    told = walk.query("""
        SELECT model_version, action, reason, since, until FROM alias_history WHERE alias = 'champion' ORDER BY since
    """).fetchall()
    assert [tenure[:3] for tenure in told] == [
        (1, "register", "given at registration"),
        (2, "promote", "the gate passed"),
        (1, "rollback", "too late"),
    ]
    assert [until for *_, until in told] == [*(since for *_, since, _ in told[1:]), None]


def test_no_table_needs_more_than_the_first_reader(walk: Walk) -> None:
    for name in walk.workspace.versions():
        assert DeltaTable(walk.workspace.lake / name).protocol().min_reader_version == 1, name


def test_the_workspace_is_all_that_was_touched(walk: Walk) -> None:
    made = {path.name for path in Path(walk.workspace.folder).iterdir()}
    assert made == {"conf", "jobs", ".venv", "demo", "spark-warehouse"}
