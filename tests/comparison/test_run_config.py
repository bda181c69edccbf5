"""Settings of runs are read from their config.yaml and compared by value."""

import re

import pytest

from dreamerv2_tf.comparison import run_config
from dreamerv2_tf.config.presets import load_config, parse

BASE = load_config()


def settings(folder, text, name='config.yaml'):
    path = folder / name
    path.write_text(text)
    return run_config.read(path)


def differences(folder, *texts):
    return run_config.differences([settings(folder, text) for text in texts])


def changed(**changes):
    return BASE.updated(changes).to_yaml()


def test_a_config_reads_back_as_it_was_saved(tmp_path):
    found = settings(tmp_path, BASE.to_yaml())
    assert (found.task, found.method, found.seed) == ('atari_pong', 'dreamerv2', '0')
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in BASE.flat.items()}
    assert found.values == plain == parse(BASE.to_yaml(), 'it')


def test_equal_settings_do_not_differ(tmp_path):
    assert differences(tmp_path, BASE.to_yaml(), BASE.to_yaml()) == {}
    assert differences(tmp_path, BASE.to_yaml()) == run_config.differences([]) == {}


def test_swapped_learning_rates_differ(tmp_path):
    swapped = changed(**{'actor_opt.lr': 1e-4, 'critic_opt.lr': 4e-5})
    assert differences(tmp_path, BASE.to_yaml(), swapped) == {
        'actor_opt.lr': [4e-5, 1e-4],
        'critic_opt.lr': [1e-4, 4e-5],
    }


def test_lists_are_compared_item_by_item(tmp_path):
    kernels = changed(**{'encoder.cnn_kernels': (4, 4, 4, 6)})
    assert differences(tmp_path, BASE.to_yaml(), kernels) == {'encoder.cnn_kernels': [(4, 4, 4, 4), (4, 4, 4, 6)]}


def test_values_are_compared_and_not_how_they_are_written(tmp_path):
    plain = 'task: a\nactor_ent: 0.002\ndiscount: 0.999\nencoder: {cnn_kernels: [4, 4, 4, 4]}\n'
    other = 'task: a\nactor_ent: 2e-3\ndiscount: "0.999"\nencoder: {cnn_kernels: 4 4 4 4}\n'
    assert differences(tmp_path, plain, other) == {}


def test_settings_of_a_single_run_may_differ(tmp_path):
    own = {
        'task': 'atari_boxing',
        'seed': 1,
        'logdir': '/other',
        'steps': 60000,
        'envs': 4,
        'envs_parallel': 'process',
        'precision': 'mixed_float16',
        'jit_compile': 'True',
        'policy_jit': False,
        'eager': True,
        'overlap': True,
        'profile': 3,
        'log_every': 1,
        'video_every': 1,
        'log_keys_sum': 'a',
        'wandb_project': 'mine',
        'checkpoint.keep': 9,
        'checkpoint.every_minutes': 1,
        'replay.read_dirs': ['/a', '/b'],
        'replay.disk_limit_gb': 3,
        'replay.compress': True,
    }
    assert differences(tmp_path, BASE.to_yaml(), changed(**own)) == {}
    assert differences(tmp_path, changed(**own), changed(**own | {'replay.read_dirs': ['/c']})) == {}


def test_the_way_a_value_is_written_makes_no_difference(tmp_path):
    assert (
        differences(
            tmp_path,
            'task: a\nactor_opt: {lr: 4e-05, clip: 100}\ngrad_heads: [decoder, reward]\n',
            'grad_heads:\n- decoder\n- reward\ntask: a\nactor_opt:\n  clip: 100.0  # norm\n  lr: 0.00004\n',
        )
        == {}
    )


def test_a_key_that_an_older_version_did_not_write_has_its_default(tmp_path):
    older = re.sub(r'(?m)^slow_target_fraction:.*\n', '', BASE.to_yaml())
    assert 'slow_target_fraction' not in older
    assert differences(tmp_path, older, BASE.to_yaml()) == {}
    assert differences(tmp_path, older, changed(slow_target_fraction=0.5)) == {'slow_target_fraction': [1.0, 0.5]}


def test_a_key_of_a_newer_version_differs_from_its_absence(tmp_path):
    newer = BASE.to_yaml() + 'zoom: 3\n'
    assert differences(tmp_path, BASE.to_yaml(), newer) == {'zoom': ['not set', 3]}
    assert differences(tmp_path, newer, newer) == {}
    assert differences(tmp_path, newer, newer.replace('zoom: 3', 'zoom: 4')) == {'zoom': [3, 4]}


def test_more_than_two_runs_list_each_value_once(tmp_path):
    found = differences(tmp_path, changed(discount=0.9), changed(discount=0.8), changed(discount=0.9), changed())
    assert found == {'discount': [0.9, 0.8, 0.999]}


@pytest.mark.parametrize(
    'text',
    [
        'task: [',
        '- task',
        'task',
        '',
        'task: a\ntask: b\n',
        'task: a\nseed: !!python/object:os.system {}\n',
        'task: a\nx: *missing\n',
        'task: a\n---\nseed: 1\n',
    ],
)
def test_broken_yaml_is_an_error(text, tmp_path):
    with pytest.raises(ValueError, match='^config.yaml (is not YAML|holds no settings)'):
        settings(tmp_path, text)


@pytest.mark.parametrize('text', ['seed: 1\n', 'task: 3\n', 'task: "a\\nb"\n', 'task:\n'])
def test_a_file_without_a_task_is_an_error(text, tmp_path):
    with pytest.raises(ValueError, match='^config.yaml names no task'):
        settings(tmp_path, text)


@pytest.mark.parametrize(
    'text',
    [
        '# a comment\n\ntask: a\n# another\nrssm:\n  deter: 1\n',
        '---\ntask: a\nrssm: {deter: 1}\n',
        '"task": a\n"rssm": {"deter": 1}\n',
        'task: a\nrssm: &one {deter: 1}\nother: *one\n',
        'task: a\nrssm: {\n  deter: 1\n  }\n',
        'task: a\ntext: "one\n  two"\nrssm.deter: 1\n',
        'task: a\r\nrssm:\r\n  deter: 1\r\n',
        '{task: a, rssm: {deter: 1}}\n',
        'task: a\nrssm.deter: 1',
    ],
)
def test_sections_read_one_by_one_give_what_the_whole_file_gives(text, tmp_path):
    found = settings(tmp_path, text).values
    assert found == parse(text, 'it')
    assert found['rssm.deter'] == 1


def test_a_line_of_a_text_that_looks_like_a_section_is_no_section(tmp_path):
    assert settings(tmp_path, 'task: a\ntext: "one\nrssm: 3"\n').values == {'task': 'a', 'text': 'one rssm: 3'}


def test_values_too_large_to_be_shown_are_cut_and_keys_are_printable(tmp_path):
    found = settings(tmp_path, f'task: a\nlong: {"y" * 2000}\n"[b]\\e[31m": 3\n').values
    assert found == {'task': 'a', 'long': 'y' * 997 + '...', '[b]\\x1b[31m': 3}


@pytest.mark.parametrize('text', [f'task: {"x" * 201}\n', 'task: ""\n', 'task: "\\e[31m"\n'])
def test_a_task_is_a_short_printable_text(text, tmp_path):
    with pytest.raises(ValueError, match='^config.yaml names no task: '):
        settings(tmp_path, text)


def test_a_seed_is_printable_and_an_action_repeat_a_whole_number(tmp_path):
    assert settings(tmp_path, 'task: a\nseed: "\\e[31m"\n').seed == r'\x1b[31m'
    for value in ('x', '[1]', '.nan', '4.0', 'True'):
        with pytest.raises(ValueError, match='`action_repeat` in config.yaml must be a whole number'):
            settings(tmp_path, f'task: a\naction_repeat: {value}\n')


def test_a_config_of_a_gigabyte_is_not_read(tmp_path):
    path = tmp_path / 'config.yaml'
    with path.open('wb') as file:
        file.truncate(2**30)
    with pytest.raises(ValueError, match='it has more than 131,072 characters'):
        run_config.read(path)
