"""What slices are called: different ones differently."""

from itertools import product

from spark_models.core.slices import Slice, each_once, slice_name, slice_title


def test_different_slices_are_called_differently() -> None:
    words = ("a", "x", "'", "")
    texts = [" ".join(some) for count in (1, 2, 3) for some in product(words, repeat=count)]
    slices: list[Slice] = [*texts, *product(texts, repeat=2)]
    assert len({slice_title(one) for one in slices}) == len(slices)


def test_crossed_names_are_told_from_one_that_looks_like_them_and_from_others_that_join_to_the_same() -> None:
    alike: list[Slice] = ["a x b", ("a", "b"), ("'a", "b'"), "'a x b'"]
    overlapping: list[Slice] = [("a x", "b"), ("a", "x b"), ("a", "x", "b"), ("a x b", "c"), ("a", "b", "c")]
    titles = [slice_title(one) for one in (*alike, *overlapping)]
    assert len(set(titles)) == len(titles)
    assert titles[1] == "a x b"


def test_values_that_look_like_a_comparison_or_like_no_value_are_told_apart() -> None:
    columns, values = ["a", "a = b"], [None, "NULL", "'NULL'", "", "''", "b = true", "true", "= true"]
    names = [slice_name(column, value) for column, value in product(columns, values)]
    assert len(set(names)) == len(names)


def test_a_slice_that_is_given_twice_is_one() -> None:
    assert each_once(["a", ("a",), ("a", "b"), ("a", "b"), "a x b"]) == (("a",), ("a", "b"), "a x b")
