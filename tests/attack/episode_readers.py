"""What reads episodes, and what must hold of it."""

import numpy as np

from dreamerv2_tf import episodes as episodes_door
from dreamerv2_tf.recordings import integrity
from dreamerv2_tf.recordings.episodes import load_episodes
from dreamerv2_tf.replay import infer_spaces
from dreamerv2_tf.replay.buffer import Buffer
from dreamerv2_tf.replay.dataset import Dataset
from dreamerv2_tf.replay.sampler import Piece, Sampler, assemble
from dreamerv2_tf.replay.store import Store, listed
from dreamerv2_tf.spec import FLAGS, NOT_OBSERVED, Spec, observed

from . import episodes, guard

BATCHES, BATCH, LENGTH = 3, 4, 6
VALID = 'b' * 32, 'c' * 32  # digests of valid files
ALIKE = 'must be alike'  # in the reason for a file that differs from others
FIRST, LAST = '20260101T000000', '20260103T000000'  # stamps before and after that of the malformed file


def attack_episodes(case, make, random):
    """The malformed file lies between, before or behind valid ones, or alone."""
    folder = case.inside / 'train_episodes'
    folder.mkdir()
    valid = {}
    for stamp, digest in zip((FIRST, LAST), VALID):
        arrays = episodes.episode(random)
        if random.integers(3) and make not in episodes.ALONE:
            valid[folder / episodes.name_of(arrays, stamp, digest)] = arrays
    for path, arrays in valid.items():
        np.savez(path, **arrays)
    arrays = episodes.episode(random)
    expected = make(random, arrays, folder)
    with case.untouched('reading'):
        broken = _check(case, folder)
        _load(case, folder)
        _doors(case, random, folder)
        _offline(case, folder)
    before = {path: path.read_bytes() for path in valid}
    names = {path.name for path in folder.iterdir()}
    with case.untouched('training', but=(folder,)):
        _own(case, folder, expected or episodes.episode(random), expected, broken)
    for path, content in before.items():
        if not path.is_file() or path.read_bytes() != content:
            case.find('training', f'touched the valid {path.name}')
    kept = names - {path.name.removesuffix('.broken') for path in folder.rglob('*')}
    if kept - {name for name in names if name.startswith('.')}:
        case.find('training', f'deleted {sorted(kept)}')


def _check(case, folder):
    """The names of files that `check` calls broken, whatever lies beside them."""
    outcome = case.read('integrity.check', lambda: list(integrity.check(sorted(folder.glob('*.npz')))))
    for _, reason in outcome.result or ():
        case.check_length('integrity.check', reason)
    return {path.name for path, reason in outcome.result or () if reason and ALIKE not in reason}


def _load(case, folder):
    found = case.read('load_episodes', load_episodes, folder).result or ()
    for name in ('lengths', 'returns', 'spaces', '__repr__') if found else ():
        case.read(f'load_episodes.{name}', lambda name=name: _value(found, name))
    for episode in found:
        for name in ('time', 'total_return', 'terminal', 'action_spec', 'to_pandas'):
            case.read(f'Episode.{name}', lambda episode=episode, name=name: _value(episode, name))
        loaded = case.read('Episode.arrays', lambda episode=episode: dict(episode.arrays.items()))
        if loaded.result is not None:
            _check_values(case, 'Episode.arrays', loaded.result, episode.path)


def _value(thing, name):
    value = getattr(thing, name)
    return value() if callable(value) else value


def _doors(case, random, folder):
    main = episodes_door.main
    case.door(main, 'list', str(case.inside), '--sort', str(random.choice(['time', 'return', 'length'])))
    case.door(main, 'stats', str(folder))
    case.door(main, 'check', str(folder))
    for path in folder.iterdir():
        if not path.name.startswith((FIRST, LAST)):
            case.door(main, 'show', str(path))


def _offline(case, folder):
    """Batches of a run that learns from the folder of others."""
    spaces = case.read('infer_spaces.find', lambda: infer_spaces.find(listed(folder))).result
    if spaces:
        action = {'action': Spec((spaces.action.size,), np.dtype(np.float32))}
        _batches(
            case,
            'offline',
            lambda specs: Store(case.folder / 'logdir', False, specs, [folder]),
            {**spaces.observation, **action},
        )


def _own(case, folder, like, expected, broken):
    """Batches of a run that goes on with its own folder; puts broken files into quarantine."""
    shapes = observed({key: Spec(value.shape[1:], value.dtype) for key, value in like.items()})
    specs = {key: Spec(shape, _kept(like[key].dtype)) for key, shape in shapes.items()}
    specs['action'] = Spec(like['action'].shape[1:], np.dtype(np.float32))
    store = case.read('Store', lambda: Store(folder, False, specs)).result
    if store is None:
        case.outcome = 'fault'
        return
    buffer = case.read('Buffer', lambda: Buffer(store, 10**9, seed=0)).result
    case.outcome = 'left out'
    for digest in store.digests:
        path, whole = store.path(digest), case.read('whole batch', _whole, buffer, digest, _keys(specs))
        if digest not in VALID:
            case.outcome = whole.refusal or ('fault' if whole.fault else 'loaded')
            if expected is not None:
                _check_expected(case, whole.result, expected)
        elif whole.result is None:
            case.find('whole batch', f'refuses the valid {path.name}: {whole.message}')
        if whole.result is not None:
            _check_values(case, 'whole batch', whole.result, path)
            if path.name in broken:
                case.find('whole batch', 'loads what `check` calls broken')
    _batches(case, 'training', lambda specs: Store(folder, False, specs), specs)


def _whole(buffer, digest, keys):
    """{key: [L+1, ...]}, a whole episode as it stands in a batch."""
    episode = buffer.find(digest)
    return {key: rows[0] for key, rows in assemble([[Piece(episode, 0, episode.rows)]], keys).items()}


def _keys(specs):
    return [*observed(specs), *NOT_OBSERVED]


def _check_expected(case, loaded, expected):
    if loaded is None:
        case.find('whole batch', 'refuses a valid file')
    for key, values in (loaded or {}).items():
        if not np.array_equal(np.asarray(values, np.float64), np.float32(expected[key])):
            case.find('whole batch', f'`{key}` of a valid file has other values')


def _check_values(case, reader, loaded, path):
    """What is handed out stands in the file, as NumPy reads it, and is finite."""
    for key, values in loaded.items():
        if values.dtype not in (np.float32, np.int32, np.uint8, np.bool_):
            case.find(reader, f'`{key}` is {values.dtype}')
        elif not _usable(values) and not key.startswith('log_'):  # which is never learned from
            case.find(reader, f'`{key}` is not finite')
    raw = guard.attempt(_raw, path, set(loaded), allowed=Exception).result or {}
    for key, values in raw.items():
        if values.dtype.kind not in 'fiub':
            case.find(reader, f'`{key}` is {values.dtype} in the file')
        elif values.shape != loaded[key].shape:
            case.find(reader, f'`{key}` has the shape {values.shape} in the file, not {loaded[key].shape}')
        else:
            with np.errstate(over='ignore'):
                there, here = values.astype(np.float64), loaded[key].astype(np.float64)
            if not np.allclose(there, here, rtol=1e-6, atol=1e-37, equal_nan=True):
                worst = np.flatnonzero(~np.isclose(there, here, rtol=1e-6, atol=1e-37, equal_nan=True))[0]
                case.find(reader, f'`{key}` is {here.flat[worst]:g}, in the file {there.flat[worst]:g}')


def _raw(path, keys):
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in keys if key in file.files}


def _batches(case, reader, make_store, specs):
    """Draws batches as a run does; each must be finite, of the shapes and kinds that the specs tell."""
    outcome = case.read(f'{reader} Buffer', lambda: Buffer(make_store(specs), 1000, seed=0))
    if outcome.result is None:
        return
    sampler = Sampler(4, 8, True, np.random.default_rng(0))
    dataset = Dataset(outcome.result, sampler, _keys(specs), BATCH, LENGTH)
    for _ in range(BATCHES):
        drawn = case.read(f'{reader} batch', lambda: {key: value.numpy() for key, value in next(dataset).items()})
        if drawn.result is None:
            return
        for key, values in drawn.result.items():
            shape, dtype = _of_batch(specs, key)
            if values.shape != (BATCH, LENGTH, *shape) or values.dtype != dtype:
                case.find(f'{reader} batch', f'`{key}` is {values.dtype} {values.shape}')
            elif not _usable(values):
                case.find(f'{reader} batch', f'`{key}` is not finite')


def _usable(values):
    """Whether numbers are finite, and truth values 0 or 1."""
    return np.isfinite(values).all() and (values.dtype != np.bool_ or not (values.view(np.uint8) > 1).any())


def _of_batch(specs, key):
    if key in FLAGS:
        return (), np.bool_
    if key == 'reward':
        return (), np.float32
    return tuple(specs[key].shape), _kept(specs[key].dtype)


def _kept(dtype):
    """The dtype in which values of an observation are handed out."""
    kinds = {'f': np.float32, 'i': np.int32, 'u': np.int32}
    return np.dtype(dtype if dtype in (np.uint8, np.bool_) else kinds[np.dtype(dtype).kind])
