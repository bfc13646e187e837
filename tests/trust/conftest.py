"""How much hypothesis tries: in CI a fixed set in seconds, with SKL2_FUZZ=n as many as n random examples a property."""

import os
import tempfile

from hypothesis import HealthCheck, configuration, settings

# Nothing is written to the tree.
configuration.set_hypothesis_home_dir(os.path.join(tempfile.gettempdir(), f"hypothesis-{os.getpid()}"))

ALWAYS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("ci", derandomize=True, max_examples=80, **ALWAYS)
settings.register_profile("long", max_examples=int(os.environ.get("SKL2_FUZZ", "1")), print_blob=True, **ALWAYS)
settings.load_profile("long" if "SKL2_FUZZ" in os.environ else "ci")
