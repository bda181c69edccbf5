"""Configs are trees that cannot be changed by accident."""

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
        config.sead
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
