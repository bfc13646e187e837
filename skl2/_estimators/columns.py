"""Which columns of X a network uses: those whose weights are not all zero."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skl2._inputs.strengths import PENALTIES

SPARSE = [name for name, penalty in PENALTIES.items() if penalty.is_sparse]


class ColumnsMixin:
    """Attributes of a fitted estimator whose networks are its `_members`."""

    @property
    def coef_support_(self):
        """Which columns have weights that are not all zero, in any of the networks: (n_features,) bool."""
        check_is_fitted(self)
        return np.any([uses_columns(network.coefs_[0]) for network in self._members()], axis=0)

    @property
    def selected_features_(self):
        """The names of those columns, their numbers where X had no names: an ndarray."""
        support = self.coef_support_
        return getattr(self, "feature_names_in_", np.arange(support.size))[support]

    @property
    def feature_importances_(self):
        """The norm of the weights of each column, with a sparse penalty: (n_features,), for `SelectFromModel`."""
        if self.penalty not in SPARSE:
            raise AttributeError(
                "feature_importances_ are norms of weights, which say something where a penalty makes others zero: "
                f"penalty='l1' or 'group_l1'; got {self.penalty!r}. sklearn.inspection.permutation_importance is for "
                "any network."
            )
        check_is_fitted(self)
        return np.mean([column_norms(network.coefs_[0]) for network in self._members()], axis=0)


def uses_columns(coef):
    """Return which rows of the first layer's weights (n_features, units) are not zero."""
    return np.any(coef != 0, axis=1)


def column_norms(coef):
    """Return the norms of those rows, (n_features,)."""
    return np.sqrt(np.einsum("ij,ij->i", coef, coef, dtype=np.float64))
