"""Settings of a run become those of the release."""

import pytest

from dreamerv2_tf.benchmarks.beside import settings
from dreamerv2_tf.errors import UserError

from ... import small
from . import fake_release


@pytest.fixture
def defaults(tmp_path):
    return settings.read_defaults(fake_release.write(tmp_path / 'release'))


def test_values_of_ours_stand_under_the_releases_names_and_no_others(defaults):
    tree = settings.translate(small.config(train_every=7, replay__minlen=6, actor_ent='linear(1,0,9)'), defaults)
    assert set(tree) == set(defaults)
    assert tree['rssm'] == {'deter': 12, 'discrete': 5}
    assert tree['dataset'] == {'batch': small.B, 'length': small.T}
    assert set(tree['replay']) == {'capacity', 'ongoing', 'minlen', 'maxlen', 'prioritize_ends'}
    assert (tree['replay']['capacity'], tree['replay']['minlen'], tree['train_every']) == (2000000, 6, 7)
    assert (tree['task'], tree['action_repeat'], tree['actor_ent']) == ('atari_pong', 4, 'linear(1,0,9)')
    assert list(tree['grad_heads']) == ['decoder', 'reward', 'discount']


def test_what_only_the_release_has_stays_as_it_is_there(defaults):
    tree = settings.translate(small.config(loss_scales__kl=0.5), defaults)
    assert tree['loss_scales'] == {'kl': 0.5, 'proprio': 2.0} and tree['slow_baseline'] is True


@pytest.mark.parametrize('eager', [False, True])
def test_it_computes_in_float32_and_in_graphs_as_this_project_does(eager, defaults):
    tree = settings.translate(small.config(eager=eager), defaults)
    assert tree['precision'] == 32 and tree['jit'] is not eager


@pytest.mark.parametrize(
    'change, message',
    [
        ({'task': 'toy_catch'}, 'plays Atari games, `--task atari_GAME`. Received: toy_catch'),
        ({'rssm.gru_norm': False}, '`rssm.gru_norm` must be True'),
        ({'train_ratio': 4}, 'the release has no `train_ratio`'),
        ({'train_every': 0}, '`train_every` must be 1 or more'),
    ],
)
def test_what_the_release_cannot_do_is_refused(change, message):
    settings.check(small.config())
    with pytest.raises(UserError) as error:
        settings.check(small.config().updated(change))
    assert message in str(error.value)


@pytest.mark.parametrize('missing', settings.FILES)
def test_a_folder_that_is_no_checkout_is_refused(missing, tmp_path):
    folder = fake_release.write(tmp_path / 'release')
    (folder / missing).rename(tmp_path / missing)
    with pytest.raises(UserError, match=f'is no checkout of the release: there is no {missing}. Expected'):
        settings.read_defaults(folder)


def test_a_missing_folder_and_other_settings_are_refused(tmp_path):
    with pytest.raises(UserError, match='there is no configs.yaml, agent.py, common'):
        settings.read_defaults(tmp_path / 'nowhere')
    folder = fake_release.write(tmp_path / 'release')
    (folder / 'configs.yaml').write_text('atari: {seed: 1}')
    with pytest.raises(UserError, match='has no section `defaults`'):
        settings.read_defaults(folder)
    (folder / 'configs.yaml').write_text('{')
    with pytest.raises(UserError, match='is not YAML'):
        settings.read_defaults(folder)
