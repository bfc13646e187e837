"""
Choosing λ: the best score, or the plainest network that is as good
===================================================================

``MLPClassifierCV`` tries a grid of λ by cross-validation and takes the one with the best mean score. That score has an
error, and networks of larger λ are often within it. ``rule="one_se"`` takes the largest λ whose score is within one
standard error of the best: a network with much smaller weights that the folds cannot tell from the best one.
"""

# %%
# Half of the breast cancer data to choose with, half to see whether it was a good choice.

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifierCV, RegularizationPathDisplay

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
models = {}
for rule in ("best", "one_se"):
    network = MLPClassifierCV(
        alphas=15,
        cv=10,
        rule=rule,
        batch_size=50,
        learning_rate="cosine",
        learning_rate_init=0.01,
        max_iter=50,
        n_iter_no_change=50,
        n_jobs=2,
        random_state=0,
    )
    models[rule] = make_pipeline(StandardScaler(), network).fit(X_train, y_train)
    print(
        f"rule={rule!r:9} λ = {network.alpha_:.2g}, ‖W‖ = {network.weight_norm_curve_[-1]:.1f}, "
        f"accuracy {network.best_score_:.3f} in 10 folds, {models[rule].score(X_test, y_test):.3f} on new data"
    )

# %%
# From no penalty up to the circle, the scores are within one standard error of the best, while ‖W‖ falls from 10 to 2.
# Beyond it the accuracy falls. On new data the plainer network is as good.

display = RegularizationPathDisplay.from_cv(models["best"], line_kw={"color": "#0072b2"})
display.ax_[0].set_ylim(0.93, 0.99)
plt.show()
