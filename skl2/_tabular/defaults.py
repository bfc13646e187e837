"""What a table's size says of how to train: mini-batches, epochs, units, folds and values of λ.

Each number was chosen on the tables of benchmarks/tables.py (4000 rows at most, two seeds), where quality hardly moves
around it; the growth with n keeps the cost linear in the rows.
"""

from typing import NamedTuple

import numpy as np

BATCH_SIZES = 32, 256
EPOCHS = 5, 40
LEAST_STEPS = 400  # of each network
ROWS_OF_FEW = 100  # up to here all rows are one mini-batch, and float64 costs nothing
ROWS_OF_ALL_EPOCHS = 5_000
ROWS_OF_SMALL_BATCHES = 20_000
ROWS_OF_MANY = 50_000  # from here on there are fewer folds and bins, and one fold chooses λ
BINS, BINS_OF_MANY = 16, 8  # of each column in the piecewise-linear encoding
BINS_OF_ALL, LEAST_BINS = 640, 4  # of a table with many columns: the products with them are most of the cost
UNITS, UNITS_OF_MANY = 96, 128
# Total shrinkage over √steps: twice this is λ of Loshchilov and Hutter (2019, section 4), which they found near 0.05.
SHRINKAGE_PER_ROOT_STEP = 0.028, 0.85
LARGEST_STEP = 0.5  # of η·λ, as in the grid of `path`


class Plan(NamedTuple):
    """How to train on a table."""

    hidden_layer_sizes: tuple
    batch_size: int
    max_iter: int  # epochs of the networks that are kept
    dtype: str
    n_bins: int
    n_folds: int
    n_screening_folds: int  # of those, how many choose λ and the encoding

    @property
    def screening(self):
        """Return the parameters of the networks that choose: two thirds of the units, a quarter of the epochs."""
        return {
            "hidden_layer_sizes": tuple(-(-2 * units // 3) for units in self.hidden_layer_sizes),
            "max_iter": -(-self.max_iter // 4),
        }


def make_plan(n_samples, n_columns):
    """Return the Plan for a table: with its rows epochs fall as 1/√n and mini-batches grow as n."""
    has_few, has_many = n_samples <= ROWS_OF_FEW, n_samples >= ROWS_OF_MANY
    doublings = max(0, round(np.log2(n_samples / ROWS_OF_SMALL_BATCHES)))
    batch_size = ROWS_OF_FEW if has_few else min(BATCH_SIZES[0] * 2**doublings, BATCH_SIZES[1])
    epochs = int(np.clip(round(EPOCHS[1] * np.sqrt(ROWS_OF_ALL_EPOCHS / n_samples)), *EPOCHS))
    return Plan(
        hidden_layer_sizes=(UNITS_OF_MANY if has_many else UNITS,) * 2,
        batch_size=batch_size,
        max_iter=max(epochs, -(-LEAST_STEPS * batch_size // max(n_samples, batch_size))),
        dtype="float64" if has_few else "float32",
        n_bins=int(np.clip(BINS_OF_ALL // n_columns, LEAST_BINS, BINS_OF_MANY if has_many else BINS)),
        n_folds=max(2, min(4 if has_many else 6, n_samples // 2)),
        n_screening_folds=1 if has_many else 3,
    )


def spread_alphas(n_alphas, n_steps, learning_rate):
    """Return λ (n_alphas,) in equal ratios, of total shrinkage D = λ Σ_t η_t from 0.028 to 0.85 times √n_steps.

    Σ_t η_t is half of n_steps · learning_rate under a cosine.
    """
    least, most = SHRINKAGE_PER_ROOT_STEP
    shares = np.geomspace(least, most, n_alphas) if n_alphas > 1 else np.array([np.sqrt(least * most)])
    return np.minimum(shares * 2 / (learning_rate * np.sqrt(n_steps)), LARGEST_STEP / learning_rate)
