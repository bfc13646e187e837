"""The words people bring from other libraries, and what to write here: advice behind scikit-learn's refusal of a value.

To add a word: a row of WORDS, in lower case and without what joins its parts. A test fits with what the row says.
"""

import re
from itertools import chain
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import InvalidParameterError, StrOptions

from skl2._inputs.settings import PARAMETER_CONSTRAINTS, Interval


def _each(words, advice):
    """Return rows with the same advice."""
    return dict.fromkeys(words.split(), advice)


# Parameter → word → what to write instead. Not here: the names that are allowed, in other spellings.
WORDS = {
    "activation": {
        "sigmoid": "Write activation='logistic'.",
        **_each("linear none", "Write activation='identity'."),
        "swish": "Write activation='silu'.",
        **_each("mish hardswish", "Of its kind SiLU and GELU are offered: write activation='silu'."),
        **_each("gelutanh gelunew quickgelu", "Write activation='gelu'."),
        "celu": "With alpha=1, its default, it is ELU: write activation='elu'.",
        **_each(
            "prelu rrelu leaky",
            "Of its kind the one with a slope of 0.01 on the left is offered: write activation='leaky_relu'.",
        ),
        "relu6": "Of its kind the one without a bound is offered: write activation='relu'.",
        **_each("hardtanh softsign", "Of its kind only tanh is offered: write activation='tanh'."),
        **_each("hardsigmoid", "Of its kind only the logistic function is offered: write activation='logistic'."),
        "softmax": "The output layer has it without being asked, where y has several classes; for the hidden layers "
        "write activation='relu'.",
    },
    "optimizer": {
        "adamw": "AdamW is Adam with decoupled weight decay: write optimizer='adam', decay='decoupled'.",
        "sgdw": "SGDW is SGD with decoupled weight decay: write optimizer='sgd', decay='decoupled'.",
        **_each("momentum sgdmomentum", "Write optimizer='sgd', momentum=0.9, nesterovs_momentum=False."),
        **_each("nesterov nag", "Write optimizer='sgd', momentum=0.9, nesterovs_momentum=True."),
        "rmsprop": "But for a bias correction RMSprop is Adam without its first moment: write optimizer='adam', "
        "beta_1=0.0.",
        **_each(
            "nadam radam adamax amsgrad adagrad adadelta adafactor lion",
            "It is not offered; the nearest is Adam: write optimizer='adam'.",
        ),
        **_each("bfgs lbfgsb newtoncg", "Of its kind only L-BFGS is offered: write optimizer='lbfgs'."),
    },
    "loss": {
        **_each(
            "mse mseloss meansquarederror squaredloss squarederrorloss leastsquares l2 l2loss rmse",
            "Write loss='squared_error'.",
        ),
        **_each("mae l1 l1loss leastabsolutedeviation meanabsoluteerror", "Write loss='absolute_error'."),
        **_each("huberloss smoothl1 smoothl1loss logcosh", "Write loss='huber'."),
        **_each("pinball pinballloss quantileloss", "Write loss='quantile', quantile=0.9, or several in a list."),
        **_each("poissonnll poissonnllloss poissondeviance", "Write loss='poisson'."),
        **_each(
            "crossentropy crossentropyloss categoricalcrossentropy sparsecategoricalcrossentropy binarycrossentropy "
            "bce bceloss logloss binarylogloss logistic nll",
            "That is what classifiers minimise, and they have no other loss: write MLPClassifier(), MLPClassifierCV() "
            "or TabularMLPClassifier().",
        ),
    },
    "penalty": {
        **_each(
            "decoupled adamw weightdecay", "Decoupled decay is no penalty: write decay='decoupled' without penalty."
        ),
        **_each("lasso", "Write penalty='l1' for single weights, penalty='group_l1' for columns of X."),
        **_each("grouplasso l21 l1l2 multitasklasso", "Write penalty='group_l1'."),
        "elasticnet": "A mixture is not offered: write penalty='l1', penalty='group_l1' or penalty='l2'.",
        **_each("ridge true", "Write penalty='l2'."),
        **_each("none false 0", "Write penalty=None, or, in a search, which needs a mechanism, decay='decoupled'."),
    },
    "decay": {
        "l2": "In the loss, λ is a penalty: write penalty='l2' without decay.",
        **_each("adamw sgdw weightdecay true", "Write decay='decoupled'."),
        **_each("cwd cautiousweightdecay", "Write decay='cautious'."),
        **_each("false 0", "Write decay=None."),
    },
    "alpha": _each("none", "Write alpha=0."),
    "batch_size": _each(
        "full fullbatch all none -1",
        "For all samples at once write batch_size=len(X), or, where the estimator has it, optimizer='lbfgs'.",
    ),
    "learning_rate": {
        **_each(
            "cosineannealing cosineannealinglr cosinedecay cosineschedule",
            "Write learning_rate='cosine'.",
        ),
        **_each(
            "plateau reduceonplateau reducelronplateau",
            "Write learning_rate='adaptive': it divides the rate whenever training stalls.",
        ),
        **_each(
            "step steplr multistep exponential exponentiallr",
            "It is not offered; the nearest divides the rate whenever training stalls: write learning_rate='adaptive'.",
        ),
        **_each(
            "sgdr warmrestarts restarts cosineannealingwarmrestarts cosinewarmrestarts cyclic",
            "Write learning_rate='cosine_restarts'.",
        ),
        **_each("linearlr lineardecay polynomial polynomiallr", "Write learning_rate='linear'."),
        **_each("onecyclelr superconvergence 1cycle", "Write learning_rate='one_cycle'."),
        **_each("warmup linearwarmup warmupcosine cosinewarmup", "Write learning_rate='cosine', warmup_epochs=1."),
        **_each("inverse inverscaling inversescaling inversetimedecay", "Write learning_rate='invscaling'."),
        **_each("none fixed", "Write learning_rate='constant'."),
    },
    "early_stopping": {
        **_each(
            "score accuracy r2 valscore valaccuracy valacc valr2 validationscore validationaccuracy",
            "Write early_stopping=True: it looks at the score.",
        ),
        **_each("valloss validationloss", "Write early_stopping='loss'."),
        **_each("none 0", "Write early_stopping=False."),
    },
    "n_iter_no_change": _each("none inf infinity", "Write n_iter_no_change=np.inf."),
    "class_weight": _each("auto balancedsubsample true", "Write class_weight='balanced'."),
    "dtype": {
        **_each("half float16 bfloat16", "Nothing below float32 is offered: write dtype='float32'."),
        **_each("single f4", "Write dtype='float32'."),
        **_each("double float f8", "Write dtype='float64'."),
        **_each("longdouble float128", "Nothing above float64 is offered: write dtype='float64'."),
        "auto": "To follow X write dtype=None.",
    },
}

# Parameter → the one that takes the number, and what to write then.
NUMBERS = {
    "penalty": ("alpha", "penalty says where λ acts, {strength} how strongly: write penalty='l2', {given}."),
    "decay": ("alpha", "decay says where λ acts, {strength} how strongly: write decay='decoupled', {given}."),
    "learning_rate": (
        "learning_rate_init",
        "learning_rate is the name of a schedule, learning_rate_init the number: write {given}.",
    ),
    "early_stopping": (
        "n_iter_no_change",
        "early_stopping is a switch, n_iter_no_change the number of epochs to wait: write early_stopping=True, "
        "{given}.",
    ),
}


class AdviceMixin:
    """An estimator that says what to write instead of a word that it does not know."""

    def _validate_params(self):
        try:
            super()._validate_params()
        except InvalidParameterError as error:
            name = re.match(r"The '(\w+)' parameter of ", str(error))
            advice = name and find_advice(name[1], getattr(self, name[1]), self._parameter_constraints)
            if advice:
                error.args = (f"{error} {advice}",)
            raise


def find_advice(name, value, constraints):
    """Return what to write instead of a value, which may be anything, or ''; constraints are the estimator's."""
    word, spellings = word_of(value), _spellings(constraints[name])
    if word in WORDS.get(name, {}):
        return WORDS[name][word]
    if word in spellings:
        return f"Write {name}={spellings[word]!r}."
    return _advice_for_number(*NUMBERS[name], value, constraints) if name in NUMBERS else ""


def word_of(value):
    """Return the word that a value is, in lower case and without what joins its parts; '' if it is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(int(value)) if value in (0, -1) else ""
    if isinstance(value, type):
        value = value.__name__
    elif isinstance(value, np.dtype):
        value = value.name
    is_word = value is None or isinstance(value, (str, bool, np.bool_))
    return re.sub(r"(?<=\w)[\s_-]+", "", str(value).strip().lower()) if is_word else ""


def _spellings(constraints):
    """Return word → value for what is allowed."""
    strings = [constraint.options for constraint in constraints if isinstance(constraint, StrOptions)]
    allowed = [*chain(*strings), *([None] if None in constraints else [])]
    allowed += [True, False] if "boolean" in constraints else []
    return {word_of(value): value for value in allowed}


def _advice_for_number(target, advice, value, constraints):
    """Return what to write where a number belongs to another parameter, if that takes it; searches have alphas."""
    intervals = [allowed for allowed in PARAMETER_CONSTRAINTS[target] if isinstance(allowed, Interval)]
    if isinstance(value, bool) or not any(interval.is_satisfied_by(value) for interval in intervals):
        return ""
    number = int(value) if isinstance(value, Integral) else float(value)
    is_own = target in constraints
    strength = target if is_own else f"{target}s"
    return advice.format(strength=strength, given=f"{target}={number}" if is_own else f"{target}s=[{number}]")
