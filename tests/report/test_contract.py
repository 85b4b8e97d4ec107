import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.report.comparisons import HOSTILE, model_report
from tests.rows import START, card_row, metric_row

from spark_models.core.comparison import Comparison
from spark_models.core.report import Report, newest_first
from spark_models.report.html import document, report_page
from spark_models.report.html.columns import columns_of
from spark_models.report.html.contract import as_json, contract_of

PAGE = Path(document.__file__).parents[1] / "page"


def values(report: Report) -> dict[str, tuple[object, ...]]:
    return {column.key: column.values for column in columns_of(report)}


def test_versions_have_their_own_and_the_computed_metrics() -> None:
    found = {column.key: column for column in columns_of(model_report())}
    computed = found["computed:roc_auc"]
    assert computed.values[3] is None
    assert computed.values[0] == 0.78
    assert computed.low is not None
    assert computed.low[0] is not None
    assert (computed.direction, found["computed:log_loss"].direction) == ("higher", "lower")
    assert found["logged:train_00"].values[0] == pytest.approx(math.sin(1))
    assert found["parameter:learning_rate"].kind == "number"
    assert found["property:version"].values == (1, 2, 3, 4)


def test_logged_metrics_with_a_parameter_have_the_direction_of_their_family() -> None:
    card = card_row(model_version=1, metrics={"ndcg_at_5": 0.5, "pinball_loss_10": 1.0, "depth": 3.0})
    columns = columns_of(Report("delay", START, (card,), ()))
    directions = {column.name: column.direction for column in columns if column.group == "logged"}
    assert directions == {"ndcg_at_5": "higher", "pinball_loss_10": "lower", "depth": "none"}


def test_the_newest_comparison_decides_what_a_version_is_worth() -> None:
    old = Comparison((metric_row("roc_auc", 0.6, 0.5),), ())
    new = Comparison((metric_row("roc_auc", 0.9, 0.8, comparison_id="z", candidate_version=3),), ())
    report = Report("delay", START, (), newest_first((old, new)))
    assert [one.comparison_id for one in report.comparisons] == ["z", "first"]
    (column,) = (column for column in columns_of(report) if column.group == "computed")
    # Each value says of which comparison it is: those of different ones are over other rows.
    assert (column.values, column.comparison) == ((0.8, 0.6, 0.9), (0, 1, 0))


def test_what_is_kept_in_tags_by_programs_is_not_shown() -> None:
    tags = {"team": "ops", "spark_models.digest": "0123", "mlflow.user": "me"}
    report = Report("delay", START, (card_row(tags=tags),), ())
    assert [column.name for column in columns_of(report) if column.group == "tag"] == ["team"]
    assert contract_of(report)["cards"][0]["tags"] == {"team": "ops"}


def test_a_card_that_knows_no_files_does_not_tell_of_any() -> None:
    found = values(Report("delay", START, (card_row(logged_files=(), digest="", flavor=""),), ()))
    assert {found[f"property:{name}"] for name in ("files", "bytes", "digest", "flavor")} == {(None,)}


def test_a_text_is_a_number_only_if_nothing_of_it_is_lost() -> None:
    def kind(*texts: str) -> str:
        cards = tuple(card_row(model_version=at, hyperparameters={"p": text}) for at, text in enumerate(texts))
        return next(column.kind for column in columns_of(Report("delay", START, cards, ())) if column.name == "p")

    assert kind("1", "-2.5", "1e-05") == "number"
    for texts in (("1", "auto"), ("007",), ("12345678901",), ("1_000",), ("nan",), ("",)):
        assert kind(*texts) == "text", texts


def test_numbers_that_json_lacks_travel_as_texts() -> None:
    card = card_row(metrics={"a": math.nan, "b": math.inf, "c": 1 / 3})
    told = json.loads(as_json(contract_of(Report("delay", START, (card,), ()))))
    assert told["cards"][0]["metrics"] == {"a": "NaN", "b": "Infinity", "c": 0.333333333}


def test_a_comparison_is_columnar_without_what_its_rows_share() -> None:
    told = contract_of(model_report())["comparisons"][0]
    lengths = {len(column) for column in told["metrics"].values()}
    assert len(lengths) == 1
    assert not {"comparison_id", "model_name", "label_table"} & told["metrics"].keys()
    assert (told["confidence"], told["candidates"], told["baseline_version"]) == (0.95, (2, 3), 1)
    assert {(curve["curve"], curve["version"]) for curve in told["curves"]} >= {("roc", 1), ("difference_histogram", 3)}


class Scripts(HTMLParser):
    """Collects a page's script elements, as a browser's parser finds them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        self.tags.append(tag)
        if tag == "script":
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if self.found and self.tags[-1] == "script":
            self.found[-1] += data


def test_nothing_of_the_report_can_become_markup() -> None:
    page = report_page(Report(HOSTILE, START, (card_row(tags={HOSTILE: HOSTILE}),), ()))
    parser = Scripts()
    parser.feed(page)
    assert len(parser.found) == 4
    assert "img" not in parser.tags
    assert json.loads(parser.found[0])["model"] == HOSTILE
    assert HOSTILE not in page


def test_only_the_page_s_own_scripts_may_run() -> None:
    page = report_page(model_report())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src &#x27;none&#x27;; script-src &#x27;sha256-")
    assert "unsafe-eval" not in policy[1]
    assert policy[1].count("sha256-") == 3


def test_every_script_and_style_is_in_the_page_after_what_it_imports() -> None:
    assert sorted(path.name for path in PAGE.iterdir()) == sorted([*document.SCRIPTS, *document.STYLES, "page.html"])
    place = {name: at for at, name in enumerate(document.SCRIPTS)}
    exports = {name: _exports((PAGE / name).read_text(encoding="utf-8")) for name in document.SCRIPTS}
    for name in document.SCRIPTS:
        for names, module in re.findall(r'^import \{([^}]*)\} from "\./(.*)";$', _text(name), re.MULTILINE):
            assert place[module] < place[name], (name, module)
            assert {part.strip() for part in names.split(",") if part.strip()} <= exports[module], (name, module)


def _text(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _exports(text: str) -> set[str]:
    return set(re.findall(r"^export (?:async )?(?:const|function) (\w+)", text, re.MULTILINE))
