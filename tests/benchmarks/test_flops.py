"""What an update has to compute follows from the shapes of its layers."""

import numpy as np

from dreamerv2_tf.benchmarks.flops import Convolution, Product, layers_of_update, total_flops, total_seconds

from .. import small

B, T, H = 3, 6, 5


def test_a_product_counts_a_multiplication_and_an_addition_per_weight_and_row():
    product = Product(rows=7, inputs=3, outputs=2, times=4, passes=3)
    assert product.flops == 2 * 7 * 3 * 2
    assert [call().shape for call in product.calls()] == [(7, 2), (3, 2), (7, 3)]
    assert total_flops([product]) == 4 * 3 * 84


def test_a_convolution_counts_each_place_of_its_smaller_side():
    convolution = Convolution(count=2, side=10, kernel=(4, 4, 3, 5))
    assert convolution.flops == 2 * 2 * 4**2 * (4 * 4 * 3 * 5)
    assert [call().shape for call in convolution.calls()] == [(2, 4, 4, 5), (4, 4, 3, 5), (2, 10, 10, 3)]
    assert len(convolution._replace(first=True).calls()) == 2
    np.testing.assert_allclose(convolution.calls()[2](), convolution._replace(transposed=True).calls()[2](), atol=1e-4)


def test_all_kernels_are_counted_as_often_as_an_update_needs_them():
    weights = small.agent().weights
    layers = layers_of_update(weights, B, T, H)
    convolutions = [layer for layer in layers if isinstance(layer, Convolution)]
    assert [layer.side for layer in convolutions] == [64, 31, 14, 6, 13, 30, 64]
    gru = tuple(weights['rssm/gru/kernel'].shape)
    assert [layer for layer in layers if layer[1:3] == gru] == [Product(B, *gru, T, 3), Product(B * T, *gru, H, 1)]
    actor = tuple(weights['actor/out/kernel'].shape)
    assert Product(B * T, *actor, H, 1) in layers and Product(B * T * H, *actor, 1, 3) in layers
    kernels = [v for name, v in weights.items() if name.endswith('kernel')]
    sizes = {int(np.prod(v.shape)) for v in kernels}
    counted = {
        int(np.prod(layer.kernel)) if isinstance(layer, Convolution) else layer.inputs * layer.outputs
        for layer in layers
    }
    inputs, hidden = weights['rssm/obs_out/kernel'].shape  # comes in two parts
    deter = gru[1] // 3
    assert counted == sizes - {inputs * hidden} | {deter * hidden, (inputs - deter) * hidden}


def test_it_is_measured():
    one, many = (total_seconds([Product(300, 300, 300, times, 1)]) for times in (1, 1000))
    assert 0 < one < many
