"""LightGBM's trees as machine code: made by lleaves on the driver, loaded from the archive by workers.

Each tree is a block of its own (``fblocksize``): one tree goes over all rows, and then the next, so that a tree's code
stays in the processor's cache, and each sum is of one tree after the other, as LightGBM does it, with the same bits.
Blocks of several trees round otherwise, and where a prediction is a small difference of large numbers, or one minus a
probability near one, that shows beyond any tolerance. Trees are not inlined (``finline``), which costs minutes for a
large forest. The code is for the processor's whole family, and not only for
what the driver has of it.
"""

import hashlib
import json
import platform
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spark_models.flavors.acceleration.compiled_booster import CompiledBooster, with_booster
from spark_models.flavors.acceleration.forest import forest_of

# The objectives whose results lleaves computes as LightGBM does; cross_entropy_lambda, for one, it rounds otherwise.
OBJECTIVES = frozenset({
    "binary", "cross_entropy", "fair", "gamma", "huber", "lambdarank", "mape", "multiclass", "poisson", "quantile",
    "rank_xendcg", "regression", "regression_l1", "tweedie",
})  # fmt: skip
# Half a minute of compiling.
MOST_LEAVES = 50_000
# What its check would ask, times trees: some five seconds. A thousand trees of 31 leaves are below it, hundreds with
# splits on thousands of categories above.
MOST_ANSWERS = 150_000_000
_METHODS = {"Booster": {"predict"}, "LGBMRegressor": {"predict"}, "LGBMClassifier": {"predict", "predict_proba"}}


def booster_of(model: Any, method: str) -> Any:
    """The booster behind a model of LightGBM's own kinds, or None if its method cannot be compiled."""
    kind = type(model)
    known = kind.__module__.startswith("lightgbm.") and method in _METHODS.get(kind.__qualname__, set())
    if not known:
        return None
    return model if kind.__qualname__ == "Booster" else model.booster_


def refusal(booster: Any) -> str | None:
    """Why a booster is not compiled, or None."""
    try:
        forest = forest_of(booster.model_to_string())
    except (KeyError, ValueError):
        return "its text is not of the version of LightGBM's format that is known"
    reasons = {
        f"its objective is {forest.objective or 'of its own'}": forest.objective.partition(" ")[0] not in OBJECTIVES,
        "its leaves are linear models": any(tree.is_linear for tree in forest.trees),
        "it maps pandas' categories": bool(booster.pandas_categorical),
        "it averages trees of several outputs": forest.is_averaged and forest.outputs > 1,
        "it has no trees": not forest.trees,
        f"it has more than {MOST_LEAVES} leaves": forest.leaves > MOST_LEAVES,
        "it has too many splits to check each of them": forest.questions * len(forest.trees) > MOST_ANSWERS,
        "it splits at zero": any(((tree.threshold == 0) & ~tree.is_categorical).any() for tree in forest.trees),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def compile_booster(booster: Any, file: Path) -> str | None:
    """Compile a booster's trees up to its best iteration into ``file``; gives the reason if it cannot be done.

    The file holds a line of JSON, which says what it was made of and for, and an object file. It takes about a
    second for each 2000 leaves.
    """
    if reason := refusal(booster):
        return reason
    try:
        import lleaves  # noqa: F401  # whether it can be imported is what is asked
    except ImportError:
        return "lleaves is not installed: pip install 'spark-models[accelerate]'"
    with tempfile.TemporaryDirectory() as folder:
        text, compiled = Path(folder) / "model.txt", Path(folder) / "forest.o"
        booster.save_model(text)
        try:
            _model(text, compiled)
        except (AssertionError, RuntimeError, ValueError) as error:
            return f"lleaves refuses it ({type(error).__name__})"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(json.dumps(_made_for(text)).encode() + b"\n" + compiled.read_bytes())
    return None


def load_compiled(model: Any, method: str, file: Path) -> Callable[[Any], Any] | None:
    """The model's method with compiled trees, or None if ``file`` is not of this model and for this processor.

    Batches whose columns are not all numbers are handed to the library, as is all but plain prediction.

    Raises:
        ModuleNotFoundError: if lleaves is not installed here.
    """
    booster = booster_of(model, method)
    if booster is None or not file.is_file():
        return None
    made_for, _, machine_code = file.read_bytes().partition(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        text, compiled = Path(folder) / "model.txt", Path(folder) / "forest.o"
        booster.save_model(text)
        if json.loads(made_for) != _made_for(text):
            return None
        compiled.write_bytes(machine_code)
        stand_in = CompiledBooster(booster, _model(text, compiled), forest_of(text.read_text()))
    return with_booster(model, method, stand_in)


def _made_for(text: Path) -> Mapping[str, str]:
    import lleaves  # noqa: F401  # llvmlite alone would not do
    from llvmlite import binding

    return {
        "model": hashlib.sha256(text.read_bytes()).hexdigest(),
        "target": binding.get_process_triple(),
        "llvm": ".".join(map(str, binding.llvm_version_info)),
    }


def _model(text: Path, compiled: Path) -> Any:
    """The compiled model: from the object file if it is there, and otherwise into it."""
    import lleaves

    model = lleaves.Model(text)
    model.compile(
        cache=compiled,
        fblocksize=1,
        finline=False,
        target_cpu="x86-64" if platform.machine().lower() in {"amd64", "x86_64"} else "generic",
        target_cpu_features="",
    )
    return model
