import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.nets.conv import TransposedConv
from dreamerv2_tf.nets.decoder import Decoder
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
        (4, 4, 1, 48),
        (4, 4, 48, 96),
        (4, 4, 96, 192),
        (4, 4, 192, 384),
    ]


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


def test_images_of_different_size_have_layers_of_their_own_and_are_joined_afterwards():
    shapes = {'wrist': (32, 40, 3), 'front': (64, 64, 1), 'back': (64, 64, 3), 'pos': (2,)}
    layer, obs = encoder(shapes), observation(shapes)
    names = {variable.path.split('/')[1] for variable in layer.variables}
    assert {'conv0', 'conv1', 'conv2', 'size1_conv0', 'size1_conv3', 'mlp'} <= names and 'conv3' not in names
    embed, wrist = layer(obs).numpy(), encoder({'wrist': shapes['wrist']}).embed_size
    assert embed.shape == (2, 3, layer.embed_size) == (2, 3, wrist + 64 + 5)
    other = layer(obs | {'back': obs['back'] + 1}).numpy()
    np.testing.assert_array_equal(np.any(embed != other, (0, 1)).nonzero()[0], np.arange(wrist, wrist + 64))
    means = decoder(shapes)(RNG.normal(size=(2, 3, 9)).astype(np.float32))
    assert {key: mean.shape[2:] for key, mean in means.items()} == shapes


def test_images_of_64_pixels_keep_the_names_of_their_layers():
    names = {variable.path.split('/')[1] for variable in decoder({'image': (64, 64, 1)}).variables}
    assert names == {'dense', 'deconv0', 'deconv1', 'deconv2', 'deconv3'}


@pytest.mark.parametrize(
    'size', [(64, 64), (32, 32), (84, 84), (96, 96), (60, 80), (33, 47), (128, 128), (210, 160), (480, 32)]
)
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


def layers_of_vectors(*keys):
    """{key: name of its layer}; the outputs of each key differ in size."""
    shapes = {key: (size,) for size, key in enumerate(keys, 1)}
    layer = decoder(shapes)
    paths = [variable.path for variable in layer.variables]
    assert len(set(paths)) == len(paths)
    sizes = {variable.path.split('/')[-2]: variable.shape[0] for variable in layer.variables if 'out_' in variable.path}
    return {keys[size - 1]: name for name, size in sizes.items() if name.startswith('out_')}


def test_a_vector_names_its_layer_with_an_underscore_for_a_slash():
    assert layers_of_vectors('pos', 'arm/pos') == {'pos': 'out_pos', 'arm/pos': 'out_arm_pos'}


def test_layers_of_keys_that_differ_in_slashes_alone_have_different_names():
    assert layers_of_vectors('a/b', 'a_b', 'c') == {'a/b': 'out_a_b_1', 'a_b': 'out_a_b_2', 'c': 'out_c'}
    assert layers_of_vectors('a_b', 'a/b') == {'a/b': 'out_a_b_1', 'a_b': 'out_a_b_2'}, 'in any order'
    assert layers_of_vectors('a/b', 'a_b', 'a_b_1') == {'a/b': 'out_a_b_2', 'a_b': 'out_a_b_3', 'a_b_1': 'out_a_b_1'}
    assert len(set(layers_of_vectors('a/b/c', 'a_b/c', 'a/b_c', 'a/b', 'a_b').values())) == 5


def test_decoder_kernels_that_miss_the_size_are_refused():
    with pytest.raises(UserError, match='decoder.cnn_kernels'):
        decoder({'image': (64, 64, 1)}, cnn_kernels=(4, 4, 4, 4))


def same_with_gradients(layer, plain, shape, dtype):
    """A layer's outputs and gradients are those of the plain operation plain(x, kernel)."""
    layer.build((None, *shape[1:]))
    layer.bias.assign(RNG.normal(size=layer.bias.shape))
    x = tf.constant(RNG.normal(size=shape), dtype)
    kernel = layer.kernel.value
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        got, expected = layer(x), plain(x, kernel) + layer.bias
        weight = tf.constant(RNG.normal(size=expected.shape), dtype)
        got_loss, expected_loss = tf.reduce_sum(got * weight), tf.reduce_sum(expected * weight)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
    for source in (x, kernel):
        np.testing.assert_allclose(
            tape.gradient(got_loss, source), tape.gradient(expected_loss, source), rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize('inputs, outputs', [(3, 4), (1, 8), (8, 5)])
@pytest.mark.parametrize('height, width, kernel', [(1, 1, 5), (1, 1, 6), (5, 5, 5), (13, 7, 6), (30, 31, 4)])
def test_transposed_convolution_equals_tensorflows(height, width, kernel, inputs, outputs):
    grown = [3, 2 * (height - 1) + kernel, 2 * (width - 1) + kernel, outputs]
    same_with_gradients(
        TransposedConv(outputs, kernel, 'float64'),
        lambda x, k: tf.nn.conv2d_transpose(x, k, grown, 2, 'VALID'),
        (3, height, width, inputs),
        'float64',
    )
