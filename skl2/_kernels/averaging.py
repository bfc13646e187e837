"""The exponential moving average of the parameters over steps: what training leaves, where there is one."""

from skl2._compilation.jit import kernel
from skl2._kernels.optimizers import power


@kernel
def move_average(average, params, decay_rate, count):
    """average ← average + (1 - β)/(1 - βᵗ) · (params - average), β = decay_rate, t = count, 1 for the first step.

    So average = Σₛ βᵗ⁻ˢ params_s / Σₛ βᵗ⁻ˢ: a weighted mean of what the steps have left, without what was there before
    them, as Adam's moments are after their bias correction (Kingma & Ba, 2015, section 3). Where params stand still it
    is params, from the first step on, and for β near 1 it is Polyak's mean of all steps. average, params (n,).
    """
    share = params.dtype.type((1.0 - decay_rate) / (1.0 - power(decay_rate, count)))
    for i in range(params.size):
        average[i] += share * (params[i] - average[i])
