import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from spark_models.core.digest import digest_of, logged_files, model_files
from spark_models.core.tables import LoggedFile

FOLDERS = st.dictionaries(st.from_regex(r"[a-c]{1,2}(/[d-f]{1,2})?", fullmatch=True), st.binary(max_size=3), max_size=4)


def digest(files: dict[str, bytes]) -> str:
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            file = Path(folder, name + ".bin")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return digest_of(Path(folder))


@given(FOLDERS, FOLDERS)
def test_two_folders_have_one_digest_if_and_only_if_names_and_contents_are_the_same(
    one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    assert (digest(one) == digest(other)) == (one == other)


def test_content_that_moves_from_one_file_to_the_next_changes_the_digest() -> None:
    assert digest({"a": b"xy", "b": b""}) != digest({"a": b"x", "b": b"y"})
    assert digest({"a": b"x", "b": b"y"}) != digest({"a": b"y", "b": b"x"})


def test_the_digest_is_a_sha256(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_bytes(b"flavors")
    content = hashlib.sha256(b"flavors").digest()
    stream = (7).to_bytes(8, "big") + b"MLmodel" + content
    assert digest_of(tmp_path) == hashlib.sha256(stream).hexdigest()


def test_what_mlflow_writes_when_it_downloads_is_not_the_models(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").touch()
    before = digest_of(tmp_path)
    (tmp_path / "registered_model_meta").write_text("model_name: delay")
    assert digest_of(tmp_path) == before
    assert model_files(tmp_path) == (Path("MLmodel"),)


def test_each_file_has_its_size_and_the_sha256_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_bytes(b"flavors")
    assert logged_files(tmp_path) == (LoggedFile("MLmodel", 7, hashlib.sha256(b"flavors").hexdigest()),)


def test_files_are_sorted_by_their_posix_paths(tmp_path: Path) -> None:
    for name in ("b", "a/z", "a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.as_posix() for path in model_files(tmp_path)] == ["a.txt", "a/z", "b"]
