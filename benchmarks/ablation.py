"""What does each part of TabularMLP contribute? Leaves out one at a time on the tables of tables.py; and builds it up.

Trains what is not yet in the folder of parts beside --csv, one thread for each of --jobs processes, joins the parts
and prints what they say; with --page that goes into ablation.md, and a picture beside it. --report trains nothing.
"""

import argparse
import time
import warnings
from pathlib import Path

import _one_thread  # noqa: F401 - before all that imports numpy
import pandas as pd
from _ablation_models import ALL_PARTS, BUILT_UP, LEFT_OUT, READINGS, predictions_of_all
from _ablation_statistics import summary
from _pages import put_into
from _tables_data import FOLDER, GROUPS, READERS, MissingTable, load, split
from _tables_models import MODELS
from _tables_scores import scores_of, warm_up
from joblib import Parallel, delayed, parallel_config

FLOOR, DEFAULT = MODELS["sklearn"].label, MODELS["tabular"].label
MEASURES = {"ll": "log loss", "rmse": "RMSE"}
PICTURE = "By how much the loss rises without each part"
QUICK = {"tables": ["saheart", "autompg", "credit"], "rows": 400, "seeds": 1}  # one table of each source


def parse():
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="reduced sizes: whether the script runs, not how well")
    parser.add_argument("--tables", nargs="+", choices=[*GROUPS, *READERS], default=list(GROUPS), metavar="table")
    parser.add_argument("--data", type=Path, default=FOLDER, help="the folder of twelve of the tables")
    parser.add_argument("--seeds", type=int, default=2, help="how many splits")
    parser.add_argument("--rows", type=int, default=4000, help="of a table, at most")
    parser.add_argument("--jobs", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--csv", type=Path, default=Path("ablation.csv"), help="the file to write, or to report")
    parser.add_argument("--page", type=Path, help="ablation.md, into which the tables go; the picture goes beside it")
    parser.add_argument("--report", action="store_true", help="train nothing: show what --csv has")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    return options


def available(options):
    """Return the Data of the tables whose files and packages are there, the largest first, and say which are not."""
    found = []
    for name in dict.fromkeys(name for table in options.tables for name in GROUPS.get(table, [table])):
        try:
            found.append(load(name, options.data, options.rows))
        except MissingTable as reason:
            print(f"Left out: {name} ({reason}).", flush=True)
    return sorted(found, key=lambda data: -data.X.size)


def run_task(data, seed, file):
    """Write what all networks reach on a table with a seed."""
    warnings.simplefilter("ignore")  # of scikit-learn's, which ends at its 200th epoch
    start, parts = time.perf_counter(), split(data, seed)
    rows = [
        {"data": data.name, "seed": seed, "name": name, **scores_of(said, parts, data.is_regression)}
        for name, said in predictions_of_all(parts, data.is_regression, seed)
    ]
    unfinished = file.with_suffix(".tmp")
    pd.DataFrame(rows).to_csv(unfinished, index=False, float_format="%.5g")
    unfinished.replace(file)
    print(f"{data.name}, seed {seed}: {time.perf_counter() - start:.1f} s", flush=True)


def train(options):
    """Run what is not yet in the folder of parts, and join the parts to one file."""
    folder = options.csv.with_name(options.csv.name + ".parts")  # kept: a run that was stopped goes on from here
    folder.mkdir(parents=True, exist_ok=True)
    tasks = {(data.name, seed): (data, seed) for data in available(options) for seed in range(options.seeds)}
    files = {key: folder / f"{key[0]}-{key[1]}.csv" for key in tasks}
    warm_up("tabular")  # so that no process compiles
    with parallel_config("loky", n_jobs=options.jobs, inner_max_num_threads=1):
        Parallel(batch_size=1)(delayed(run_task)(*tasks[key], files[key]) for key in tasks if not files[key].exists())
    pd.concat([pd.read_csv(file) for file in files.values()]).to_csv(options.csv, index=False)


def cell(row):
    """Return a mean with its interval in Markdown, bold where the interval leaves out 0."""
    text = f"{row['mean']:+.1f} ({row['low']:+.1f} to {row['high']:+.1f})".replace("-", "−")
    return f"**{text}**" if row["low"] > 0 or row["high"] < 0 else text


def markdown(head, found):
    """Return the table of a summary in Markdown."""
    sizes = {measure: int(found.xs(measure, level="measure")["tables"].max()) for measure in (*MEASURES, "all")}
    labels = [f"{label}, % ({sizes[measure]} tables)" for measure, label in MEASURES.items()]
    heads = [head, *labels, f"all, % ({sizes['all']})", "worse on"]
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "--:|" * 4]
    for name in found.index.unique("name"):
        cells = [cell(found.loc[name, measure]) for measure in (*MEASURES, "all")]
        of_all = found.loc[name, "all"]
        lines.append("| " + " | ".join([name, *cells, f"{of_all['above']:.0f} of {of_all['tables']:.0f}"]) + " |")
    return "\n".join(lines) + "\n"


def report(options):
    """Print the tables, and write them and the picture where they belong."""
    rows = pd.read_csv(options.csv)
    left_out = summary(rows, [*LEFT_OUT, *READINGS], ALL_PARTS, MEASURES)
    steps = [*BUILT_UP, "one network of all rows", "not calibrated", ALL_PARTS, DEFAULT]
    tables = {
        "left out": markdown(f"against {ALL_PARTS}", left_out),
        "built up": markdown(f"against {FLOOR}", summary(rows, steps, FLOOR, MEASURES)),
        "default": markdown(f"against {ALL_PARTS}", summary(rows, [DEFAULT, FLOOR], ALL_PARTS, MEASURES)),
    }
    for table in tables.values():
        print(f"\n{table}", flush=True)
    if options.page:
        from _ablation_pictures import draw_parts  # matplotlib is for those who want a picture

        tables["left out"] += f"\n![{PICTURE}](ablation.png)\n"
        put_into(options.page, tables, Path(__file__).name)
        draw_parts(left_out, MEASURES, options.page.with_name("ablation.png"))


def main():
    """Train, unless only a report is asked for, and report."""
    options = parse()
    if not options.report:
        train(options)
    report(options)


if __name__ == "__main__":
    main()
