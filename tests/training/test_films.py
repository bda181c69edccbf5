"""Films of evaluations: what they show, and that a run does not wait for them."""

import numpy as np
import PIL.Image
import pytest

from dreamerv2_tf.files import safe_name
from dreamerv2_tf.spec import Spec
from dreamerv2_tf.training.films import SEQUENCE_ROWS, SEQUENCES, Films, sequences

from .. import small

OBSERVATION = {
    'image': Spec((64, 64, 1), np.dtype(np.uint8)),
    'vector': Spec((3,), np.dtype(np.float32)),
    'depth': Spec((64, 64, 3), np.dtype(np.uint8)),
}


class TensorBoard:
    def __init__(self):
        self.written = []

    def write_gif(self, step, name, encoded, shape):
        self.written.append((step, name, encoded, shape))


def episode(length, start=0):
    rng = np.random.default_rng(0)
    return {
        'image': rng.integers(0, 256, (length + 1, 64, 64, 1)).astype(np.uint8),
        'number': start + np.arange(length + 1),
        'reward': np.zeros(length + 1, np.float32),
        'action': np.eye(small.A, dtype=np.float32)[rng.integers(small.A, size=length + 1)],
        **{flag: np.zeros(length + 1, bool) for flag in ('is_first', 'is_last', 'is_terminal')},
    }


@pytest.fixture(scope='module')
def world_model():
    return small.agent().world_model


def test_sequences_are_spread_over_the_episodes():
    number = sequences([episode(99), episode(79, 1000)])['number']
    assert number.shape == (SEQUENCES, SEQUENCE_ROWS)
    assert list(number[:, 0]) == [0, 1000, 25, 1015, 50, 1030]
    assert (np.diff(number) == 1).all()
    assert sequences([episode(20)])['number'].shape == (SEQUENCES, 21)
    assert sequences([episode(20), episode(3)]) is None


def test_every_sequence_begins_as_in_training():
    is_first = sequences([episode(99)])['is_first']
    assert is_first[:, 0].all() and not is_first[:, 1:].any()


def test_an_evaluation_leaves_a_film_of_the_policy_and_one_of_the_model(world_model, tmp_path, caplog):
    tensorboard = TensorBoard()
    films = Films(tmp_path / 'videos', world_model, OBSERVATION, ['image', 'vector'], 0, tensorboard)
    films.make(50, 200, [episode(30)])
    assert films.possible([episode(30)]) and not films.possible([])
    films.close()
    assert 'of `log_keys_video` image, vector only image, depth can be shown' in caplog.text
    names = ['eval_policy_image', 'open_loop_image']
    assert sorted(path.name for path in (tmp_path / 'videos').iterdir()) == [f'{name}-000000200.gif' for name in names]
    assert [(step, name, shape) for step, name, _, shape in tensorboard.written] == [
        (200, names[0], (31, 128, 128, 1)),
        (200, names[1], (31, 192, SEQUENCES * 64, 1)),
    ]
    with PIL.Image.open(tmp_path / 'videos' / 'open_loop_image-000000200.gif') as film:
        assert film.size == (SEQUENCES * 64, 192) and film.n_frames == 31


def test_where_no_image_is_called_as_named_all_images_are_shown(world_model, tmp_path, caplog):
    key = 'cam/front left.rgb'
    films = Films(tmp_path, world_model, {key: OBSERVATION['image']}, ['image'], 0, TensorBoard())
    assert f'of `log_keys_video` image only {key} can be shown; they are shown' in caplog.text
    films.make(50, 200, [episode(3) | {key: episode(3)['image']}])
    films.close()
    assert [path.name for path in tmp_path.iterdir()] == [f'{safe_name(f"eval_policy_{key}")}-000000200.gif']
    assert not Films(tmp_path, world_model, OBSERVATION, [], 0, TensorBoard()).possible([episode(30)])


def test_a_key_that_is_no_file_name_gets_a_film_under_a_safe_one(world_model, tmp_path):
    key = 'camera/front'
    films = Films(tmp_path, world_model, {key: OBSERVATION['image']}, [key], 0, TensorBoard())
    films.make(50, 200, [episode(3) | {key: episode(3)['image']}])
    films.close()
    assert [path.name for path in tmp_path.iterdir()] == [f'{safe_name("eval_policy_camera/front")}-000000200.gif']


def test_a_film_shows_the_model_as_it_was_when_the_film_was_requested(world_model, tmp_path):
    """Also if the model learns on before the film is made."""

    def film(folder, meanwhile):
        films = Films(tmp_path / folder, world_model, OBSERVATION, ['image'], 0, TensorBoard())
        films.make(1, 1, [episode(20)])
        meanwhile()
        films.close()
        return (tmp_path / folder / 'open_loop_image-000000001.gif').read_bytes()

    def learn():
        for part in world_model.parts.values():
            for variable in part.variables:
                variable.assign(variable + 1)

    before = film('a', lambda: None)
    assert film('b', learn) == before
    assert film('c', lambda: None) != before
