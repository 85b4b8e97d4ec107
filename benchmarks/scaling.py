"""How the score step grows with its input: seconds and memory from 1 to 40 million rows.

.venv/bin/python benchmarks/scaling.py --millions 1,4
"""

import argparse
import logging
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import page
from memory import peak_memory
from scoring import make_task, use_store, write_input
from ways import by_us

import spark_models as sm

MILLION = 1_000_000


def main() -> None:
    """Measure each size after a warm-up, print, and with ``--write`` put the results into the docs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", default="1,10,40", help="sizes, with commas")
    parser.add_argument("--model", default="logistic")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--write", action="store_true", help="put the table into docs/")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    lines = [
        "| rows | seconds | seconds a million rows | peak memory, MiB: largest worker | driver | JVM |",
        "|---|---|---|---|---|---|",
    ]
    sizes = [int(size) for size in given.millions.split(",")]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        spark = sm.get_session(sm.SessionConfig(master=given.master, log_file=f"{folder}/spark.log"))
        use_store(folder)
        task, there = make_task(spark, folder, given.model), 0
        for number, size in enumerate(sizes):
            write_input(folder, size * MILLION, start=there)
            there = size * MILLION
            if not number:
                by_us(task, f"{folder}/output")
            with peak_memory() as memory:
                started = time.perf_counter()
                by_us(replace(task, batch=f"{size} million"), f"{folder}/output")
                seconds = time.perf_counter() - started
            peak = (memory.result.workers, memory.result.driver, memory.result.jvm)
            cells = [f"{there:,}", f"{seconds:.1f}", f"{seconds / size:.2f}", *(f"{held / 2**20:.0f}" for held in peak)]
            lines.append(f"| {' | '.join(cells)} |")
            print(f"  {size} million rows: {seconds:.1f} s", flush=True)
        spark.stop()
    text = "\n".join([f"{given.model}, {given.master}.", "", *lines])
    print(f"\n{text}")
    if given.write:
        page.put("scaling", text)


if __name__ == "__main__":
    main()
