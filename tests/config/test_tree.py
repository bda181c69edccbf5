"""Configs are trees that cannot be changed by accident."""

import copy
import pickle

import pytest

from dreamerv2_tf.config import presets
from dreamerv2_tf.config.tree import Config


def test_a_setting_is_reached_by_attribute_by_key_and_as_an_argument():
    config = Config({'seed': 1, 'rssm.deter': 2, 'rssm.stoch': 3})
    assert config.rssm.deter == config['rssm.deter'] == config['rssm']['deter'] == 2
    assert dict(**config.rssm) == {'deter': 2, 'stoch': 3}
    assert list(config) == ['seed', 'rssm']
    assert len(config) == 2


def test_an_unknown_setting_is_an_error():
    config = Config({'seed': 1})
    with pytest.raises(AttributeError, match="'sead'.*seed"):
        _ = config.sead
    with pytest.raises(KeyError):
        config['sead']


def test_updates_leave_the_old_config_alone():
    old = presets.defaults()
    new = old.updated({'rssm.deter': '5'})
    assert (old.rssm.deter, new.rssm.deter) == (1024, 5)
    assert old != new
    flat = old.flat
    flat['seed'] = 9
    assert old.seed == 0


@pytest.mark.parametrize(
    'round_trip',
    [
        copy.copy,
        copy.deepcopy,
        *(lambda config, n=n: pickle.loads(pickle.dumps(config, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)),
    ],
)
def test_a_copy_is_equal_and_as_immutable(round_trip):
    config = presets.defaults()
    for old in (config, config.rssm):
        new = round_trip(old)
        assert new == old and type(new) is Config and new.flat == old.flat and list(new) == list(old)
    new = round_trip(config)
    assert new.rssm == config.rssm and new.updated({'rssm.deter': 5}).rssm.deter == 5
    assert config.rssm.deter == 1024
    with pytest.raises(AttributeError, match='cannot be changed'):
        new.seed = 1


def test_assigning_or_deleting_is_an_error_that_names_the_way():
    config = Config({'seed': 1, 'rssm.deter': 2})
    with pytest.raises(AttributeError, match=r"use config.updated\(\{'seed': 3\}\)"):
        config.seed = 3
    with pytest.raises(AttributeError, match='cannot be changed'):
        config.rssm.deter = 3
    with pytest.raises(AttributeError, match='cannot be changed'):
        del config.seed
    assert (config.seed, config.rssm.deter) == (1, 2)


def test_a_config_without_settings_yet_has_no_keys_and_does_not_recurse():
    with pytest.raises(AttributeError, match='no setting'):
        _ = Config.__new__(Config)._tree
