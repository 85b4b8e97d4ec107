import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.version_names import entries, parsed_name, shown_name, unknown_names


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("metrics.auc", "metrics.auc"),
        (" metric . auc ", "metrics.auc"),
        ("computed.roc_auc", "computed.roc_auc"),
        ("param.`a b`", "params.a b"),
        ("parameters.a``b", "params.a``b"),
        ("params.`a``b`", "params.a`b"),
        ('tags."x, y"', "tags.x, y"),
        ("tag.val/loss", "tags.val/loss"),
        ("tags.a.b", "tags.a.b"),
        ("attributes.run_name", "run_name"),
        ("Version", "version"),
        ("`version`", "version"),
        ("other.x", "other.x"),
        ("auc", "auc"),
    ],
)
def test_a_fact_has_mlflows_names(text: str, fact: str) -> None:
    assert parsed_name(text) == fact


@given(st.text(min_size=1))
def test_a_name_that_is_shown_can_be_given_back(name: str) -> None:
    assert parsed_name(shown_name(f"metrics.{name}")) == f"metrics.{name}"


def test_one_text_may_hold_several_names_with_commas_between_them() -> None:
    found = list(entries(["-metrics.auc, version", 'tags.`a, b`,params."c,d"', "", " run_name DESC "]))
    assert found == ["-metrics.auc", "version", "tags.`a, b`", 'params."c,d"', "run_name DESC"]


def test_each_unknown_name_is_told_with_the_nearest() -> None:
    known = ["version", "metrics.auc", "computed.auc", "params.alpha", "tags.a b"]
    assert list(unknown_names(["auc", "metrics.alpha", "params.alhpa", "tags.ab", "zebra", "version"], known)) == [
        "no version has 'auc'; did you mean 'metrics.auc' or 'computed.auc'?",
        "no version has 'metrics.alpha'; did you mean 'params.alpha'?",
        "no version has 'params.alhpa'; did you mean 'params.alpha'?",
        "no version has 'tags.ab'; did you mean 'tags.`a b`'?",
        "no version has 'zebra'",
    ]
