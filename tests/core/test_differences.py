import json

from hypothesis import given
from hypothesis import strategies as st
from tests.rows import card_row

from spark_models.core.differences import KINDS, Difference, differences
from spark_models.core.tables import Card, LoggedFile

NAMES = st.sampled_from(["a", "b", "c"])
TEXTS = st.dictionaries(NAMES, st.sampled_from(["1", "2"]), max_size=3)
CARDS = st.builds(
    lambda parameters, tags, files, requirements, flavor: card_row(
        hyperparameters=parameters,
        tags=tags,
        logged_files=tuple(LoggedFile(path, int(size)) for path, size in files.items()),
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
        signature=signature(inputs=[delay], outputs=[{"type": "tensor"}], params=[{"name": "factor", "default": 1}]),
        requirements=("scikit-learn==1.9.0", "numpy"),
        logged_files=(LoggedFile("MLmodel", 10), LoggedFile("model.pkl", 20)),
    )
    candidate = card_row(
        hyperparameters={"alpha": "2.0", "same": "yes", "new": "y"},
        tags={"team": "science"},
        signature=signature(
            inputs=[{**delay, "type": "float"}, {"name": "hour", "type": "long"}],
            outputs=[{"type": "double"}],
            params=[{"name": "factor", "default": 2}],
        ),
        requirements=("lightgbm==4.7.0", "numpy>=2"),
        logged_files=(LoggedFile("MLmodel", 11), LoggedFile("model.lgb", 20)),
        flavor="lightgbm",
    )
    assert [(found.kind, found.name, found.change) for found in differences(candidate, baseline)] == [
        ("parameter", "alpha", "changed"),
        ("parameter", "gone", "removed"),
        ("parameter", "new", "added"),
        ("tag", "team", "changed"),
        ("input", "delay", "changed"),
        ("input", "hour", "added"),
        ("output", "0", "changed"),
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
        Difference("requirement", "numpy", "any", None),
        Difference("requirement", "numpy[extra]", None, "==2"),
        Difference("file", "MLmodel", "1000 bytes", "1 bytes"),
    )


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
