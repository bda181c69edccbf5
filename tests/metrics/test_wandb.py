"""The sink for Weights & Biases, with a stand-in for its package."""

import sys
import types

import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.metrics.wandb import Wandb


class Package(types.ModuleType):
    """Keeps its calls, as (name, positional arguments, named arguments)."""

    class Error(Exception):
        pass

    def __init__(self):
        super().__init__('wandb')
        self.calls = []

    def __getattr__(self, name):
        def noted(*words, **named):
            self.calls.append((name, words, named))
            return self

        return noted


@pytest.fixture
def package(monkeypatch):
    stand_in = Package()
    monkeypatch.setitem(sys.modules, 'wandb', stand_in)
    return stand_in


def test_numbers_are_logged_over_frames_and_sent_at_the_end(package, tmp_path):
    sink = Wandb('dreams', 'atari_pong 0', tmp_path, {'seed': 0})
    sink.write(400, {'eval_return': -20.0})
    sink.close()
    init, metric, log, finish = package.calls
    assert init[2] | {'id': None} == {
        'project': 'dreams',
        'name': 'atari_pong 0',
        'dir': str(tmp_path),
        'id': None,
        'resume': 'allow',
        'config': {'seed': 0},
    }
    assert metric == ('define_metric', ('*',), {'step_metric': 'frames'})
    assert log == ('log', ({'frames': 400, 'eval_return': -20.0},), {}) and finish[0] == 'finish'


def test_a_resumed_run_goes_on_there_and_another_folder_is_another_run(package, tmp_path):
    (tmp_path / 'other').mkdir()
    for folder in (tmp_path, tmp_path, tmp_path / 'other'):
        Wandb('dreams', 'name', folder, {})
    first, again, other = [call[2]['id'] for call in package.calls if call[0] == 'init']
    assert first == again != other


def test_without_the_package_the_error_names_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'wandb', None)
    with pytest.raises(UserError, match=r'dreamerv2_tf\[wandb\]'):
        Wandb('dreams', 'name', tmp_path, {})


def test_what_it_refuses_is_a_users_mistake(package, tmp_path):
    def refuse(**named):
        raise Package.Error('no API key')

    package.init = refuse
    with pytest.raises(UserError, match='no API key; WANDB_MODE=offline'):
        Wandb('dreams', 'name', tmp_path, {})
