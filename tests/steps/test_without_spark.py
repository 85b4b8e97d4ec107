"""What needs rows of the package's own tables alone, and has them on a disk, does without Spark and its JVM."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.models import add_version, log_classifier, log_regression, make_store

PROGRAM = """
import json, sys
from pyspark import SparkContext
import spark_models as sm

source, second, given = json.loads(sys.argv[1])
for each in (source, second):
    sm.register(sm.RegisterConfig(source=each, name="delay", aliases=["champion"], **given))
held = {"name": "delay", "alias": "champion"} | given
forced = {"alias": "champion", "gate": [{"metric": "rmse", "absolute": 1.0}], "force": True, "reason": "liked"}
sm.promote(sm.PromoteConfig(candidate="models:/delay/1", **forced, **given))
sm.rollback(sm.RollbackConfig(reason="not so good", **held))
print(json.dumps([(tenure.model_version, tenure.action) for tenure in sm.history(sm.HistoryConfig(**held))]))
print(SparkContext._active_spark_context)
"""


def test_versions_are_registered_promoted_and_rolled_back_without_a_jvm(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    models = [log_regression(store), log_classifier(store)]
    for model in models:
        add_version(store, "delay", model)
    given = {"registry": store.config.model_dump(), "tables": {"location": f"{tmp_path}/ops"}}
    told = json.dumps([*(model.uri for model in models), given])
    # Where there is no Java, no JVM can start.
    environment = os.environ | {"JAVA_HOME": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, told]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert ended.returncode == 0, ended.stderr
    history, context = ended.stdout.splitlines()
    assert json.loads(history) == [[1, "register"], [2, "register"], [1, "promote"], [2, "rollback"]]
    assert context == "None"
