import subprocess
import sys

# Each case in a child of its own, of a process that has imported what scikit-learn itself takes a second for.
PROGRAM = """
import os, sys, threading
import numpy, pandas, scipy.sparse, scipy.special, scipy.stats
from spark_models.flavors import bare
from spark_models.flavors.bare import import_bare

def without():
    package = import_bare('lightgbm')
    print('sklearn' in sys.modules, 'lightgbm' in sys.modules, import_bare('lightgbm') is package)
    import lightgbm, sklearn.base
    print(issubclass(lightgbm.LGBMModel, sklearn.base.BaseEstimator), package.Booster.__name__)

def beside():
    import sklearn
    package = import_bare('lightgbm')
    import lightgbm
    print(package is lightgbm)

def meanwhile():
    sys.meta_path.insert(0, bare._Hider())
    found = []
    def look():
        import sklearn
        found.append(sklearn.__name__)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    print(*found)

for case in (without, beside, meanwhile):
    if os.fork() == 0:
        case()
        sys.stdout.flush()
        os._exit(0)
    os.wait()
"""


def test_a_bare_package_does_without_scikit_learn_and_others_find_the_whole_of_both() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    without, whole, beside, meanwhile = ended.stdout.splitlines()
    assert without == "False False True"
    assert whole == "True Booster"
    # Where scikit-learn is imported already, the package is the one that all have.
    assert beside == "True"
    # In another thread nothing is hidden.
    assert meanwhile == "sklearn"
