"""What an update has to compute follows from the shapes of its layers."""

import numpy as np
import pytest

from dreamerv2_tf.benchmarks.flops import Convolution, Product, layers_of_update, total_flops, total_seconds
from dreamerv2_tf.spec import Spec

from .. import small

B, T, H = 3, 6, 5
IMAGES = {'encoder': (64, 64), 'decoder': (64, 64)}


def test_a_product_counts_a_multiplication_and_an_addition_per_weight_and_row():
    product = Product(rows=7, inputs=3, outputs=2, times=4, passes=3)
    assert product.flops == 2 * 7 * 3 * 2
    assert [call().shape for call in product.calls()] == [(7, 2), (3, 2), (7, 3)]
    assert total_flops([product]) == 4 * 3 * 84


def test_a_convolution_counts_each_place_of_its_smaller_image():
    convolution = Convolution(images=2, size=(10, 8), kernel=(4, 4, 3, 5))
    assert convolution.flops == 2 * 2 * (4 * 3) * (4 * 4 * 3 * 5)
    assert [call().shape for call in convolution.calls()] == [(2, 4, 3, 5), (4, 4, 3, 5), (2, 10, 8, 3)]
    assert len(convolution._replace(is_first=True).calls()) == 2
    np.testing.assert_allclose(
        convolution.calls()[2](), convolution._replace(is_transposed=True).calls()[2](), atol=1e-4
    )


def test_all_kernels_are_counted_as_often_as_an_update_needs_them():
    weights = small.agent().weights
    layers = layers_of_update(weights, B, T, H, IMAGES)
    convolutions = [layer for layer in layers if isinstance(layer, Convolution)]
    assert [layer.size[0] for layer in convolutions] == [64, 31, 14, 6, 13, 30, 64]
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


@pytest.mark.parametrize('shape, down', [((84, 60, 3), [84, 41, 19]), ((64, 96, 1), [64, 31, 14, 6])])
def test_convolutions_of_other_image_sizes_are_counted_at_their_sizes(shape, down):
    agent = small.agent(observation={'image': Spec(shape, np.dtype(np.uint8))})
    layers = layers_of_update(agent.weights, B, T, H, dict.fromkeys(IMAGES, shape[:2]))
    convolutions = [layer for layer in layers if isinstance(layer, Convolution)]
    assert [layer.size[0] for layer in convolutions] == [*down, *down[::-1]]
    first, last = convolutions[0], convolutions[-1]
    assert first.size == last.size == shape[:2]
    height, width = ((n - 4) // 2 + 1 for n in shape[:2])
    assert first.flops == 2 * B * T * height * width * 4 * 4 * shape[2] * 2
    large, small_map = agent.world_model.decoder(np.zeros((1, 32), np.float32))['image'].shape, last.small_size
    assert tuple(2 * (m - 1) + k for m, k in zip(small_map, last.kernel)) == tuple(large[1:3])


@pytest.mark.whole_machine
def test_it_is_measured():
    one, many = (total_seconds([Product(300, 300, 300, times, 1)]) for times in (1, 1000))
    assert 0 < one < many


def test_an_explorer_adds_its_ensemble_and_a_second_behaviour():
    changes = {'disag_models': 3, 'expl_head.layers': 1, 'expl_head.units': 7, 'expl_behavior': 'Plan2Explore'}
    weights = small.agent(**changes).weights
    own = {name: v for name, v in weights.items() if name.startswith(('expl_', 'ensemble'))}
    first, last = (tuple(own[f'ensemble/kernel{i}'].shape) for i in (0, 1))
    layers = layers_of_update(own, B, T, H, {})
    assert Product(B * T, *first[1:], 3, 2) in layers and Product(B * T, *last[1:], 3, 3) in layers
    assert Product(B * T, *first[1:], 3 * H, 1) in layers
    actor = [Product(B * T * H, *own['expl_actor/out/kernel'].shape, 1, 3)]
    assert actor[0] in layers and total_flops(layers) > total_flops(actor)
