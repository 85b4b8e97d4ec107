import subprocess
import sys


def printed(program: str) -> list[str]:
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return ended.stdout.split()


def test_a_bare_package_does_without_scikit_learn_and_leaves_the_whole_one_to_others() -> None:
    program = (
        "import sys\n"
        "from spark_models.flavors.bare import import_bare\n"
        "bare = import_bare('lightgbm')\n"
        "print('sklearn' in sys.modules, 'lightgbm' in sys.modules, import_bare('lightgbm') is bare)\n"
        "import lightgbm, sklearn.base\n"
        "print(issubclass(lightgbm.LGBMModel, sklearn.base.BaseEstimator), bare.Booster.__name__)\n"
    )
    assert printed(program) == ["False", "False", "True", "True", "Booster"]


def test_where_scikit_learn_is_imported_already_the_package_is_the_one_that_all_have() -> None:
    program = (
        "import sklearn\n"
        "from spark_models.flavors.bare import import_bare\n"
        "bare = import_bare('lightgbm')\n"
        "import lightgbm\n"
        "print(bare is lightgbm)\n"
    )
    assert printed(program) == ["True"]


def test_other_threads_find_scikit_learn_meanwhile() -> None:
    program = (
        "import sys, threading\n"
        "from spark_models.flavors import bare\n"
        "sys.meta_path.insert(0, bare._Hider())\n"
        "found = []\n"
        "def look():\n"
        "    import sklearn\n"
        "    found.append(sklearn.__name__)\n"
        "thread = threading.Thread(target=look)\n"
        "thread.start()\n"
        "thread.join()\n"
        "print(*found)\n"
    )
    assert printed(program) == ["sklearn"]
