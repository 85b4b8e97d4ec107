import pytest

from spark_models.core.micro_batch import counted, micro_batch_id


def test_micro_batches_of_a_stream_count_up_in_one_id() -> None:
    assert [counted(micro_batch_id("a-1", epoch)) for epoch in (0, 9, 10)] == [
        ("stream:a-1", 0),
        ("stream:a-1", 9),
        ("stream:a-1", 10),
    ]


@pytest.mark.parametrize("batch_id", ["daily-20260101", "98e45775e11169e3", "stream:a", "stream:a:x", "a:1"])
def test_any_other_batch_has_an_id_of_its_own(batch_id: str) -> None:
    assert counted(batch_id) == (batch_id, 1)
