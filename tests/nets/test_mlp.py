import numpy as np
import pytest

from dreamerv2_tf.nets.mlp import MLP, PartedDense

RNG = np.random.default_rng(0)


def test_products_of_parts_add_up_to_the_dense_layer():
    dense = PartedDense(4, (3, 2))
    dense.build()
    dense.bias.assign(RNG.normal(size=4))
    a, b = RNG.normal(size=(5, 3)).astype(np.float32), RNG.normal(size=(5, 2)).astype(np.float32)
    whole = np.concatenate([a, b], -1) @ np.array(dense.kernel) + np.array(dense.bias)
    np.testing.assert_allclose(dense.product(a, 0) + b @ dense.matrix(1).numpy(), whole, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dense.product(b, 1) + a @ dense.matrix(0).numpy(), whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    'norm, names', [('none', {'dense0', 'dense1'}), ('layer', {'dense0', 'norm0', 'dense1', 'norm1'})]
)
def test_norm_stands_between_each_layer_and_its_activation(norm, names):
    mlp = MLP([6, 5], 'relu', norm)
    mlp.build((None, 3))
    assert {v.path.split('/')[1] for v in mlp.variables} == names
    x = RNG.normal(size=(7, 3)).astype(np.float32)
    y = x
    for i in range(2):
        weights = {v.path.split('/', 1)[1]: np.array(v) for v in mlp.variables}
        y = y @ weights[f'dense{i}/kernel'] + weights[f'dense{i}/bias']
        if norm == 'layer':
            y = (y - y.mean(-1, keepdims=True)) / np.sqrt(y.var(-1, keepdims=True) + 1e-3)
        y = np.maximum(y, 0)
    np.testing.assert_allclose(mlp(x), y, rtol=1e-4, atol=1e-5)


def test_no_layers_pass_the_input_on():
    mlp = MLP([], 'elu', 'none')
    assert mlp.compute_output_shape((None, 3)) == (None, 3)
    np.testing.assert_array_equal(mlp(np.ones((2, 3), np.float32)), np.ones((2, 3)))
