"""One thread for BLAS and OpenMP. Import it before numpy: they read the environment once, and processes inherit it."""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
