"""Tests compute with what the commands compute with; those that take longest begin first."""

import os
import pathlib

import pytest

SLOW_FILES = ('test_resume.py', 'test_learning.py', 'test_train.py')  # of the folder tests/

if 'PYTEST_XDIST_WORKER' in os.environ:  # processes side by side, also those that tests start
    os.environ.setdefault('TF_NUM_INTRAOP_THREADS', '1')
    os.environ.setdefault('TF_NUM_INTEROP_THREADS', '1')

from dreamerv2_tf.startup import loading_tensorflow  # noqa: E402

with loading_tensorflow():
    import tensorflow


from .attack.options import pytest_addoption, pytest_configure, pytest_terminal_summary  # noqa: E402, F401


@pytest.fixture(autouse=True)
def compiled_again():
    """A run with `eager` leaves the process uncompiled; the next test begins as a process does."""
    yield
    tensorflow.config.run_functions_eagerly(False)


def pytest_collection_modifyitems(items):
    """Slow files come first, so that no worker is left with one of them at the end."""
    folder = pathlib.Path(__file__).parent
    order = {folder / name: index for index, name in enumerate(SLOW_FILES)}
    items.sort(key=lambda item: order.get(item.path, len(order)))
