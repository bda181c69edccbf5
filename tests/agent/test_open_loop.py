"""Open-loop films: what is truth, what is seen, what is predicted."""

import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.agent.open_loop import open_loop

from .. import small


@pytest.fixture(scope='module')
def world_model():
    return small.agent(rssm__discrete=0).world_model


def film(world_model, seen=2, **changed):
    rows = {key: tf.constant(value) for key, value in (small.rows() | changed).items()}
    return open_loop(world_model, rows, 'image', tf.constant([1, 2]), seen)


def test_truth_stands_above_the_model_and_their_difference_below(world_model):
    frames = film(world_model)
    assert frames.shape == (small.T, 3 * 64, small.B * 64, 1) and frames.dtype == np.uint8
    truth, model, error = (frames[:, i * 64 : (i + 1) * 64].astype(int) for i in range(3))
    np.testing.assert_array_equal(truth, np.concatenate(list(small.rows()['image'].astype(int)), axis=2))
    np.testing.assert_allclose(error, (model - truth + 255) / 2, atol=1)


def test_from_the_first_unseen_row_on_images_play_no_part_and_actions_do(world_model):
    image, action = small.rows()['image'].copy(), small.rows()['action'].copy()
    image[:, 2:] = 0
    model = slice(64, 128)
    np.testing.assert_array_equal(film(world_model)[:, model], film(world_model, image=image)[:, model])
    action[:, 3] = np.roll(action[:, 3], 1, -1)
    changed = (film(world_model)[:, model] != film(world_model, action=action)[:, model]).any((1, 2, 3))
    assert list(changed) == [False, False, False, True, True, True]


def test_what_is_seen_changes_the_model(world_model):
    image = small.rows()['image'].copy()
    image[:, 1] = 255 - image[:, 1]
    changed = (film(world_model)[:, 64:128] != film(world_model, image=image)[:, 64:128]).any((1, 2, 3))
    assert list(changed) == [False, True, True, True, True, True]
