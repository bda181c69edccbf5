"""Variables by name."""

import keras
import pytest

from dreamerv2_tf.errors import RunError
from dreamerv2_tf.nets.weights import by_path, joined


def dense(name):
    layer = keras.layers.Dense(2, name=name)
    layer.build((None, 3))
    return layer


def test_variables_have_the_paths_of_their_layers():
    assert list(by_path([dense('one'), dense('two')])) == ['one/kernel', 'one/bias', 'two/kernel', 'two/bias']


def test_two_variables_of_one_path_are_refused_since_a_checkpoint_would_lack_one():
    with pytest.raises(RunError, match='several variables are called same/bias, same/kernel'):
        by_path([dense('same'), dense('same')])


def test_parts_whose_variables_share_a_name_are_refused():
    assert list(joined([{'a': 1}, {'b': 2}])) == ['a', 'b']
    with pytest.raises(RunError, match='several variables are called a'):
        joined([{'a': 1}, {'a': 2}])
