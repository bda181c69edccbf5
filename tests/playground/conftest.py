import pytest

import dreamerv2_tf as dv2


@pytest.fixture(scope='session')
def catcher():
    """The agent of `toy_catch` that comes with the package."""
    return dv2.load_agent('pretrained:toy_catch')
