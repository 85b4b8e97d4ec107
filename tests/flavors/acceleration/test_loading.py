"""What workers load of an archive: a form that was admitted, or the library's own predictor."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.flavors.acceleration.models import booster, pipeline, rows, tree_rows

from spark_models import flavors
from spark_models.core.predictor import PredictorSpec
from spark_models.errors import ConfigError
from spark_models.flavors.acceleration import folded_file
from spark_models.flavors.acceleration.compiled import compile_booster
from spark_models.flavors.acceleration.folded import fold
from spark_models.flavors.acceleration.folded_file import save_folded
from spark_models.flavors.acceleration.loading import COMPILED, FOLDED, FORM_FILES
from spark_models.flavors.sklearn import SWITCH
from spark_models.registry.fluent import quiet


def spec_of(folder: Path, flavor: str, **more: Any) -> PredictorSpec:
    settings = mlflow.models.Model.load(folder).flavors[flavor]
    return PredictorSpec("late version 1", "0", flavor, settings=json.dumps(settings, default=str), **more)


@pytest.fixture(scope="module")
def folded_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline's files with its folded form, as a worker finds them."""
    folder = tmp_path_factory.mktemp("archive") / "sklearn"
    model = pipeline(LogisticRegression(), rows()["delay"] > 0)
    with quiet():
        mlflow.sklearn.save_model(
            model, str(folder), pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        )
    folded = fold(model, "predict_proba")
    assert folded is not None
    save_folded(folded, folder / FORM_FILES[FOLDED])
    return folder


# In a process of its own: ordinary rows need no scikit-learn, a category that the model refuses does.
PREDICTS_COLD = """
import pickle, sys
from pathlib import Path
from spark_models import flavors

folder, spec, rows = pickle.loads(sys.stdin.buffer.read())
folded = flavors.load(folder, spec)
predicted = [folded.predict(rows), "sklearn" in sys.modules]
try:
    folded.predict(rows.assign(carrier="unseen"))
except ValueError:
    predicted.append("sklearn" in sys.modules)
sys.stdout.buffer.write(pickle.dumps(predicted))
"""


def test_a_worker_predicts_folded_without_scikit_learn_until_a_batch_needs_it(folded_archive: Path) -> None:
    spec = spec_of(folded_archive, "sklearn", method="predict_proba", acceleration="folded")
    given = pickle.dumps((folded_archive, spec, rows()))
    ended = subprocess.run([sys.executable, "-c", PREDICTS_COLD], check=True, capture_output=True, input=given)
    predicted, needed_at_once, needed_in_the_end = pickle.loads(ended.stdout)  # noqa: S301  # its own
    own = flavors.load(folded_archive, spec_of(folded_archive, "sklearn", method="predict_proba"))
    assert predicted.tobytes() == own.predict(rows()).tobytes()
    assert (needed_at_once, needed_in_the_end) == (False, True)


def test_a_folded_form_only_reads_even_where_the_librarys_own_predictor_writes(tmp_path: Path) -> None:
    numbers = pd.DataFrame(rows()[["hour", "delay"]].to_numpy(), columns=["hour", "delay"])
    # It scales the batch itself.
    model = make_pipeline(StandardScaler(copy=False), LogisticRegression()).fit(numbers.copy(), numbers["delay"] > 0)
    with quiet():
        mlflow.sklearn.save_model(
            model, str(tmp_path / "model"), pip_requirements=["scikit-learn"], serialization_format="cloudpickle"
        )
    folded = fold(model, "predict")
    assert folded is not None
    save_folded(folded, tmp_path / "model" / FORM_FILES[FOLDED])
    own = flavors.load(tmp_path / "model", spec_of(tmp_path / "model", "sklearn"))
    accelerated = flavors.load(tmp_path / "model", spec_of(tmp_path / "model", "sklearn", acceleration="folded"))
    assert (own.only_reads, accelerated.only_reads) == (False, True)
    # Too large a number for the fold.
    batch = numbers * [1e200, 1.0]
    given = batch.copy()
    predictions = accelerated.predict(given)
    assert given.equals(batch)
    assert list(predictions) == list(own.predict(given))
    assert not given.equals(batch)


def test_a_worker_that_lacks_scikit_learn_says_so_before_the_first_batch(
    folded_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folded_file, "find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError) as caught:
        flavors.load(folded_archive, spec_of(folded_archive, "sklearn", acceleration="folded"))
    assert caught.value.name == "sklearn"


def test_a_folded_form_is_a_pickle_to_mlflows_switch(folded_archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "false")
    with pytest.raises(ConfigError, match=f"{SWITCH} forbids"):
        flavors.load(folded_archive, spec_of(folded_archive, "sklearn", acceleration="folded"))


def test_a_worker_without_the_compiled_file_or_lleaves_takes_the_librarys_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, model = tmp_path / "lightgbm", booster()
    with quiet():
        mlflow.lightgbm.save_model(model, str(folder), pip_requirements=["lightgbm"])
    spec = spec_of(folder, "lightgbm", acceleration="compiled")
    assert flavors.load(folder, spec).form == ""
    assert compile_booster(model, folder / FORM_FILES[COMPILED]) is None
    assert flavors.load(folder, spec).form == "compiled"
    monkeypatch.setitem(sys.modules, "lleaves", None)
    without = flavors.load(folder, spec)
    assert without.form == ""
    assert without.predict(tree_rows()).tobytes() == np.asarray(model.predict(tree_rows())).tobytes()
