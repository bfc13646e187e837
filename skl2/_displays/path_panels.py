"""The two panels of a regularization path: scores with their standard errors, and norms, against λ."""

import numpy as np

from skl2._displays.axes import LAYER_STYLES, MARKERS, argmax, draw_line, fit_scores

IN_SIGHT = 15  # standard errors below the best score
BAR = 6  # width in points of the band of standard errors where one λ leaves it none


def draw_scores(path, panel, style):
    """Draw the scores of a RegularizationPathDisplay; return (line, band of standard errors or None)."""
    alphas, order = _sorted_alphas(path)
    scores, label, is_new, band = np.asarray(path.scores)[order], path.score_name, not panel.has_data(), None
    errors = np.zeros(scores.size) if path.standard_errors is None else np.asarray(path.standard_errors)[order]
    line = draw_line(panel, alphas, scores, style)
    if path.standard_errors is not None:
        label += "\n± 1 standard error"
        look = {"color": line.get_color(), "alpha": 0.2, "linewidth": 0 if len(np.unique(alphas)) > 1 else BAR}
        band = panel.fill_between(alphas, scores - errors, scores + errors, **look)
    panel.set_ylabel(label)
    for alpha, words, mark in _marks(path):
        mark |= {"linestyle": "none", "color": line.get_color(), "label": f"{words}: λ = {alpha:.3g}"}
        panel.plot(alphas[alphas == alpha], scores[alphas == alpha], **mark)
    best = argmax(scores)
    lowest = scores[best] - IN_SIGHT * errors[best] if errors[best] > 0 else -np.inf
    fit_scores(panel, is_new, np.concatenate([scores - errors, scores + errors]), lowest)
    return line, band


def draw_norms(path, panel, style, layers):
    """Draw ‖W‖ of a RegularizationPathDisplay, and with `layers` of each layer; return the lines."""
    alphas, order = _sorted_alphas(path)
    prefix = f"{style['label']}, " if style["label"] else ""
    if path.lines_:
        style |= {"color": path.lines_[0].get_color(), "marker": path.lines_[0].get_marker(), "label": None}
    layers = layers and path.layer_norms is not None
    if layers:
        style["label"] = f"{prefix}all layers"
    lines = [draw_line(panel, alphas, np.asarray(path.weight_norms)[order], style)]
    panel.set_ylabel("‖W‖")
    style["color"] = lines[0].get_color()
    markers = [""] if len(np.unique(alphas)) > 1 else MARKERS[1:]  # one λ makes no line
    for layer, norms in enumerate(np.asarray(path.layer_norms)[order].T if layers else []):
        style |= {"linestyle": LAYER_STYLES[layer % len(LAYER_STYLES)], "marker": markers[layer % len(markers)]}
        style["label"] = f"{prefix}layer {layer + 1}"
        lines += panel.plot(alphas, norms, **style)
    return lines


def _marks(path):
    """Yield (λ, words, how to mark it) for those to be marked."""
    if path.alpha_chosen is not None:
        yield path.alpha_chosen, "chosen", {"marker": "*", "markersize": 14}
    if path.alpha_one_se is not None:
        mark = {"marker": "o", "markersize": 13, "markerfacecolor": "none", "markeredgewidth": 1.5}
        yield path.alpha_one_se, "one standard error", mark


def _sorted_alphas(path):
    """Return (alphas in ascending order, the order)."""
    order = np.argsort(path.alphas, kind="stable")
    return np.asarray(path.alphas, np.float64)[order], order
