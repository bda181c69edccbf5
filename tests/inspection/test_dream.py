"""A model's view of an episode: its content, its figures and its films."""

import io

import numpy as np
import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.inspection import dream_files, figures, films
from dreamerv2_tf.inspection.dream import window
from dreamerv2_tf.media.captions import CAPTION_PIXELS

from .. import small
from .test_beliefs import VECTORS

ROWS, HORIZON, SAMPLES = 31, 8, 2


@pytest.fixture(scope='module')
def agent():
    return small.loaded()


@pytest.fixture(scope='module')
def episode():
    return small.episode(ROWS - 1)


@pytest.fixture(scope='module')
def dream(agent, episode):
    return agent.dream(episode, 4, HORIZON, SAMPLES)


@pytest.mark.parametrize(
    'rows, start, horizon, expected',
    [
        (71, None, 45, (10, 5, 45)),  # in the middle
        (71, 0, 45, (0, 5, 45)),
        (71, 40, 45, (40, 5, 26)),  # the episode ends
        (20, None, 45, (0, 5, 15)),
        (3, None, 45, (0, 2, 1)),
    ],
)
def test_the_open_loop_prediction_lies_within_the_episode(rows, start, horizon, expected):
    assert window(rows, start, horizon) == expected


@pytest.mark.parametrize('start', [-1, 26, 100])
def test_a_start_without_a_row_to_predict_is_an_error(start):
    with pytest.raises(UserError, match='can start at rows 0 to 25 of the episode, which has 31'):
        window(31, start, 45)


def test_all_parts_are_there_and_can_be_saved_without_pickles(dream, episode):
    assert dream.open_loop.truth['image'].shape == (5 + HORIZON, 64, 64, 1)
    assert dream.open_loop.prediction['image'].shape == (5 + HORIZON, SAMPLES, 64, 64, 1)
    assert dream.imagined.observation['image'].shape == (HORIZON + 1, SAMPLES, 64, 64, 1)
    np.testing.assert_allclose(dream.open_loop.truth['image'], episode['image'][4 : 4 + 13] / 255, atol=1e-6)
    file = io.BytesIO()
    np.savez(file, **dream.numbers())
    file.seek(0)
    with np.load(file, allow_pickle=False) as saved:
        assert {
            name: saved[name].shape for name in ('kl', 'usage', 'post_class', 'open_loop/kl', 'imagined/expected/value')
        } == {
            'kl': (ROWS, 4),
            'usage': (4, 5),
            'post_class': (ROWS, 4),
            'open_loop/kl': (HORIZON, SAMPLES),
            'imagined/expected/value': (HORIZON + 1, SAMPLES),
        }


def test_an_open_loop_prediction_knows_its_five_rows_and_the_actions_alone(agent, episode, dream):
    def predicted(**changed):
        return agent.dream({**episode, **changed}, 4, HORIZON, SAMPLES).open_loop.prediction['image']

    image, action = episode['image'].copy(), episode['action'].copy()
    image[:4], image[9:] = 0, 255
    np.testing.assert_allclose(predicted(image=image), dream.open_loop.prediction['image'], atol=1e-5)
    action[11] = np.roll(action[11], 1)
    changed = np.abs(predicted(action=action) - dream.open_loop.prediction['image']).max((1, 2, 3, 4)) > 1e-6
    np.testing.assert_array_equal(changed, np.arange(13) >= 7)
    assert np.any(dream.open_loop.prediction['image'][5:, 0] != dream.open_loop.prediction['image'][5:, 1])


def test_imagined_rollouts_begin_with_the_last_row_that_was_seen(dream):
    np.testing.assert_allclose(
        dream.imagined.observation['image'][0], dream.open_loop.prediction['image'][4], atol=1e-5
    )


def test_a_shortened_horizon_is_logged(agent, episode, caplog):
    dream = agent.dream(episode, 20, HORIZON, 1)
    assert 'has 6 steps instead of 8: the episode ends there' in caplog.text
    assert len(dream.open_loop.kl) == 6 and len(dream.imagined.expected.value) == HORIZON + 1


def test_films_show_the_pixels_of_truth_and_model(dream, episode):
    film = films.reconstruction(dream, 'image')
    height = CAPTION_PIXELS
    assert film.dtype == np.uint8 and film.shape == (ROWS, height + 128, 3 * 128 + 2 * 4, 1)
    np.testing.assert_array_equal(film[:, height::2, :128:2], episode['image'])
    model = np.round(dream.reconstruction['image'] * 255)
    np.testing.assert_array_equal(film[:, height::2, 132:260:2], model)
    film = films.open_loop(dream, 'image')
    assert film.shape == (5 + HORIZON, height + 256, 3 * 132 - 4, 1)
    np.testing.assert_array_equal(film[:, height : height + 128 : 2, :128:2], episode['image'][4:17])
    film = films.imagined(dream, 'image')
    assert film.shape == (HORIZON + 1, height + 128 + 4 * films.STRIP_PIXELS, 2 * 132 - 4, 1)
    assert (film[-1, height + 128 :] < 100).sum() > (film[1, height + 128 :] < 100).sum()  # curves grow
    assert films.latent(dream, 'image').shape == (ROWS, height + 128, 128 + 4 + 125 + 4 + 125, 1)


@pytest.mark.parametrize(
    'draw',
    [
        lambda dream: figures.open_loop(dream, 'image'),
        lambda dream: figures.imagined(dream, 'image'),
        figures.horizon,
        figures.latent,
        figures.variables,
    ],
)
def test_figures_can_be_drawn(dream, draw):
    file = io.BytesIO()
    draw(dream).savefig(file)
    assert file.getvalue()[:4] == b'\x89PNG'


def test_a_strip_shows_the_actions_of_the_first_dream(dream):
    axis = figures.imagined(dream, 'image').axes[-1]
    assert axis.get_ylabel() == 'action, dream 1'
    np.testing.assert_array_equal(axis.get_images()[0].get_array(), dream.imagined.rollouts.action[:, 0].T)


def test_the_error_over_the_horizon_is_that_of_the_pixels(dream):
    axis = figures.horizon(dream).axes[0]
    lines = {line.get_label(): line.get_ydata() for line in axis.get_lines()}
    error = np.square(dream.open_loop.prediction['image'][5:] - dream.open_loop.truth['image'][5:, None])
    np.testing.assert_allclose(lines['open loop, mean of 2'], error.mean((1, 2, 3, 4)), rtol=1e-5)


def test_files_are_named_safely_whatever_an_observation_is_called(dream):
    names = list(dream_files.drawings(dream, ['camera/front', 'camera_front']))
    assert 'imagined_camera_front.gif' in names
    assert len({*names}) == len(names) and not any('/' in name for name in names)


def test_what_cannot_be_drawn_is_left_out_with_a_reason(tmp_path):
    agent = small.loaded(False, observation=VECTORS, rssm__discrete=0, encoder__mlp_keys='.*', decoder__mlp_keys='.*')
    episode = {**small.episode(9), 'vector': np.zeros((10, 3), np.float32), 'height': np.zeros(10, np.float32)}
    dream = agent.dream(episode, horizon=3, samples=2)
    drawings = dream_files.drawings(dream, agent.film_keys)
    assert list(drawings) == ['horizon.png', 'variables.png']
    assert [sentence.split(':')[0] for sentence in dream_files.left_out(dream, agent.film_keys)] == [
        '`vector` is no picture with 1, 3 or 4 channels',
        '`height` is no picture with 1, 3 or 4 channels',
        'the latents are Gaussian',
    ]
    for name, draw in drawings.items():
        dream_files.write_drawing(tmp_path / name, draw)
    dream_files.write_numbers(tmp_path / 'dream.npz', dream)
    assert len(list(tmp_path.iterdir())) == 3
