"""The release's process gets what it needs, says how it ended, and leaves nothing behind."""

import os
import signal

import pytest

from dreamerv2_tf.benchmarks.beside import settings
from dreamerv2_tf.benchmarks.beside.process import Checkout, started
from dreamerv2_tf.errors import RunError

from ... import small
from . import fake_release

pytestmark = pytest.mark.usefixtures('ends_in_time', 'fake_child')


@pytest.fixture
def checkout(tmp_path):
    folder = fake_release.write(tmp_path / 'release')
    given = {name: os.environ[name] for name in ('PYTHONPATH', 'PATH')}
    return Checkout(folder, settings.read_defaults(folder), given)


def test_it_answers_turn_after_turn_and_is_gone_afterwards_with_its_files(checkout, tmp_path):
    with started(checkout, 'update', small.config()) as release:
        assert [release.ask(calls=number) for number in (1, 2)] == [[0.5], [0.5, 0.5]]
        order = release.ask(tell=True)['order']
        assert os.listdir(order['folder']) == ['episode.npz']
    assert order['case'] == 'update' and order['settings']['rssm'] == {'deter': 12, 'discrete': 5}
    assert order['full_actions'] is True
    assert release._process.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == ['release']


@pytest.mark.parametrize(
    'given, expected, told',
    [({}, None, 'auto'), ({'TF_ENABLE_ONEDNN_OPTS': '1'}, '1', '1'), ({'TF_ENABLE_ONEDNN_OPTS': '0'}, '0', '0')],
)
def test_onednn_is_as_the_user_set_it_whatever_this_process_does(given, expected, told, checkout, monkeypatch):
    monkeypatch.setenv('TF_ENABLE_ONEDNN_OPTS', '1')  # as `loading_tensorflow` does
    checkout = checkout._replace(environment={**checkout.environment, **given})
    with started(checkout, 'update', small.config()) as release:
        environment = release.ask(tell=True)['environment']
    assert environment.get('TF_ENABLE_ONEDNN_OPTS') == expected and checkout.onednn == told
    assert environment['TF_USE_LEGACY_KERAS'] == '1'


@pytest.mark.parametrize(
    'when, message',
    [
        ('at_start', 'ended with exit code 1: ModuleNotFoundError: no module named old_gym'),
        ('in_turn', 'ended with exit code 3: bad weather'),
        ('killed', 'was killed by SIGKILL: it said nothing'),
    ],
)
def test_its_end_is_one_line_with_its_last_words(when, message, checkout, tmp_path):
    checkout = checkout._replace(environment={**checkout.environment, 'FAKE_DIES': when})
    with pytest.raises(RunError) as error, started(checkout, 'update', small.config()) as release:
        release.ask(calls=1)
    assert str(error.value) == f"the release's process {message}"
    assert [path.name for path in tmp_path.iterdir()] == ['release']


def test_a_process_that_ended_between_turns_is_told_as_well(checkout):
    with pytest.raises(RunError, match='was killed by SIGTERM'), started(checkout, 'update', small.config()) as release:
        release._process.terminate()
        release._process.wait(30)
        release.ask(calls=1)
