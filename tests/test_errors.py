"""Messages for people."""

import sys

import pytest

from dreamerv2_tf.errors import UserError, nearest, require


def message(module):
    with pytest.raises(UserError) as error:
        require(module, 'films', '`--films`')
    return str(error.value)


def test_the_most_similar_word_is_named_or_none():
    assert nearest('rssm.detr', ['rssm.deter', 'seed']) == ' (did you mean `rssm.deter`?)'
    assert nearest('xyz', ['rssm.deter', 'seed']) == ''


def test_a_package_that_is_there_is_returned():
    assert require('json.decoder', 'films', '`--films`') is sys.modules['json.decoder']


def test_a_missing_package_is_named_with_the_extra_that_brings_it():
    install = "`--films` needs the package no_such_package: pip install 'dreamerv2_tf[films]'"
    assert message('no_such_package') == message('no_such_package.inside') == install


def test_a_package_that_cannot_be_imported_is_named_with_the_reason(tmp_path, monkeypatch):
    (tmp_path / 'broken_package.py').write_text('import no_such_package')
    (tmp_path / 'old_package.py').write_text('from json import no_such_name')
    monkeypatch.syspath_prepend(tmp_path)
    assert message('broken_package') == (
        "`--films` needs the package broken_package, which cannot be imported: No module named 'no_such_package': "
        "pip install 'dreamerv2_tf[films]'"
    )
    assert 'which cannot be imported: cannot import name' in message('old_package')
