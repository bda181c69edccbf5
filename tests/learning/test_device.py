import pytest

from dreamerv2_tf.learning.device import prepare, usual_precision


@pytest.mark.parametrize(
    'capability, precision',
    [(None, 'float32'), ((7, 5), 'mixed_float16'), ((8, 0), 'mixed_bfloat16'), ((9, 0), 'mixed_bfloat16')],
)
def test_usual_precision_follows_from_the_gpu(capability, precision):
    assert usual_precision(capability) == precision


def test_each_choice_can_be_forced():
    device = prepare('mixed_bfloat16', 'True', eager=False)
    assert (device.precision, device.jit_compile) == ('mixed_bfloat16', True)
    assert prepare('auto', 'False', eager=False).jit_compile is False
