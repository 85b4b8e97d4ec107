import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from spark_models.core.config import SessionConfig
from spark_models.spark.session import get_session


def test_an_active_session_is_used_as_it_is(spark: SparkSession, tmp_path: Path) -> None:
    zone = spark.conf.get("spark.sql.session.timeZone")
    log = tmp_path / "spark.log"

    same = get_session(SessionConfig(settings={"spark.sql.session.timeZone": "Asia/Tokyo"}, log_file=str(log)))

    assert same is spark
    assert spark.conf.get("spark.sql.session.timeZone") == zone
    assert not log.exists()


@pytest.mark.parametrize(
    "statement",
    ["import spark_models", "from spark_models.cli import app", "from spark_models import ScoreConfig, SessionError"],
)
def test_importing_starts_nothing_and_loads_no_heavy_library(statement: str) -> None:
    heavy = "{'pyspark', 'delta', 'mlflow', 'numpy', 'pandas', 'pyarrow', 'sklearn', 'lightgbm'}"
    program = f"import sys\n{statement}\nprint(sorted({heavy} & set(sys.modules)))"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout == "[]\n"


def test_what_spark_says_of_a_row_is_raised_and_not_printed(
    spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    assert get_session() is not None
    with pytest.raises(PySparkException, match="987654"):
        spark.sql("SELECT cast('987654x' AS int)").collect()
    assert "987654" not in "".join(capfd.readouterr())
