from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tests.comparing import PROVENANCE, Tables, scored
from tests.lake import write
from tests.models import add_version, log_regression, make_store

from spark_models.core.config import OwnMetric
from spark_models.errors import ConfigError, DataError, ProblemsError, RegistryError, SchemaError
from spark_models.steps.compare import compare

LABELS = (
    "id bigint, twice bigint, late int, delay double, empty int, only double, three int, word string, words array<int>,"
    " place string, elsewhere bigint, ragged array<int>, below double"
)
NAN = float("nan")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Labels and predictions with something wrong in most of their columns; version 3 has no predictions."""
    store = make_store(tmp_path_factory.mktemp("mlflow"))
    logged = log_regression(store)
    for name in ("delay", "delay", "delay", "another"):
        add_version(store, name, logged)
    made = Tables(store, str(tmp_path_factory.mktemp("lake")))
    labels = [
        (1, 1, 0, 1.0, None, NAN, 0, "no", [1], "A", 9, [0], -1.0),
        (2, 1, 1, 2.0, None, None, 1, "yes", [2], "B", 8, [0, 1], NAN),
        (3, 3, 1, 3.0, None, NAN, 2, "yes", [3], "C", 7, None, 1.0),
    ]
    write(made.labels, LABELS, labels)
    columns = (
        "id bigint, word string, twice bigint, late int, elsewhere bigint, prediction double,"
        " both struct<p: double, `q.r`: double>, pair array<double>, uneven array<double>, text string"
    )
    rows = [
        (id_, word, twice, 0, 1, 0.5, (0.1, 0.2), [0.5, 0.5], [0.5] * id_, "x", *scored(version))
        for version in (1, 2)
        for id_, word, twice in ((1, "no", 1), (2, "yes", 1), (3, "yes", 3))
    ]
    write(made.predictions, f"{columns}, {PROVENANCE}", rows)
    return made


def refused(spark: SparkSession, tables: Tables, kind: type[ProblemsError], **wrong: Any) -> str:
    labels = {"column": "late", **wrong.pop("labels", {})}
    results = wrong.pop("results", tables.results)
    job = tables.config(results, **{"task": "binary", "labels": labels, **wrong})
    with pytest.raises(kind) as error:
        compare(job, spark=spark)
    return str(error.value)


def test_columns_that_the_labels_lack_are_all_listed_with_near_names(spark: SparkSession, tables: Tables) -> None:
    wrong = {"keys": ("idd",), "column": "lat", "filter": "no_such_column = 1"}
    told = refused(spark, tables, SchemaError, labels=wrong, slices=("plac", "word"))
    assert "key column 'idd' is not in it; did you mean 'id'?" in told
    assert "label column 'lat' is not in it; did you mean 'late'" in told
    assert "slice column 'plac' is not in it; did you mean 'place'?" in told
    assert "word" not in told.replace("'words'", "")


def test_slices_and_metrics_that_are_no_expressions_and_bins_that_are_no_numbers(
    spark: SparkSession, tables: Tables
) -> None:
    metrics = (OwnMetric(name="longest", sql="max(dela)", direction="lower"),)
    slices = ("place >", ("word", "wor"), "avg(delay)", "explode(words)", "rank() over (order by delay)")
    more = {"slices": slices, "slice_bins": {"word": 2, "number": 3}, "metrics": metrics}
    told = refused(spark, tables, SchemaError, **more)
    assert "slice 'place >' is neither a column nor a SQL expression over its columns" in told
    assert "slice column 'wor' is not in it; did you mean " in told
    assert "slice 'avg(delay)' is neither" in told
    assert "slice 'explode(words)' is neither" in told
    assert "rank()" not in told
    assert "slice_bins names 'word', which is no number" in told
    assert "slice_bins names 'number', which is not among the slices" in told
    assert "metric 'longest' names 'dela', which is no column of the labels table; did you mean 'delay'" in told


def test_tables_of_results_with_other_columns_are_all_refused_before_the_work(
    spark: SparkSession, tables: Tables, tmp_path: Path
) -> None:
    for name in ("comparison_curves", "model_versions"):
        write(f"{tmp_path}/{name}", "comparison_id string", [("a",)])
    told = refused(spark, tables, SchemaError, results=str(tmp_path))
    for name, column in (("comparison_curves", "x"), ("model_versions", "digest")):
        assert f"{tmp_path}/{name}: column {column!r} is missing from the table" in told


def test_a_labels_table_that_is_not_there(spark: SparkSession, tables: Tables) -> None:
    assert "no Delta table" in refused(spark, tables, DataError, labels={"table": f"{tables.folder}/nowhere"})


def test_a_filter_that_is_no_condition(spark: SparkSession, tables: Tables) -> None:
    assert "condition" in refused(spark, tables, ConfigError, labels={"filter": "late ="})


@pytest.mark.parametrize(("task", "column"), [("binary", "empty"), ("multiclass", "empty"), ("regression", "only")])
def test_labels_that_are_all_null_or_nan(spark: SparkSession, tables: Tables, task: str, column: str) -> None:
    told = refused(spark, tables, DataError, task=task, labels={"column": column})
    assert f"column {column!r} is NULL or NaN in all rows" in told
    assert "check labels.column and labels.filter" in told


def test_labels_that_the_filter_leaves_none_of(spark: SparkSession, tables: Tables) -> None:
    assert "NULL or NaN in all rows" in refused(spark, tables, DataError, labels={"filter": "id > 5"})


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_labels_of_one_class_only(spark: SparkSession, tables: Tables, task: str) -> None:
    told = refused(spark, tables, DataError, task=task, labels={"filter": "late = 1"})
    assert "column 'late' has one class only; a comparison needs at least two: check labels.column and" in told


def test_labels_of_more_than_two_classes_for_binary(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, labels={"column": "three"})
    assert "column 'three' has 3 classes; binary needs two (or task: multiclass)" in told


def test_a_positive_class_that_is_no_label(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, positive_class="yes")
    assert "positive_class 'yes' is not a value of column 'late'" in told


def test_a_positive_class_that_is_not_among_the_classes(spark: SparkSession, tables: Tables) -> None:
    names = {"classes": ("yes", "no"), "positive_class": "Yes"}
    told = refused(spark, tables, ConfigError, labels={"column": "word"}, column="pair", **names)
    assert "positive_class 'Yes' is not one of them" in told


def test_a_label_that_is_not_among_the_classes(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, task="multiclass", labels={"column": "three"}, classes=("0", "2"))
    assert "column 'three' has 1 values that are not among classes" in told


def test_labels_that_are_no_places_in_the_array_need_classes(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, task="multiclass", labels={"column": "word"}, column="pair")
    assert "column 'word' has 2 values that are not 0 to 1; name them in classes" in told


def test_a_positive_class_that_is_no_place_in_the_array_needs_classes(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, ConfigError, labels={"column": "word"}, column="pair", positive_class="yes")
    assert "give both, in the order of the probabilities" in told


def test_classes_that_are_not_as_many_as_probabilities(spark: SparkSession, tables: Tables) -> None:
    told = refused(
        spark, tables, DataError, task="multiclass", labels={"column": "three"}, column="pair", classes=("0", "1", "2")
    )
    assert "arrays of 2 values, but there are 3 classes" in told


def test_classes_for_binary_that_are_not_two_different_ones(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, ConfigError, column="pair", classes=("0", "1", "true"))
    assert "3 are given; binary needs two" in told
    assert "each may be there once only" in told


def test_arrays_of_different_lengths(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, task="multiclass", column="uneven")
    assert "column 'uneven' has arrays of 1 to 3 values" in told


def test_slices_with_too_many_values(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, slices=("place",), max_slice_values=2)
    assert "slice column 'place' has 3 values, more than max_slice_values (2): raise it, put numbers into" in told


@pytest.mark.parametrize("bins", [{}, {"1 / late": 2}])
def test_slices_that_fail_on_the_rows(spark: SparkSession, tables: Tables, bins: dict[str, int]) -> None:
    told = refused(spark, tables, DataError, slices=("1 / late",), slice_bins=bins)
    assert "one of 1 / late fails on these rows (DIVIDE_BY_ZERO); try_divide(a, b) and " in told


def test_a_filter_that_fails_on_the_rows_is_told_without_their_values(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, labels={"filter": "1 / (id - id) > 0"})
    assert "one of 1 / (id - id) > 0 fails on these rows (DIVIDE_BY_ZERO); try_divide(a, b)" in told


def test_keys_that_occur_twice(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, labels={"keys": ("twice",)})
    assert "1 keys (twice) occur in more than one labelled row; each must occur once" in told


def test_keys_that_are_not_keys_of_the_predictions(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, labels={"keys": ("word",), "filter": "id < 3"})
    assert "1 labelled rows have several predictions of one version in one batch" in told


def test_all_that_is_wrong_with_the_columns_of_both_tables_is_told_at_once(spark: SparkSession, tables: Tables) -> None:
    spark.sql("SELECT 'a1' AS id, array(1) AS late").createOrReplaceTempView("labels_with_text_keys")
    labels = {"table": "labels_with_text_keys"}
    keys = "key 'id' is string in the labels table, but bigint in the predictions table; cast it in a view"
    types = ("label 'late' is array<int>, not a class", "prediction 'text' is string, not a score")
    told = refused(spark, tables, SchemaError, labels=labels, column="text")
    assert [words for words in (keys, *types) if words not in told] == []

    wrong = {"labels": {**labels, "keys": ("id", "twice"), "weight": "wait"}, "slices": ("plac",), "column": "text"}
    told = refused(spark, tables, SchemaError, **wrong, predictions={"table": tables.labels, "column": "text"})
    assert told.startswith(f"labels table labels_with_text_keys and predictions table {tables.labels} cannot be")
    for words in (
        "labels table: key column 'twice' is not in it",
        "labels table: weight column 'wait' is not in it",
        "labels table: slice column 'plac' is not in it",
        "predictions table: provenance column 'model_name' is not in it",
        "predictions table: prediction column 'text' is not in it",
        keys,
        types[0],
    ):
        assert words in told


def test_both_tables_that_are_not_there_are_told_at_once(spark: SparkSession, tables: Tables) -> None:
    nowhere = {name: {"table": f"{tables.folder}/no_{name}"} for name in ("labels", "predictions")}
    told = refused(spark, tables, DataError, **nowhere)
    assert "labels table: there is no Delta table at this path" in told
    assert "predictions table: there is no Delta table at this path" in told


def test_all_that_is_wrong_with_the_rows_of_both_tables_is_told_at_once(spark: SparkSession, tables: Tables) -> None:
    wrong = {"labels": {"column": "three", "weight": "delay", "filter": "id > 0"}, "slices": ("place",)}
    told = refused(
        spark, tables, DataError, **wrong, column="uneven", candidates=("models:/delay/3",), max_slice_values=2
    )
    for words in (
        "labels table: column 'three' has 3 classes; binary needs two",
        "labels table: slice column 'place' has 3 values",
        "predictions table: version 3 has no predictions there",
        "predictions table: column 'uneven' has arrays of 1 to 3 values",
    ):
        assert words in told


def test_all_that_is_wrong_with_a_task_that_was_detected_is_told_at_once(spark: SparkSession, tables: Tables) -> None:
    own = {"name": "width", "sql": "avg(prediction[1] - fair)", "direction": "lower"}
    wrong = {"quantiles": (0.1, 0.9), "labels": {"column": "word"}, "column": "pair", "metrics": (own,)}
    told = refused(spark, tables, SchemaError, task=None, **wrong)
    assert "metric 'width' names 'fair', which is no column of the labels table" in told
    assert "label 'word' is string, not a number" in told


def test_no_row_with_a_label_and_predictions(spark: SparkSession, tables: Tables) -> None:
    assert "no row has a label and a prediction" in refused(spark, tables, DataError, labels={"keys": ("elsewhere",)})


def test_a_version_that_is_not_scored_there_is_told_with_the_command_that_scores_it(
    spark: SparkSession, tables: Tables
) -> None:
    told = refused(spark, tables, DataError, candidates=("models:/delay/2", "models:/delay/3"))
    command = f"--set model=models:/delay/3 --set output.table={tables.predictions}"
    assert (
        f"version 3 has no predictions there; score it first: spark-models score --config conf/score.yaml {command}"
        in told
    )
    assert "version 2 has" not in told


def test_versions_that_cannot_be_compared(spark: SparkSession, tables: Tables) -> None:
    same = ("models:/delay/1", "models:/delay/2", "models:/delay/latest", "models:/delay/3", "models:/another/1")
    told = refused(spark, tables, ConfigError, candidates=same)
    assert "models:/delay/1 is delay version 1, the baseline itself" in told
    assert "another version 1 is of another model than the baseline, delay version 1" in told
    assert "two of the candidates are the same version" in told


def test_versions_that_are_not_there_are_told_at_once(spark: SparkSession, tables: Tables) -> None:
    unknown = {"baseline": "models:/delay@chmpion", "candidates": ("models:/delay/9", "models:/nope/1")}
    told = refused(spark, tables, RegistryError, **unknown)
    assert "models:/delay@chmpion: 'delay' has no alias 'chmpion'" in told
    assert "models:/delay/9: 'delay' has no version 9" in told
    assert "models:/nope/1: there is no registered model 'nope'" in told


def test_a_predictions_table_that_is_not_there(spark: SparkSession, tables: Tables) -> None:
    nowhere = {"table": f"{tables.folder}/nowhere"}
    assert "no Delta table" in refused(spark, tables, DataError, predictions=nowhere)


def test_a_table_that_is_no_predictions_table_with_these_keys(spark: SparkSession, tables: Tables) -> None:
    table = {"table": tables.labels, "column": "predicted"}
    told = refused(spark, tables, SchemaError, predictions=table, labels={"keys": ("id", "place")})
    for name in ("model_name", "model_version", "batch_id", "scored_at", "error"):
        assert f"provenance column {name!r} is not in it" in told
    assert "prediction column 'predicted' is not in it" in told
    told = refused(spark, tables, SchemaError, labels={"keys": ("id", "place")})
    assert "key column 'place' is not in it" in told


@pytest.mark.parametrize("column", ["predictio", "both.x", "prediction.p", "both.p.x"])
def test_a_prediction_column_that_is_not_there(spark: SparkSession, tables: Tables, column: str) -> None:
    told = refused(spark, tables, SchemaError, column=column)
    assert f"prediction column {column!r} is not in it" in told
    assert "both.p" in told


def test_a_prediction_that_is_a_struct_is_refused_with_its_fields_and_each_can_be_named(
    spark: SparkSession, tables: Tables
) -> None:
    told = refused(spark, tables, SchemaError, column="both")
    assert "set predictions.column to one of its fields: both.p, both.q.r" in told
    # What is wrong next shows that the field was read.
    told = refused(spark, tables, DataError, column="both.q.r", labels={"column": "empty"})
    assert "NULL or NaN in all rows" in told


@pytest.mark.parametrize(
    ("task", "column", "problem"),
    [
        ("regression", "text", "prediction 'text' is string, not a number"),
        ("regression", "pair", "prediction 'pair' is array<double>, not a number"),
        ("binary", "text", "prediction 'text' is string, not a score or an array of them"),
    ],
)
def test_a_prediction_of_a_type_that_the_task_cannot_use(
    spark: SparkSession, tables: Tables, task: str, column: str, problem: str
) -> None:
    assert problem in refused(spark, tables, SchemaError, task=task, column=column)


@pytest.mark.parametrize(
    ("more", "problems"),
    [
        (
            {"task": "multilabel"},
            ("label 'late' is int, not an array of 0 and 1", "'prediction' is double, not an array"),
        ),
        ({"task": "multilabel", "labels": {"column": "words"}, "column": "text"}, ("'text' is string, not an array",)),
        ({"quantiles": (0.5,), "labels": {"column": "word"}}, ("label 'word' is string, not a number",)),
        ({"quantiles": (0.5,), "column": "text"}, ("'text' is string, not an array of numbers, one for each",)),
        (
            {"forecast": {}, "labels": {"column": "word"}, "column": "pair"},
            ("'word' is string", "'pair' is array<double>"),
        ),
        (
            {"ranking": {"group": ("id",)}, "labels": {"column": "word"}, "column": "text"},
            ("label 'word' is string, not a number, which says how relevant", "'text' is string, not a score"),
        ),
    ],
)
def test_types_that_a_task_of_several_numbers_or_rows_cannot_use(
    spark: SparkSession, tables: Tables, more: dict[str, Any], problems: tuple[str, ...]
) -> None:
    told = refused(spark, tables, SchemaError, **{"task": None, **more})
    assert [problem for problem in problems if problem not in told] == []


@pytest.mark.parametrize(
    ("column", "problems"),
    [
        (
            "ragged",
            ("column 'ragged' has arrays of 1 to 2 values; give each row a 0 or 1 for every label",),
        ),
        (
            "words",
            (
                "column 'words' has arrays of 1 values, but predictions have arrays of 2",
                "column 'words' has other values than 0 and 1 in the arrays of 2 rows",
            ),
        ),
    ],
)
def test_labels_that_are_not_a_0_or_1_for_each_score(
    spark: SparkSession, tables: Tables, column: str, problems: tuple[str, ...]
) -> None:
    told = refused(spark, tables, DataError, task=None, labels={"column": column}, column="pair")
    assert [problem for problem in problems if problem not in told] == []


def test_arrays_that_are_not_one_number_for_each_quantile(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, DataError, task=None, quantiles=(0.1, 0.5, 0.9), column="pair")
    assert "column 'pair' has arrays of 2 values, but quantiles has 3" in told


def test_labels_that_do_not_say_how_relevant_an_item_is(spark: SparkSession, tables: Tables) -> None:
    ranking = {"task": None, "ranking": {"group": ("id",)}}
    told = refused(spark, tables, DataError, labels={"column": "below"}, **ranking)
    assert "column 'below' is negative or not finite in 1 rows" in told
    told = refused(spark, tables, DataError, labels={"filter": "late = 0"}, **ranking)
    assert "column 'late' is above 0 in no row; a ranking needs relevant items" in told
    assert "NULL or NaN in all rows" in refused(spark, tables, DataError, labels={"column": "only"}, **ranking)


def test_groups_of_several_weights_and_slices(spark: SparkSession, tables: Tables) -> None:
    labels = {"keys": ("id", "twice"), "weight": "id"}
    ranking = {"group": ("twice",)}
    told = refused(spark, tables, DataError, task=None, labels=labels, ranking=ranking, slices=("place", "twice"))
    assert "weight column 'id' has several values in 1 groups; all items of a group must have the same" in told
    assert "slice 'place' has several values in 1 groups" in told
    assert "slice 'twice'" not in told


def test_a_forecast_whose_columns_are_not_there(spark: SparkSession, tables: Tables) -> None:
    wrong = {"horizon": "id >", "series": ("plac",), "time": "dat", "history": "late"}
    told = refused(spark, tables, SchemaError, task=None, forecast=wrong)
    assert "slice 'id >' is neither a column nor a SQL expression over its columns" in told
    assert "series column 'plac' is not in it; did you mean 'place'?" in told
    assert "time column 'dat' is not in it" in told
    assert "history 'late' is not a condition" in told
    told = refused(spark, tables, SchemaError, task=None, forecast={"scale": "word"})
    assert "scale 'word' is not a number" in told
    told = refused(spark, tables, SchemaError, task=None, forecast={"scale": "lat + 1"})
    assert "scale 'lat + 1' is neither a column nor a SQL expression over its columns" in told


def test_series_with_several_rows_of_one_time(spark: SparkSession, tables: Tables) -> None:
    series = {"series": ("twice",), "time": "twice"}
    told = refused(spark, tables, DataError, task=None, forecast=series)
    assert "1 series (twice) have several rows of one twice in their history; narrow forecast.history" in told


def test_a_task_that_cannot_be_told_and_what_is_refused_once_it_is(spark: SparkSession, tables: Tables) -> None:
    told = refused(spark, tables, ConfigError, task=None, labels={"column": "delay"}, column="pair")
    assert "a label of type double and a prediction of type array<double>; set task: regression, binary, " in told
    own = {"name": "width", "sql": "avg(prediction[1] - fair)", "direction": "lower"}
    told = refused(spark, tables, SchemaError, task=None, quantiles=(0.1, 0.9), column="pair", metrics=(own,))
    assert "metric 'width' names 'fair', which is no column of the labels table" in told
    assert "one of its fields: both.p" in refused(spark, tables, SchemaError, task=None, column="both")


@pytest.mark.parametrize(("task", "column"), [("regression", "word"), ("multiclass", "words")])
def test_a_label_of_a_type_that_the_task_cannot_use(
    spark: SparkSession, tables: Tables, task: str, column: str
) -> None:
    told = refused(spark, tables, SchemaError, task=task, labels={"column": column})
    assert f"label {column!r} is" in told
