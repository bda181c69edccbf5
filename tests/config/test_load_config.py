"""Configs for Python, without a command line."""

import logging
import pathlib

import pytest

from dreamerv2_tf.config import flags, presets
from dreamerv2_tf.config.presets import load_config
from dreamerv2_tf.errors import UserError

RELEASE_RUN = pathlib.Path(__file__).parent.parent / 'data' / 'release_run' / 'config.yaml'


def test_without_names_it_is_what_the_command_line_gives():
    assert load_config() == flags.parse([])[0] == presets.stack(['atari'])[0]
    assert load_config('dmc_vision', 'cpu', seed=3) == flags.parse('--configs dmc_vision cpu --seed 3'.split())[0]


def test_a_section_may_be_a_dict_and_a_key_may_have_dots():
    config = load_config('cpu', rssm={'deter': 200}, **{'rssm.stoch': 4, r'.*\.norm': 'layer'})
    assert (config.rssm.deter, config.rssm.stoch, config.rssm.hidden) == (200, 4, 128)
    assert config.actor.norm == config.encoder.norm == 'layer'


def test_a_section_of_another_config_may_be_given():
    assert load_config(rssm=load_config('cpu').rssm).rssm == load_config('cpu').rssm


def test_values_are_converted_as_on_the_command_line():
    config = load_config(steps='1e6', grad_heads=['reward', 'discount'], expl_until=1e3)
    assert (config.steps, config.grad_heads, config.expl_until) == (10**6, ('reward', 'discount'), 1000)


@pytest.mark.parametrize(
    'names, changes, message',
    [
        ((), {'rssm': {'detr': 1}}, 'unknown key `rssm.detr` (did you mean `rssm.deter`?)'),
        ((), {'sead': 1}, 'unknown key `sead` (did you mean `seed`?)'),
        ((), {'rssm__deter': 1}, 'unknown key `rssm__deter`'),
        (('atri',), {}, 'did you mean `atari`?'),
        ((), {'seed': -1}, '`seed` must be a whole number'),
        ((), {'seed': None}, '`seed` must be a whole number'),
        ((), {'rssm': 5}, '`rssm` is a section'),
        ((), {'steps': 10, 'prefill': 10}, '`steps` counts the prefill'),
        ((), {'replay': {'minlen': 9, 'maxlen': 8}}, '`replay.maxlen` must be 0 or at least'),
    ],
)
def test_a_mistake_names_the_key_and_what_is_allowed(names, changes, message):
    with pytest.raises(UserError) as error:
        load_config(*names, **changes)
    assert message in str(error.value)


def test_a_file_may_name_a_task_that_imports_a_module_only_if_the_caller_names_it_too(tmp_path):
    path = tmp_path / 'some.yaml'
    path.write_text('task: gym_module:Env-v0')
    with pytest.raises(UserError, match='imports a module'):
        load_config(str(path))
    assert load_config(str(path), task='gym_module:Env-v0').task == 'gym_module:Env-v0'


def test_a_config_of_the_release_is_translated_and_what_was_changed_is_logged(caplog):
    with caplog.at_level(logging.WARNING):
        config = load_config(str(RELEASE_RUN), precision=16)
    assert (config.precision, config.actor_advantage) == ('mixed_float16', 'release')
    assert 'slow_baseline' in caplog.text
