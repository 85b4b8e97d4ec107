"""Two models of whether a flight will arrive late, from what is known when it leaves the gate."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from lightgbm import LGBMClassifier
from mlflow.models import infer_signature
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

TEXTS = ["carrier", "origin", "dest"]
NUMBERS = ["dep_delay", "distance", "hour", "minute", "weekday"]
# No arrival time, air time or arrival delay: nobody knows them at the gate.
FEATURES = [*TEXTS, *NUMBERS]
TRAINING_MONTHS = "month <= 9"
REQUIREMENTS = [f"{package}=={version(package)}" for package in ("cloudpickle", "lightgbm", "pandas", "scikit-learn")]


@dataclass(frozen=True)
class Recipe:
    """A model to train: ``build`` makes it from its parameters."""

    run_name: str
    parameters: dict[str, float]
    build: Callable[..., Pipeline]


def logistic(**parameters: float) -> Pipeline:
    """Imputed and scaled numbers, one-hot texts, logistic regression."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = OneHotEncoder(handle_unknown="ignore")
    columns = ColumnTransformer([("numbers", numbers, NUMBERS), ("texts", texts, TEXTS)])
    return make_pipeline(columns, LogisticRegression(max_iter=200, **parameters))


def boosted(**parameters: Any) -> Pipeline:
    """Texts as categories, gradient-boosted trees."""
    texts = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("texts", texts, TEXTS), ("numbers", "passthrough", NUMBERS)])
    # As plain arrays: the trees then know columns by place, as the ColumnTransformer gives them.
    trees = LGBMClassifier(verbose=-1, random_state=0, **parameters)
    return make_pipeline(columns.set_output(transform="default"), trees)


LOGISTIC = Recipe("logistic regression", {"C": 1.0}, logistic)
BOOSTED = Recipe("boosted trees", {"n_estimators": 200, "learning_rate": 0.05, "num_leaves": 31}, boosted)


def experiment_in(folder: Path, store: str, name: str) -> str:
    """The id of an MLflow experiment in a store, made if it is not there, with its artifacts in ``folder``."""
    mlflow.set_tracking_uri(store)
    found = mlflow.get_experiment_by_name(name)
    return found.experiment_id if found else mlflow.create_experiment(name, f"{folder.absolute()}/artifacts")


def training_rows(spark: SparkSession, table: Path) -> pd.DataFrame:
    """The flights from January to September that have an outcome."""
    flights = spark.read.format("delta").load(str(table)).where(TRAINING_MONTHS).where(F.col("late").isNotNull())
    return flights.select(*FEATURES, "late").toPandas()


def trained(recipe: Recipe, spark: SparkSession, table: Path, experiment: str) -> tuple[str, bool]:
    """Train a model and log it to MLflow, unless that was done before.

    Returns:
        The logged model's URI, and whether it was trained now.
    """
    before = mlflow.search_logged_models(
        experiment_ids=[experiment],
        filter_string=f"name = '{recipe.run_name.replace(' ', '_')}'",
        output_format="list",
    )
    if before:
        return f"models:/{before[0].model_id}", False
    rows = training_rows(spark, table)
    model = recipe.build(**recipe.parameters).fit(rows[FEATURES], rows["late"].astype("int64"))
    return _logged(recipe, model, rows, experiment), True


def _logged(recipe: Recipe, model: Pipeline, rows: pd.DataFrame, experiment: str) -> str:
    features, late = rows[FEATURES], rows["late"].astype("int64")
    example = features.head(5)
    likely = model.predict_proba(features)[:, 1]
    with mlflow.start_run(experiment_id=experiment, run_name=recipe.run_name):
        mlflow.log_params(recipe.parameters)
        mlflow.log_metrics({"train_roc_auc": roc_auc_score(late, likely), "train_log_loss": log_loss(late, likely)})
        logged = mlflow.sklearn.log_model(
            model,
            name=recipe.run_name.replace(" ", "_"),
            signature=infer_signature(example, model.predict(example)),
            input_example=example,
            # skops, the default, takes no trees; and finding out what a model imports takes a minute.
            serialization_format="cloudpickle",
            pip_requirements=REQUIREMENTS,
        )
    return f"models:/{logged.model_id}"
