"""The help text is complete."""

from dreamerv2_tf.config import help, presets
from dreamerv2_tf.config.schema import SCHEMA


def test_help_lists_every_key_with_default_and_every_preset():
    text = help.describe('usage: train')
    lines = {line.split()[0]: line for line in text.splitlines() if line.startswith('  --')}
    assert set(lines) == {f'--{key}' for key in SCHEMA}
    assert ' 0.95 ' in lines['--discount_lambda']
    assert 'from 0 to 1' in lines['--discount_lambda']
    assert ' 4 4 4 4 ' in lines['--encoder.cnn_kernels']
    for name in list(presets.load())[1:]:
        assert name in text
    assert text.startswith('usage: train\n')
