"""The parameters of a search that takes less time than one fit of scikit-learn's MLP, and why each has its value.

They were chosen on small data sets of scikit-learn and tables of up to 4,000 rows (benchmarks/README.md).
"""

import math

QUICK = {
    # A learning rate that falls to zero may begin twenty times as large, and is done in a fifth of the epochs ...
    "learning_rate": "cosine",
    "learning_rate_init": 0.02,
    "max_iter": 40,
    "n_iter_no_change": math.inf,  # ... but has to come to its end
    # With the usual 200 samples a small table would have a few dozen steps; with 32 predictions were no better.
    "batch_size": 64,
    # λ in terms of total shrinkage, D = 0, 0.03, 0.1, ... 30: one grid for all tables.
    "decay": "decoupled",
    "alphas": 8,
    # Three folds and short runs choose nearly as well as five folds and long ones, with a seventh of the work.
    "cv": 3,
    "strategy": "screening",
    "dtype": "float32",
}


class QuickMixin:
    """A search that knows a quick setting of its parameters."""

    @classmethod
    def quick(cls, **params):
        """Make a search that takes less time than one fit of scikit-learn's MLP, and predicts about as well or better.

        Its parameters are ordinary ones, which `get_params` shows and `set_params` changes: decoupled decay, steps that
        are large at first and fall to zero under a cosine, small mini-batches in float32, eight values of alpha and
        three folds, compared by short runs. X should be scaled, and so should y of a regression.

        Parameters
        ----------
        **params : dict
            Parameters of the constructor, in place of those of the preset or beside them.

        Returns
        -------
        search : object
            An estimator, not fitted.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from skl2 import MLPClassifierCV
        >>> X, y = load_digits(return_X_y=True)
        >>> model = MLPClassifierCV.quick(random_state=0)
        >>> model
        MLPClassifierCV(alphas=8, batch_size=64, cv=3, decay='decoupled',
                        dtype='float32', learning_rate='cosine',
                        learning_rate_init=0.02, max_iter=40, n_iter_no_change=inf,
                        random_state=0, strategy='screening')
        >>> round(model.fit(X[:1000] / 16, y[:1000]).score(X[1000:] / 16, y[1000:]), 2)
        0.94
        """
        return cls(**QUICK | params)
