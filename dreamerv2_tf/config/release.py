"""Understands settings in the form of the authors' release (package 2.2.0)."""

from .schema import kind_of

_PRECISION = {'16': 'mixed_float16', '32': 'float32'}
_IGNORED = ('slow_baseline', 'loss_scales.proprio')


def _opposite(value):
    """True of False and the other way round; anything else stays, for the schema to refuse."""
    return {'true': False, 'false': True}.get(str(value).lower(), value)


def translate(changes):
    """Settings in today's names from {key: value}, some of which may be the release's.

    `precision: 16 | 32` and `jit` have new names; `slow_baseline` and `loss_scales.proprio` did
    nothing. A whole config.yaml of the release implies what was fixed in its code.

    Returns (changes, notices).
    """
    new, notices = {}, []
    for key, value in changes.items():
        if key == 'precision' and str(value) in _PRECISION:
            new[key] = _PRECISION[str(value)]
        elif key == 'jit':
            new['eager'] = _opposite(value)
        elif key in _IGNORED:
            notices.append(f"`{key}` of the authors' release has no effect and is left out")
        else:
            new[key] = value
    if {'jit', 'slow_baseline', 'task'} <= set(changes):
        fixed = {'actor_advantage': 'release', 'atari_full_actions': False}
        new = {k: v for k, v in fixed.items() if kind_of(k)} | new
        notices.append(
            "a config.yaml of the authors' release: "
            + ', '.join(f'{k}={v}' for k, v in fixed.items())
            + ', as in its code'
        )
        if new.get('logdir') == '/dev/null':
            new['logdir'] = 'auto'
    return new, notices
