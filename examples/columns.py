"""
Which columns does the network need?
====================================

``penalty='group_l1'`` makes the weights of whole columns exactly zero, as the lasso does with coefficients. Along a
path from small λ to large, each network beginning where the one before has ended, columns leave one after the other.
"""

# %%
# Thirty measurements of cell nuclei, a mean, an error and a worst value of ten things each, and whether the tumour was
# malignant. Many say nearly the same.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skl2 import ColumnPathDisplay, MLPClassifier, MLPClassifierCV

data = load_breast_cancer(as_frame=True)
scaler = StandardScaler().set_output(transform="pandas")
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, random_state=0, stratify=data.target)
X_train, X_test = scaler.fit_transform(X_train), scaler.transform(X_test)
settings = {
    "hidden_layer_sizes": (20,),
    "penalty": "group_l1",
    "learning_rate": "cosine",
    "learning_rate_init": 0.01,
    "max_iter": 40,
    "batch_size": 32,
    "n_iter_no_change": np.inf,
    "random_state": 0,
}
path = MLPClassifier(**settings).path(X_train, y_train, alphas=30, continued=True)
for alpha, support, score in list(zip(path.alphas, path.coef_supports, path.score(X_test, y_test), strict=True))[::4]:
    print(f"λ = {alpha:.4f}: {support.sum():2} columns, accuracy {score:.3f}")

# %%
# Five columns do nearly as well as thirty. The picture names those that stay longest; at each λ the columns whose lines
# have come to zero are those that the network does without.

_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ColumnPathDisplay.from_path(path, ax=ax)
plt.show()

# %%
# Cross-validation chooses λ. By the rule of one standard error it takes the shortest list that is not clearly worse.
# With ``relaxed=True`` the network that counts is trained anew on these columns, without the penalty: λ then says which
# columns there are, and shrinks nothing.

search = MLPClassifierCV(alphas=20, rule="one_se", continued=True, relaxed=True, **settings).fit(X_train, y_train)
print(f"λ = {search.alpha_:.4f}, accuracy {search.score(X_test, y_test):.3f}")
print("\n".join(search.selected_features_))
