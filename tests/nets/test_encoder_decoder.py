import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.nets.decoder import Decoder, TransposedConv
from dreamerv2_tf.nets.encoder import Encoder

RNG = np.random.default_rng(0)
CNN = {'cnn_depth': 2, 'act': 'elu', 'norm': 'none', 'mlp_layers': [6, 5]}


def encoder(shapes, cnn_keys='.*', mlp_keys='.*', **changes):
    layer = Encoder(shapes, cnn_keys, mlp_keys, **CNN | {'cnn_kernels': (4, 4, 4, 4)} | changes)
    layer.build()
    return layer


def decoder(shapes, cnn_keys='.*', mlp_keys='.*', **changes):
    layer = Decoder(shapes, 9, cnn_keys, mlp_keys, **CNN | {'cnn_kernels': (5, 5, 6, 6)} | changes)
    layer.build()
    return layer


def observation(shapes):
    return {key: RNG.normal(size=(2, 3, *shape)).astype(np.float32) for key, shape in shapes.items()}


def test_an_atari_image_becomes_32_times_depth_numbers():
    layer = encoder({'image': (64, 64, 1)}, cnn_depth=48)
    assert layer.embed_size == 1536
    assert [tuple(v.shape) for v in layer.variables if v.name == 'kernel'] == [
        (4, 4, 1, 48), (4, 4, 48, 96), (4, 4, 96, 192), (4, 4, 192, 384)]


def test_images_come_before_vectors_in_the_order_of_the_observation():
    shapes = {'b': (3,), 'image': (64, 64, 1), 'a': (2,)}
    layer, obs = encoder(shapes), observation(shapes)
    assert layer.mlp_keys == ['b', 'a']
    embed = layer(obs).numpy()
    assert embed.shape == (2, 3, layer.embed_size) == (2, 3, 64 + 5)
    other = layer(obs | {'a': obs['a'] + 1}).numpy()
    np.testing.assert_array_equal(embed[..., :64], other[..., :64])
    assert np.all(embed[..., 64:] != other[..., 64:])


def test_keys_are_chosen_by_patterns_from_their_start():
    shapes = {'image': (64, 64, 1), 'image2': (64, 64, 3), 'my_image': (64, 64, 1), 'pos': (2,)}
    assert encoder(shapes, 'image', '$^').cnn_keys == ['image', 'image2']
    assert encoder(shapes, 'image$', '$^').cnn_keys == ['image']
    assert encoder(shapes, '$^', 'pos').mlp_keys == ['pos']


@pytest.mark.parametrize('make', [encoder, decoder])
def test_choosing_nothing_names_what_there_is(make):
    with pytest.raises(UserError, match='image'):
        make({'image': (64, 64, 1)}, '$^', '$^')


@pytest.mark.parametrize('make', [encoder, decoder])
def test_images_of_different_size_cannot_be_mixed(make):
    with pytest.raises(UserError, match='different size'):
        make({'a': (64, 64, 1), 'b': (32, 32, 1)})


@pytest.mark.parametrize('size', [(64, 64), (32, 32), (84, 84), (96, 96), (56, 56), (33, 47), (128, 128)])
def test_images_of_any_size_come_back_in_their_size(size):
    shapes = {'image': (*size, 3)}
    assert encoder(shapes)(observation(shapes)).shape[:2] == (2, 3)
    means = decoder(shapes)(RNG.normal(size=(2, 3, 9)).astype(np.float32))
    assert means['image'].shape == (2, 3, *size, 3)
    assert means['image'].dtype == tf.float32


def test_several_images_and_vectors_are_decoded():
    shapes = {'left': (64, 64, 1), 'right': (64, 64, 3), 'pos': (2,), 'speed': (4,)}
    means = decoder(shapes)(RNG.normal(size=(2, 3, 9)).astype(np.float32))
    assert {key: mean.shape[2:] for key, mean in means.items()} == shapes


def test_decoder_kernels_that_miss_the_size_are_refused():
    with pytest.raises(UserError, match='decoder.cnn_kernels'):
        decoder({'image': (64, 64, 1)}, cnn_kernels=(4, 4, 4, 4))


@pytest.mark.parametrize('side, kernel', [(1, 5), (1, 6), (5, 5), (13, 6)])
def test_transposed_convolution_equals_tensorflows(side, kernel):
    layer = TransposedConv(4, kernel)
    layer.build((None, side, side, 3))
    layer.bias.assign(RNG.normal(size=4))
    x = RNG.normal(size=(2, side, side, 3)).astype(np.float32)
    grown = 2 * (side - 1) + kernel
    expected = tf.nn.conv2d_transpose(x, layer.kernel, [2, grown, grown, 4], 2, 'VALID') + layer.bias
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)
