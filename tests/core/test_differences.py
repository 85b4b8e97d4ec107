import json

from hypothesis import given
from hypothesis import strategies as st
from tests.rows import card_row

from spark_models.core.differences import KINDS, Difference, differences
from spark_models.core.tables import Card, Dataset, LoggedFile

NAMES = st.sampled_from(["a", "b", "c"])
TEXTS = st.dictionaries(NAMES, st.sampled_from(["1", "2"]), max_size=3)
CARDS = st.builds(
    lambda parameters, tags, files, requirements, flavor: card_row(
        hyperparameters=parameters,
        tags=tags,
        logged_files=tuple(LoggedFile(path, 9, content * 64) for path, content in files.items()),
        requirements=tuple(requirements),
        flavor=flavor,
    ),
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(st.sampled_from(["a==1", "a==2", "b", "c[x]>=1"]), unique=True, max_size=3),
    NAMES,
)


def signature(**parts: list[dict[str, object]]) -> str:
    return json.dumps(parts)


def test_everything_that_may_explain_a_better_version_is_told() -> None:
    delay = {"name": "delay", "type": "double", "required": True}
    baseline = card_row(
        hyperparameters={"alpha": "1.0", "same": "yes", "gone": "x"},
        tags={"team": "ops"},
        signature=signature(
            inputs=[delay],
            outputs=[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}],
            params=[{"name": "factor", "type": "long", "default": 1}],
        ),
        requirements=("scikit-learn==1.9.0", "numpy"),
        logged_files=(LoggedFile("MLmodel", 10, "a" * 64), LoggedFile("model.pkl", 20, "b" * 64)),
        datasets=(Dataset("flights", "f1", "training"),),
    )
    candidate = card_row(
        hyperparameters={"alpha": "2.0", "same": "yes", "new": "y"},
        tags={"team": "science"},
        signature=signature(
            inputs=[{**delay, "type": "float"}, {"name": "hour", "type": "long"}],
            outputs=[{"type": "double"}],
            params=[{"name": "factor", "type": "long", "default": 2}],
        ),
        requirements=("lightgbm==4.7.0", "numpy>=2"),
        logged_files=(LoggedFile("MLmodel", 10, "c" * 64), LoggedFile("model.lgb", 20, "d" * 64)),
        datasets=(Dataset("flights", "f2", "training"), Dataset("flights", "f2", "testing")),
        flavor="lightgbm",
    )
    assert [(found.kind, found.name, found.change) for found in differences(candidate, baseline)] == [
        ("parameter", "alpha", "changed"),
        ("parameter", "gone", "removed"),
        ("parameter", "new", "added"),
        ("dataset", "flights (testing)", "added"),
        ("dataset", "flights (training)", "changed"),
        ("tag", "team", "changed"),
        ("input", "delay", "retyped"),
        ("input", "hour", "added"),
        ("output", "0", "retyped"),
        ("inference parameter", "factor", "changed"),
        ("requirement", "lightgbm", "added"),
        ("requirement", "numpy", "changed"),
        ("requirement", "scikit-learn", "removed"),
        ("flavor", "flavor", "changed"),
        ("file", "MLmodel", "changed"),
        ("file", "model.lgb", "added"),
        ("file", "model.pkl", "removed"),
    ]


def test_values_are_as_a_person_reads_them() -> None:
    candidate = card_row(requirements=("numpy",), logged_files=(LoggedFile("MLmodel", 1000),))
    baseline = card_row(requirements=("numpy[extra]==2",), logged_files=(LoggedFile("MLmodel", 1),))
    assert differences(candidate, baseline) == (
        Difference("requirement", "numpy", "added", "any", None),
        Difference("requirement", "numpy[extra]", "removed", None, "==2"),
        Difference("file", "MLmodel", "changed", "1000 bytes", "1 bytes"),
    )


def test_files_are_told_apart_by_digest_and_by_size_where_a_card_has_none() -> None:
    ours, theirs, old = (
        card_row(logged_files=(LoggedFile("model.pkl", 20, content and content * 64),)) for content in ("a", "b", None)
    )
    (found,) = differences(ours, theirs)
    assert (found.candidate, found.baseline) == (f"sha256 {'a' * 64}, 20 bytes", f"sha256 {'b' * 64}, 20 bytes")
    assert differences(ours, old) == ()
    (resized,) = differences(ours, card_row(logged_files=(LoggedFile("model.pkl", 21),)))
    assert (resized.candidate, resized.baseline) == ("20 bytes", "21 bytes")


def test_what_is_equal_is_told_where_it_is_asked_for() -> None:
    ours, theirs = card_row(), card_row(hyperparameters={"alpha": "2.0"})
    found = differences(ours, theirs, only_differences=False)
    assert [(one.kind, one.name, one.change) for one in found] == [
        ("parameter", "alpha", "changed"),
        ("tag", "team", "equal"),
        ("requirement", "scikit-learn", "equal"),
        ("flavor", "flavor", "equal"),
        ("file", "MLmodel", "equal"),
    ]
    assert tuple(one for one in found if one.change != "equal") == differences(ours, theirs)


def test_a_package_with_several_requirements_is_compared_by_all_of_them() -> None:
    both = ("a==1; python_version < '3.12'", "a==2; python_version >= '3.12'")
    assert differences(card_row(requirements=both[::-1]), card_row(requirements=both)) == ()
    (found,) = differences(card_row(requirements=both), card_row(requirements=both[1:]))
    assert found.candidate == "==1; python_version < '3.12' and ==2; python_version >= '3.12'"


def test_tags_of_mlflow_and_of_ours_explain_nothing() -> None:
    tags = {"mlflow.user": "a", "spark_models.digest": "b"}
    assert differences(card_row(tags=tags), card_row(tags={})) == ()


@given(CARDS)
def test_a_card_does_not_differ_from_itself(card: Card) -> None:
    assert differences(card, card) == ()


@given(CARDS, CARDS)
def test_seen_from_the_other_side_what_was_added_is_removed(one: Card, other: Card) -> None:
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    there = [(found.kind, found.name, found.candidate, found.baseline) for found in differences(one, other)]
    back = [(found.kind, found.name, found.baseline, found.candidate) for found in differences(other, one)]
    assert there == back
    changes = [found.change for found in differences(one, other)]
    assert changes == [opposite[found.change] for found in differences(other, one)]


@given(CARDS, CARDS)
def test_cards_without_differences_are_alike_in_all_that_is_compared(one: Card, other: Card) -> None:
    def compared(card: Card) -> tuple[object, ...]:
        return card.hyperparameters, card.tags, set(card.logged_files), set(card.requirements), card.flavor

    assert (differences(one, other) == ()) == (compared(one) == compared(other))


@given(CARDS, CARDS)
def test_differences_are_in_the_order_of_their_kinds(one: Card, other: Card) -> None:
    found = differences(one, other)
    assert list(found) == sorted(found, key=lambda difference: (KINDS.index(difference.kind), difference.name))
