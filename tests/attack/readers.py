"""What reads configs, checkpoints and scores, and what must hold of it."""

import numpy as np

from dreamerv2_tf import checkpoint as checkpoint_door
from dreamerv2_tf import compare as compare_door
from dreamerv2_tf.comparison import run_config, runs
from dreamerv2_tf.config import flags, presets
from dreamerv2_tf.learning.checkpoint import Checkpoints, read
from dreamerv2_tf.learning.checkpoint_format import contents_of
from dreamerv2_tf.training.describe_checkpoint import describe

from . import checkpoints, scores
from .case import PROJECT_ERRORS

# Configs.


def attack_configs(case, make, random):
    path = case.inside / 'settings.yaml'
    expected = make(random, path)
    with case.untouched('reading'):
        outcome = case.read('presets.stack', lambda: presets.stack([str(path)])[0])
        case.outcome = outcome.refusal or ('fault' if outcome.fault else 'loaded')
        if outcome.result:
            _check_settings(case, outcome.result, expected)
        elif expected:
            case.find('presets.stack', f'refuses a valid file: {outcome.message}')
        case.command('flags.parse', lambda: flags.parse(['--configs', str(path)]))
    beside = case.inside / 'beside'
    beside.mkdir()
    path.rename(beside / 'config.yaml')
    scores.valid_metrics(beside)
    with case.untouched('comparing'):
        if (beside / 'config.yaml').is_file():
            case.read('run_config.read', run_config.read, beside / 'config.yaml', allowed=(*PROJECT_ERRORS, ValueError))
        _find_runs(case, beside)


def _check_settings(case, config, expected):
    for key, value in config.flat.items():
        numbers = value if isinstance(value, tuple | list) else [value]
        if any(isinstance(number, float) and not np.isfinite(number) for number in numbers):
            case.find('presets.stack', f'`{key}` is {value}')
    for key, value in (expected or {}).items():
        if config.flat[key] != value:
            case.find('presets.stack', f'`{key}` of a valid file is {config.flat[key]}')
    again = case.read('Config.to_yaml', lambda: presets.from_text(config.to_yaml(), 'x.yaml', presets.defaults())[0])
    if again.result != config:
        case.find('Config.to_yaml', f'is read as another config: {again.message}')


# Checkpoints.


def attack_checkpoints(case, make, random):
    """An older valid checkpoint lies beside the malformed one, or not."""
    folder = case.inside / 'checkpoints'
    folder.mkdir()
    with_older = bool(random.integers(2))
    if with_older:
        np.savez(folder / '000000000050.npz', **checkpoints.arrays(random))
    path = folder / '000000000100.npz'
    expected = make(random, checkpoints.arrays(random), path)
    with case.untouched('reading'):
        outcome = case.read('checkpoint.read', read, path)
        case.outcome = outcome.refusal or ('fault' if outcome.fault else 'loaded')
        contents = None
        if outcome.result is not None:
            contents = case.read('contents_of', contents_of, dict(outcome.result), path)
            case.outcome = contents.refusal or ('fault' if contents.fault else 'loaded')
        if expected:
            _check_contents(case, contents and contents.result, expected)
        case.read('describe file', describe, path)
        case.read('describe run', describe, case.inside)
        case.door(checkpoint_door.main, 'show', str(case.inside))
    with case.untouched('resuming', but=(folder,)):
        loaded = case.read('Checkpoints.load', lambda: Checkpoints(folder).load())
        if loaded.result is not None:
            case.read('contents_of', contents_of, loaded.result, folder)
        elif with_older and '[Errno' not in loaded.message:  # which may pass
            case.find('Checkpoints.load', f'does not go back to the older one: {loaded.message}')
    if not any(path.name.removesuffix('.broken') == '000000000100.npz' for path in folder.iterdir()):
        case.find('Checkpoints.load', 'deleted the file')


def _check_contents(case, contents, expected):
    if contents is None:
        case.find('contents_of', 'refuses a valid file')
        return
    for name, array in expected.items():
        part, _, inside = name.partition('/')
        if inside and not np.array_equal(contents.parts[part][1][inside], array):
            case.find('contents_of', f'`{name}` of a valid file has other values')


# Metrics and score files.


def attack_scores(case, make, random):
    path = make(random, case.inside)
    with case.untouched('reading'):
        found = _find_runs(case, case.inside if path is None else path)
        case.outcome = found.refusal or ('fault' if found.fault else 'loaded')
        if make.__name__.startswith('valid') and case.outcome != 'loaded':
            case.find('runs.find', f'refuses a valid file: {found.message}')
        case.door(compare_door.main, '--logdir', str(case.inside if path is None else path))


def _find_runs(case, where):
    outcome = case.read('runs.find', runs.find, [where])
    for run in outcome.result.runs if outcome.result else ():
        if not np.isfinite(run.returns).all():
            case.find('runs.find', 'returns that are not finite')
        if not len(run.frames) or (np.diff(run.frames) < 0).any() or run.frames[0] < 0 or run.frames.dtype != np.int64:
            case.find('runs.find', f'frames {run.frames[:5]} of {run.frames.dtype}')
    return outcome
