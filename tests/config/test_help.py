"""The help text is complete."""

from dreamerv2_tf.config import presets
from dreamerv2_tf.config.help import describe_settings
from dreamerv2_tf.config.schema import SCHEMA


def test_help_lists_every_key_with_default_allowed_values_and_comment():
    lines = describe_settings().splitlines()
    entries = {line.split()[0]: (line, lines[i + 1]) for i, line in enumerate(lines) if line.startswith('  --')}
    assert set(entries) == {f'--{key}' for key in SCHEMA}
    assert ' 0.95 ' in entries['--discount_lambda'][0] and 'from 0 to 1' in entries['--discount_lambda'][0]
    assert entries['--discount_lambda'][1] == '      lambda of Eq. 4 (paper D.1)'
    assert ' 4 4 4 4 ' in entries['--encoder.cnn_kernels'][0]
    assert 'LayerNorm inside the GRU' in entries['--rssm.gru_norm'][1]
    assert all(comment.strip() for _, comment in entries.values())


def test_help_groups_keys_by_section_and_names_every_preset():
    text = describe_settings()
    sections = [line for line in text.splitlines() if line.endswith(':') and not line.startswith(' ')]
    assert sections[1:] == ['Run:', 'Device:', 'Replay:', 'World model:', 'Behaviour:', 'Exploration:']
    for name in list(presets.load())[1:]:
        assert name in text
