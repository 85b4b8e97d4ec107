import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark import SparkFiles
from pyspark.sql import SparkSession

from spark_models.core.digest import digest_of
from spark_models.spark.archive import pack, ship


def model(folder: Path) -> Path:
    (folder / "code").mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    (folder / "code" / "a.py").write_text("x = 1")
    return folder


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    pack(model(tmp_path / "one"), tmp_path / "one.tar.gz")
    other = model(tmp_path / "other")
    (other / "MLmodel").chmod(0o600)
    pack(other, tmp_path / "other.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "other.tar.gz").read_bytes()


def test_an_archive_holds_the_models_files_and_their_paths(tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    (folder / "registered_model_meta").touch()
    pack(folder, tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        assert tar.getnames() == ["MLmodel", "code/a.py"]


def test_threads_that_pack_the_same_model_leave_one_whole_archive(tmp_path: Path) -> None:
    folder, archive = model(tmp_path / "model"), tmp_path / "archives" / "a.tar.gz"
    archive.parent.mkdir()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: pack(folder, archive), range(8)))
    assert [file.name for file in archive.parent.iterdir()] == ["a.tar.gz"]
    with tarfile.open(archive) as tar:
        assert len(tar.getnames()) == 2


def test_a_shipped_model_is_found_by_its_name_with_the_same_digest(spark: SparkSession, tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    digest = digest_of(folder)
    name = ship(spark, folder, digest)
    assert name == ship(spark, folder, digest)
    assert digest_of(Path(SparkFiles.get(name))) == digest
