from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.identifiers import derived_id

VALUES = st.none() | st.booleans() | st.integers() | st.text()
FACTS = st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), VALUES, max_size=5)


@given(FACTS)
def test_the_order_of_facts_does_not_matter(facts: dict[str, object]) -> None:
    assert derived_id(**facts) == derived_id(**dict(reversed(facts.items())))


@given(FACTS, FACTS)
def test_other_facts_have_another_id(one: dict[str, object], other: dict[str, object]) -> None:
    assert (derived_id(**one) == derived_id(**other)) == (repr(sorted(one.items())) == repr(sorted(other.items())))


def test_an_id_is_sixteen_hex_digits() -> None:
    assert len(derived_id()) == 16
    assert int(derived_id(a=1), 16) > 0
