"""
A file larger than memory: row groups of parquet, one after the other
=====================================================================

A table of 800,000 rows, with text, times and gaps, is in a parquet file. ``TabularEncoder`` is fitted on a sample;
then ``partial_fit`` trains on one row group after the other, each encoded on its way. The system holds the process to a
limit in which the table has no place.
"""

# %%
# The file: sensors at thirty stations report every four seconds, and what they report decides about a yield. It is
# written as it would come in, in order of time, 40,000 rows at once: these are its row groups.

import resource
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from skl2 import MLPRegressor, TabularEncoder

pa.set_memory_pool(pa.system_memory_pool())  # pyarrow's own takes room in advance, which would count
pa.set_cpu_count(2)  # and so would the stacks of many threads
n_rows, rows_of_group, n_sensors = 800_000, 40_000, 40
rng = np.random.default_rng(0)
stations = np.array([f"station {number}" for number in range(30)])
effects = rng.normal(size=(4, 30))


def report(start):
    """Return a table of the rows from a number on."""
    values = rng.normal(20, 5, (rows_of_group, n_sensors)).round(1)
    station, drift = rng.integers(30, size=rows_of_group), start / n_rows
    z = (values[:, :4] - 20) / 5
    hour = (4 * (start + np.arange(rows_of_group)) / 3600) % 24
    output = np.tanh(z * effects[:, station].T).sum(axis=1) + z[:, 0] * z[:, 1] + np.sin(np.pi * hour / 12) + drift
    values[rng.random(values.shape) < 0.02] = np.nan
    columns = {f"sensor{number}": column for number, column in enumerate(values.T)}
    times = np.datetime64("2024-01-01", "s") + 4 * (start + np.arange(rows_of_group))
    noise = 0.5 * rng.normal(size=rows_of_group)
    return pa.table(columns | {"station": stations[station], "time": times, "yield": 100 + 10 * (output + noise)})


folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "reports.parquet"
first = report(0)
size = first.nbytes * n_rows // rows_of_group
with pq.ParquetWriter(path, first.schema) as writer:
    writer.write_table(first)
    for start in range(rows_of_group, n_rows, rows_of_group):
        writer.write_table(report(start))
print(f"{n_rows:,} rows: {size / 1e6:.0f} MB in memory, {path.stat().st_size / 1e6:.0f} MB on disk")

# %%
# From here on the process may have 180 MB more than it has now: Linux refuses what goes beyond.


def data_of_process():
    """Return the bytes of memory that count for the limit."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmData"))


allowed = 180_000_000
before, unlimited = data_of_process(), resource.getrlimit(resource.RLIMIT_DATA)
resource.setrlimit(resource.RLIMIT_DATA, (before + allowed, unlimited[1]))

# %%
# The last three of the 20 row groups are kept for the end. The encoder learns what the columns are from a sample: a
# thousand rows of each of the others. So do mean and deviation of the target.

file = pq.ParquetFile(path)
groups = np.arange(file.num_row_groups - 3)


def read(group):
    """Return the columns of a row group, and its target."""
    table = file.read_row_group(group)
    return table.drop_columns("yield"), table["yield"].to_numpy()


starts = [next(file.iter_batches(1000, row_groups=[group])) for group in groups]  # a slice would keep all of its table
sample = pa.Table.from_batches(starts)
X_sample, y_sample = sample.drop_columns("yield"), sample["yield"].to_numpy()
encoder = TabularEncoder().fit(X_sample)
mean, deviation = y_sample.mean(), y_sample.std()

# %%
# Training. A row group is shuffled by ``partial_fit``, and the row groups are by us, anew for each pass over the file:
# else the network would end each pass with the last weeks. One call is one epoch over its part, and the cosine ends
# after ``max_iter`` calls, so that is the number of all calls.

n_passes, memory = 2, []
settings = {"decay": "decoupled", "alpha": 0.01, "learning_rate": "cosine", "learning_rate_init": 0.005}
model = MLPRegressor(
    hidden_layer_sizes=(64,), **settings, batch_size=128, max_iter=n_passes * len(groups), random_state=0
)
for _ in range(n_passes):
    for group in rng.permutation(groups):
        X, y = read(group)
        model.partial_fit(encoder.transform(X), (y - mean) / deviation)
        memory.append(data_of_process() - before)

# %%
# The same network on the sample alone, which fits into memory, has a table of 17,000 rows.

of_sample = MLPRegressor(
    hidden_layer_sizes=(64,), **settings, batch_size=128, max_iter=n_passes * len(groups), random_state=0
)
of_sample.fit(encoder.transform(X_sample), (y_sample - mean) / deviation)
parts = [read(group) for group in range(len(groups), file.num_row_groups)]
for name, network in {"all rows": model, "the sample": of_sample}.items():
    scores = [network.score(encoder.transform(X), (y - mean) / deviation) for X, y in parts]
    print(f"trained on {name:10}: R² = {np.mean(scores):.3f} on the last three row groups")

# %%
# And the whole table? It has no place.

try:
    pq.read_table(path)
except MemoryError as error:
    print(f"{type(error).__name__}: {size / 1e6:.0f} MB are more than the {allowed / 1e6:.0f} MB allowed")
resource.setrlimit(resource.RLIMIT_DATA, unlimited)
file.close()
folder.cleanup()

# %%
# What the process takes does not grow with the file.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
left.plot(model.loss_curve_, color="black")
left.set(xlabel="call of partial_fit", ylabel="training loss")
right.plot(np.array(memory) / 1e6, color="black", label="taken")
right.axhline(allowed / 1e6, color="#d55e00", label="allowed")
right.axhline(size / 1e6, color="0.6", linestyle="--", label="the table")
right.set(xlabel="call of partial_fit", ylabel="memory (MB)", ylim=0)
right.legend()
plt.show()
