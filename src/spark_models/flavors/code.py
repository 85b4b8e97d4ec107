"""Code that was logged with a model (MLflow's ``code_paths``): importable, and never mixed up with another model's."""

import sys
from pathlib import Path


def use_code(folder: Path) -> None:
    """Let the modules in ``folder`` be imported, as MLflow does when it loads a model.

    Modules of the same names that came with another model are forgotten first: a worker
    loads one model after the other, and each must get its own.
    """
    names = {path.stem for path in folder.iterdir()}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name.partition(".")[0] in names and file and _is_other_models(Path(file), folder):
            del sys.modules[name]
    sys.path.insert(0, str(folder))


def _is_other_models(file: Path, folder: Path) -> bool:
    return folder not in file.parents and any((parent / "MLmodel").is_file() for parent in file.parents)
