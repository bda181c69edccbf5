"""configs.yaml is read from disk once, since parsing it takes most of the time of these tests."""

import functools

import pytest

from dreamerv2_tf.config import presets

_load = functools.cache(presets.load)


@pytest.fixture(autouse=True)
def read_once(monkeypatch):
    monkeypatch.setattr(presets, 'load', _load)
