"""Understands settings in the form of the authors' release (package 2.2.0)."""

from collections.abc import Mapping

_PRECISION = {'16': 'mixed_float16', '32': 'float32'}
_FIXED: dict[str, object] = {'actor_advantage': 'release', 'atari_full_actions': False}  # in the release's code
_IGNORED = ('slow_baseline', 'loss_scales.proprio')


def _opposite(value: object) -> object:
    """Returns True for False and False for True; anything else stays, for the schema to refuse."""
    return {'true': False, 'false': True}.get(str(value).lower(), value)


def is_whole(settings: Mapping[str, object]) -> bool:
    """Returns whether settings {key: value} are a whole config.yaml of the release."""
    return {'jit', 'slow_baseline', 'task'} <= settings.keys()


def translate(changes: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """Translates settings {key: value}, some of which may be the release's, to today's names.

    `precision: 16 | 32` and `jit` have new names; `slow_baseline` and `loss_scales.proprio` did
    nothing. A whole config.yaml of the release implies what was fixed in its code.

    Returns:
      changes: {today's key: value}.
      notices: sentences on what was left out or added.
    """
    new: dict[str, object] = {}
    notices = []
    for key, value in changes.items():
        if key == 'precision' and str(value) in _PRECISION:
            new[key] = _PRECISION[str(value)]
        elif key == 'jit':
            new['eager'] = _opposite(value)
        elif key in _IGNORED:
            notices.append(f"`{key}` of the authors' release has no effect and is left out")
        else:
            new[key] = value
    if is_whole(changes):
        new = _FIXED | new
        fixed = ', '.join(f'{key}={value}' for key, value in _FIXED.items())
        notices.append(f"a config.yaml of the authors' release: {fixed}, as in its code")
        if new.get('logdir') == '/dev/null':
            new['logdir'] = 'auto'
    return new, notices
