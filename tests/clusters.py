"""Clusters of two processes on this machine, for tests of what joblib sends to them."""

import secrets
from contextlib import contextmanager

import pytest

LEAST_STORE = 80 * 2**20  # bytes of what ray's processes share; it takes no fewer than 75 MB
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing leaves this machine
    "RAY_memory_monitor_refresh_ms": "0",  # else it ends its processes when others fill the memory
    "RAY_AUTH_TOKEN": secrets.token_hex(32),  # else it leaves one in the home
}


@contextmanager
def dask_cluster():
    """Two processes of dask, at ports that are free; what to tell joblib.parallel_config."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster),
    ):
        yield {"backend": "dask"}


@contextmanager
def ray_cluster(folder):
    """Two processes of ray, at ports that are free, with their files in a folder; what to tell parallel_config.

    Its sockets are files of that folder, whose names the system wants short.
    """
    ray = pytest.importorskip("ray", exc_type=ImportError)
    from ray.util.joblib import register_ray

    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUIET.items():
            patch.setenv(name, value)
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=LEAST_STORE,
            log_to_driver=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=folder,
        )
        register_ray()
        try:
            yield {"backend": "ray", "n_jobs": 2}
        finally:
            ray.shutdown()
