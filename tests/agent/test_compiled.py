"""Functions that are compiled once for each size of their arguments."""

import numpy as np
import pytest
import tensorflow as tf

from dreamerv2_tf.agent.compiled import Compiled


def halves(x, parts, seed):
    """Nested arguments and results; `seed` may be None."""
    return {'sum': x + parts['b'], 'rest': (parts['a'] / 2, x if seed is None else x * 0)}


@pytest.mark.parametrize('jit_compile', [False, True])
def test_each_size_is_compiled_once_and_results_are_nested_as_they_were(jit_compile):
    compiled = Compiled(halves, jit_compile)
    for size in (2, 3, 2, 3):
        x, parts = np.arange(size, dtype=np.float32), {'b': np.ones(size, np.float32), 'a': tf.ones([size, 2])}
        result = compiled(x, parts, None)
        np.testing.assert_array_equal(result['sum'], x + 1)
        np.testing.assert_array_equal(result['rest'][0], np.full((size, 2), 0.5))
        np.testing.assert_array_equal(result['rest'][1], x)
    assert compiled.traces == 2


def test_none_and_a_tensor_in_its_place_are_two_graphs():
    compiled, x = Compiled(halves), tf.ones([2])
    parts = {'a': x, 'b': x}
    assert compiled(x, parts, None)['rest'][1].numpy().tolist() == [1, 1]
    assert compiled(x, parts, tf.constant(1))['rest'][1].numpy().tolist() == [0, 0]
    assert compiled.traces == 2


def test_variables_are_read_in_every_call_and_eager_functions_are_not_compiled():
    variable = tf.Variable(1.0)
    compiled = Compiled(lambda x: (x * variable, x))
    assert compiled(2.0)[0] == 2
    variable.assign(3)
    assert compiled(2.0)[0] == 6 and compiled.traces == 1
    tf.config.run_functions_eagerly(True)
    assert Compiled(lambda x: (x.numpy() + 1,))(tf.constant(1.0)) == (2.0,)
