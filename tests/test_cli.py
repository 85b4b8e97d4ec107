import json
import math
import re
import shlex
import socket
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import NumberFormatException
from pyspark.sql import SparkSession
from rich.console import Console
from tests.models import Store, log_classifier, make_store, register_directly
from typer.testing import CliRunner

from spark_models.cli import app, run_job
from spark_models.cli.printing import plain, show_error, show_unexpected
from spark_models.cli.traces import trace
from spark_models.core.config import CONFIGS
from spark_models.core.config.load import load_config
from spark_models.core.digest import digest_of
from spark_models.errors import EXIT_CODES, ConfigError
from spark_models.registry.files import DIGEST_TAG
from spark_models.spark.frames import local_frame

ROOT = Path(__file__).parents[1]
NUMBER = "4711"
PROMOTION = [
    "--set",
    "candidate=models:/m/2",
    "--set",
    "tables.location=ops/",
    "--set",
    "gate=[{metric: f1, absolute: 0}]",
]


@dataclass(frozen=True)
class Ran:
    """A run of the command line: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """The command line in this process, with the session of the test run."""

    def __init__(self, screen: pytest.CaptureFixture[str], store: Store, lake: Path) -> None:
        self.screen, self.store, self.lake = screen, store, lake

    def __call__(self, verb: str, *arguments: str, **settings: Any) -> Ran:
        """Run a verb with arguments and settings, ``output__table`` for ``output.table``."""
        given = {"registry__tracking_uri": self.store.config.tracking_uri, **settings}
        if verb != "card":
            given.setdefault("tables__location", f"{self.lake}/ops")
        pairs = [f"{name.replace('__', '.')}={json.dumps(value)}" for name, value in given.items()]
        return self.plain(verb, *arguments, *(part for pair in pairs for part in ("--set", pair)))

    def plain(self, *arguments: str) -> Ran:
        """Run just these arguments, in a wide terminal that is none."""
        self.screen.readouterr()
        result = CliRunner(env={"COLUMNS": "250"}).invoke(app, list(arguments))
        return Ran(result.exit_code, result.stdout, result.stderr + self.screen.readouterr().err)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """An MLflow store with two versions of ``late``; the first is its champion."""
    store = make_store(tmp_path_factory.mktemp("mlflow"))
    logged = log_classifier(store)
    for _ in range(2):
        register_directly(store, "late", logged)
    store.client.set_registered_model_alias("late", "champion", "1")
    return store


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], store: Store, tmp_path: Path) -> CommandLine:
    return CommandLine(capfd, store, tmp_path)


def written(spark: SparkSession, lake: Path, rows: Sequence[tuple[Any, ...]], columns: str) -> str:
    """A Delta table of a test's own rows."""
    table = str(lake / "flights")
    local_frame(spark, list(rows), columns).write.format("delta").save(table)
    return table


def scoring(table: str, lake: Path) -> dict[str, Any]:
    return {"model": "models:/late/1", "input__table": table, "output__table": f"{lake}/out", "output__keys": ["id"]}


# What each exit code is for


def test_a_run_that_succeeds_ends_with_0_and_writes_its_result_to_stdout(run: CommandLine) -> None:
    ran = run("card", "models:/late@champion")
    assert (ran.code, ran.err) == (0, "")
    assert "late version 1" in ran.out


def test_a_bug_ends_with_1_and_its_trace_is_in_the_log_and_not_on_the_screen(
    run: CommandLine, spark: SparkSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused() -> None:
        try:
            spark.sql(f"SELECT int('passenger {NUMBER}')").collect()
        except NumberFormatException as of_spark:
            raise ConfigError("history", ["told by us"]) from of_spark

    def broken(_: object) -> None:
        try:
            refused()
        except ConfigError:
            bug = ZeroDivisionError(f"passenger {NUMBER}")
            bug.add_note(f"passenger {NUMBER}")
            raise bug  # noqa: B904  # a bug is not raised from anything

    monkeypatch.setattr("spark_models.steps.history.history", broken)
    log = tmp_path / "logs/spark.log"

    ran = run("history", "late", session__log_file=str(log))

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"unexpected: ZeroDivisionError; the trace is in {log}\n"
    trace = log.read_text(encoding="utf-8")
    assert trace.count("in refused\n") == 2
    assert trace.count("in broken\n") == 2
    told = [line for line in trace.splitlines() if re.match(r"\w+[.\w]*(Error|Exception)|  - |[TW]h", line)]
    assert told == [
        "pyspark.errors.exceptions.captured.NumberFormatException (CAST_INVALID_INPUT)",
        "The exception above was the direct cause of this one:",
        "spark_models.errors.ConfigError: history:",
        "  - told by us",
        "While the exception above was handled, there was this one:",
        "ZeroDivisionError",
    ]
    # Values from rows stay out of it.
    assert NUMBER not in trace


def test_an_error_that_is_its_own_cause_has_one_trace() -> None:
    error = ValueError(NUMBER)
    error.__cause__ = error
    assert list(trace(error)) == ["Traceback (most recent call last):\n", "ValueError\n"]


def test_a_bug_is_json_where_json_is_asked_for(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("spark_models.steps.history.history", {}.popitem)
    ran = run("history", "late", "--json", session__log_file=str(tmp_path / "spark.log"))
    assert (ran.code, ran.err) == (1, "")
    assert (ran.json["error"], ran.json["exit_code"]) == ("TypeError", 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["scoree"], r"No such command 'scoree'. Did you mean 'score'"),
        (["score", "--sett", "x=1"], r"No such option: --sett .*--set"),
        (["card", "--set", "modell=x"], r"modell is not a key; did you mean 'model'\?"),
        (["card", "models:/late"], r"none of the forms models:/NAME/3"),
        (["history"], r"name is missing"),
        (["report", "late", "--format", "yaml"], r"Invalid value for '--format'"),
        (["card", "--config", "nowhere/card.yaml"], r"there is no such file"),
        (["promote", "--force", *PROMOTION], r"force needs a reason"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_ends_with_2(run: CommandLine, arguments: list[str], told: str) -> None:
    ran = run.plain(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert re.search(told, ran.err)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["score", "--sett", "x=1", "--json"], "No such option: --sett"),
        (["scoree", "--json"], "No such command 'scoree'"),
        (["report", "late", "--format", "json", "--file"], "Option '--file' requires an argument"),
        (["compare", "--format=json", "--report"], "Option '--report' requires an argument"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_a_wrong_command_line_is_json_where_json_is_asked_for(
    run: CommandLine, arguments: list[str], told: str
) -> None:
    ran = run.plain(*arguments)
    assert (ran.code, ran.err) == (2, "")
    assert (ran.json["error"], ran.json["exit_code"], ran.json["subject"]) == ("ConfigError", 2, "command line")
    [problem] = ran.json["problems"]
    assert problem.startswith(told)


def test_help_is_text_whoever_asks(run: CommandLine) -> None:
    ran = run.plain("score", "--json", "--help")
    assert ran.code == 0
    assert "Examples:" in ran.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("model: [late\n", ":2:1: not YAML"),
        (
            "model: models:/late/1\nregistry:\n  tracking_url: x\n",
            ":3: registry.tracking_url is not a key; did you mean",
        ),
        ("model: ${env:NO_SUCH_VARIABLE}\n", ":1: model: environment variable NO_SUCH_VARIABLE is not set"),
    ],
)
def test_a_wrong_config_ends_with_2_and_says_file_and_line(
    run: CommandLine, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "card.yaml"
    file.write_text(text, encoding="utf-8")
    ran = run.plain("card", "--config", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert f"{file}{told}" in ran.err


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("models:/lat/1", "there is no registered model 'lat'; did you mean 'late'?"),
        ("models:/late/7", "'late' has no version 7 (existing versions: 2, 1)"),
        ("models:/late@chamption", "'late' has no alias 'chamption'; did you mean 'champion'?"),
    ],
)
def test_a_model_that_is_not_there_ends_with_3(run: CommandLine, uri: str, told: str) -> None:
    ran = run("card", uri)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("error: ")
    assert told in ran.err


def test_a_server_that_does_not_answer_ends_with_3(run: CommandLine) -> None:
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        closed = once.getsockname()[1]
    ran = run("card", "models:/late/1", registry__tracking_uri=f"http://127.0.0.1:{closed}")
    assert (ran.code, ran.out) == (3, "")
    assert "does not answer: check that the server runs" in ran.err


def test_columns_that_do_not_fit_end_with_4(run: CommandLine, spark: SparkSession, tmp_path: Path) -> None:
    table = written(spark, tmp_path, [(1, 2.0, 3.0)], "id long, distanse double, delay double")
    ran = run("score", **scoring(table, tmp_path))
    assert (ran.code, ran.out) == (4, "")
    assert "'distance'" in ran.err
    assert "did you mean 'distanse'?" in ran.err
    assert "'dep_delay'" in ran.err


def test_files_that_are_not_the_registered_ones_end_with_5(run: CommandLine, store: Store) -> None:
    logged = log_classifier(store)
    (mlmodel,) = store.folder.rglob(f"{logged.model_id}/**/MLmodel")
    version = register_directly(store, "changed", logged, tags={DIGEST_TAG: digest_of(mlmodel.parent)})
    with mlmodel.open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    ran = run("card", f"models:/changed/{version}")
    assert (ran.code, ran.out) == (5, "")
    assert re.search(r"have the digest [0-9a-f]{64}, but [0-9a-f]{64} was registered", ran.err)


@pytest.mark.usefixtures("spark")
def test_a_promotion_that_the_gate_does_not_allow_ends_with_6(run: CommandLine) -> None:
    gate = [{"metric": "roc_auc", "absolute": 0.8}]
    ran = run("promote", candidate="models:/late/2", gate=gate)
    assert (ran.code, ran.out) == (6, "")
    assert "late version 2 does not become champion" in ran.err
    assert "run spark-models compare first" in ran.err


def test_rows_that_cannot_be_keyed_end_with_7_as_json_too(
    run: CommandLine, spark: SparkSession, tmp_path: Path
) -> None:
    table = written(spark, tmp_path, [(None, 2.0, 3.0)], "id long, distance double, dep_delay double")
    ran = run("score", "--json", **scoring(table, tmp_path))
    assert (ran.code, ran.err) == (7, "")
    assert (ran.json["error"], ran.json["exit_code"]) == ("DataError", 7)
    assert ran.json["problems"] == ["key 'id' is NULL in 1 rows; leave them out by input.filter: id IS NOT NULL"]


@pytest.mark.usefixtures("spark")
def test_a_report_is_printed_in_the_form_that_is_asked_for(run: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    assert run("report", "late", "--file", str(file), comparison_id="gone").code == 7
    text = run("report", "late", "--file", str(file))
    assert text.out.startswith(f"late: report of 2 versions and 0 comparisons in {file}, and in MLflow run ")
    assert run("report", "late", "--file", str(file), "--format", "md").out == f"report of 2 versions in {file}\n"
    told = run("report", "late", "--file", str(file), "--format", "json").json
    assert (told["file"], told["versions"], told["newest"]) == (str(file), [1, 2], None)
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


# What is printed


@pytest.mark.usefixtures("spark")
def test_results_are_json_where_json_is_asked_for(run: CommandLine) -> None:
    why = "because: [it] is = better"
    gate = [{"metric": "roc_auc", "absolute": 0.8}]
    moved = run("promote", "--force", "--reason", why, "--json", candidate="models:/late/2", alias="trial", gate=gate)
    told = run("history", "late", "--json")
    card = run("card", "models:/late/2", "--json")

    assert [ran.code for ran in (moved, told, card)] == [0, 0, 0]
    assert (moved.json["moved"], moved.json["forced"]) == (True, True)
    assert [(row["alias"], row["reason"], row["until"]) for row in told.json] == [("trial", why, None)]
    assert "trial" in card.json["aliases"]


def test_versions_are_chosen_by_the_options_of_the_command_line(run: CommandLine) -> None:
    options = ("--sort", "-metrics.rmse,version", "--columns", "version,metrics.*", "--trend", "rmse")
    told = run("versions", "late", "--where", "aliases = 'champion' or run_name != 'é, \"x\"'", *options, "--json")
    assert (told.code, told.err) == (0, "")
    assert [row["version"] for row in told.json["rows"][:2]] == [1, 2]
    assert told.json["columns"] == ["version", "metrics.rmse"]
    assert told.json["trend"]["points"][0]["value"] == 1.5
    shown = run("versions", "late", *options)
    assert shown.out.split()[:5] == ["late:", "2", "versions", "version", "metrics.rmse"]
    refused = run("versions", "late", "--where", "metrics.rsme > 1", "--columns", "versoin")
    assert (refused.code, refused.out) == (2, "")
    assert "where: no version has 'metrics.rsme'; did you mean 'metrics.rmse'?" in refused.err
    assert "columns: no version has 'versoin'; did you mean 'version'?" in refused.err


def test_json_has_null_for_a_number_that_it_cannot_hold() -> None:
    assert plain({"change": float("nan"), "relative_change": -math.inf, "value": (0.5,)}) == {
        "change": None,
        "relative_change": None,
        "value": [0.5],
    }


@pytest.mark.usefixtures("spark")
def test_a_reason_is_printed_as_it_was_given(run: CommandLine) -> None:
    settings = {"candidate": "models:/late/2", "alias": "marked", "gate": [{"metric": "roc_auc", "absolute": 0.8}]}
    assert run("promote", "--force", "--reason", "[red]not a colour", **settings).code == 0
    told = run("history", "late", alias="marked")
    assert "[red]not a colour" in told.out


def test_on_a_terminal_the_first_word_alone_is_coloured(tmp_path: Path) -> None:
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, color_system="standard", width=250)
    show_error(ConfigError("history", ["name is missing"]), console, as_json=False)
    config = load_config("card", None, ["model=models:/late/1"])
    with chdir(tmp_path):
        show_unexpected(ZeroDivisionError(), config, console, as_json=False)
    assert screen.getvalue() == (
        "\x1b[1;31merror: \x1b[0mhistory:\n  - name is missing\n"
        "\x1b[1;31munexpected: \x1b[0mZeroDivisionError; the trace is in spark-models.log\n"
    )


def test_there_are_no_colours_where_there_is_no_terminal(run: CommandLine) -> None:
    printed = [run("card", "models:/late/1"), run("card", "models:/late/9"), run.plain("--help")]
    assert not any("\x1b" in ran.out + ran.err for ran in printed)


@pytest.mark.parametrize("verb", [None, *CONFIGS])
def test_help_lists_every_exit_code(run: CommandLine, verb: str | None) -> None:
    ran = run.plain(*([verb] if verb else []), "--help")
    assert ran.code == 0
    for code, meaning in EXIT_CODES.items():
        assert f"{code}: {meaning}" in ran.out


@pytest.mark.parametrize("verb", CONFIGS)
def test_each_example_in_help_is_a_command_line_that_can_be_run(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(ROOT)
    ran = run.plain(verb, "--help")
    examples = [shlex.split(line) for line in ran.out.splitlines() if line.strip().startswith("spark-models ")]
    assert len(examples) >= 2
    for program, named, *arguments in examples:
        assert (program, named) == ("spark-models", verb)
        file, settings = _config_of(arguments)
        if file is not None:
            load_config(verb, ROOT / file, settings, {"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"})


def _config_of(arguments: list[str]) -> tuple[str | None, list[str]]:
    """An example's config file and settings."""
    pairs = list(zip(arguments, [*arguments[1:], ""], strict=True))
    files = [value for option, value in pairs if option in {"-c", "--config"}]
    return (files[0] if files else None), [value for option, value in pairs if option in {"-s", "--set"}]


def test_a_job_takes_the_options_of_its_command_line_and_ends_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["jobs/card.py", "--set", "modell=x", "--json"])
    with pytest.raises(SystemExit) as ended:
        run_job("card")
    assert ended.value.code == 2
    assert "modell is not a key" in json.loads(capfd.readouterr().out)["message"]


def test_the_readme_lists_every_exit_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for code, meaning in EXIT_CODES.items():
        assert f"| {code} | {meaning} |" in readme
