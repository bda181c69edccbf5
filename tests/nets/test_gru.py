import numpy as np

from dreamerv2_tf.nets.gru import GRUCell

from .. import reference

RNG = np.random.default_rng(0)


def make(norm=True):
    cell = GRUCell(5, norm)
    cell.build((None, 3))
    for variable in cell.variables:
        variable.assign(RNG.normal(size=variable.shape))
    return cell


def test_equals_the_equations():
    cell = make()
    x, h = RNG.normal(size=(4, 3)).astype(np.float32), RNG.normal(size=(4, 5)).astype(np.float32)
    weights = {v.path.rsplit('/', 1)[1]: np.float64(v) for v in cell.variables}
    np.testing.assert_allclose(cell(x, h), reference.gru_step(x, h, **weights), rtol=1e-4, atol=1e-5)


def test_starts_nearly_closed():
    """With zero weights the update gate is sigmoid(-1), so most of h stays."""
    cell = make()
    for variable in cell.variables:
        variable.assign(np.zeros(variable.shape))
    h = np.ones((1, 5), np.float32)
    np.testing.assert_allclose(cell(np.ones((1, 3), np.float32), h), h * (1 - 1 / (1 + np.e)), rtol=1e-6)


def test_norm_can_be_dropped():
    assert {v.name for v in make(norm=False).variables} == {'kernel', 'bias'}
