"""The help text is complete."""

from dreamerv2_tf.config import presets
from dreamerv2_tf.config.help import describe
from dreamerv2_tf.config.schema import SCHEMA


def test_help_lists_every_key_with_default_allowed_values_and_comment():
    lines = describe('usage: train').splitlines()
    told = {line.split()[0]: (line, lines[i + 1]) for i, line in enumerate(lines) if line.startswith('  --')}
    assert set(told) == {f'--{key}' for key in SCHEMA}
    assert ' 0.95 ' in told['--discount_lambda'][0] and 'from 0 to 1' in told['--discount_lambda'][0]
    assert told['--discount_lambda'][1] == '      lambda of Eq. 4 (paper D.1)'
    assert ' 4 4 4 4 ' in told['--encoder.cnn_kernels'][0]
    assert 'LayerNorm inside the GRU' in told['--rssm.gru_norm'][1]
    assert all(comment.strip() for _, comment in told.values())


def test_help_groups_keys_by_section_and_names_every_preset():
    text = describe('usage: train')
    assert text.startswith('usage: train\n')
    sections = [line for line in text.splitlines() if line.endswith(':') and not line.startswith(' ')]
    assert sections[1:] == ['Run:', 'Device:', 'Replay:', 'World model:', 'Behaviour:', 'Exploration:']
    for name in list(presets.load())[1:]:
        assert name in text
