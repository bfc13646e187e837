"""make test-bounds does check: without this a run that checks nothing would pass as well."""

import os

import pytest


@pytest.mark.skipif(os.environ.get("NUMBA_BOUNDSCHECK") != "1", reason="indices are checked by make test-bounds only")
def test_an_index_beyond_an_array_is_an_error(tools):
    """A class that the network has no output for ends as an IndexError in the entry kernel, not as another's memory."""
    problem = tools.draw_problem("log_loss")
    problem.chunk.y[0, 0] = 50
    with pytest.raises(IndexError):
        tools.run_chunk(problem, problem.params, tools.plain(), rate=0.1)
