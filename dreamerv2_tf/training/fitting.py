"""Whether a checkpoint fits a run: everything is compared before the first part changes."""

import re

import numpy as np

from .. import build
from ..errors import UserError, shown
from ..learning import checkpoint
from ..learning.checkpoint_format import Contents
from ..replay.values import dtype_of
from ..spec import FLAGS, Spec, State
from .parts import HELD, Parts

LINE_PARTS = ('recorder', 'metrics_file')  # parts that go on only where the same lines are written again
ANY_NAMES = 'recorder'  # a part whose plain data may have any names
NOTHING: State = ({}, {})  # of a part that holds none
_NUMBERED = re.compile(r'(\d{1,4})/(.+)', re.ASCII)  # names of arrays, such as 0/image


def check_weights(contents: Contents, agent: build.Agent) -> None:
    """Raises UserError where the arrays do not fit the agent's variables."""
    for name, part in agent.learned.items():
        variables = part.variables if contents.is_run else part.weights
        checkpoint.check(variables, contents.parts.get(name, NOTHING)[1])


def check_held(contents: Contents, parts: Parts) -> None:
    """Raises UserError where weights that are held do not fit the agent's."""
    arrays = contents.parts.get(HELD, NOTHING)[1]
    if parts.held and arrays:
        checkpoint.check(parts.held.variables, arrays)


def check_complete(contents: Contents, parts: Parts) -> None:
    """Raises UserError where a part is missing, or lacks some of its plain data."""
    for name, part in parts.stateful.items():
        if name == HELD and name not in contents.parts:
            continue  # a run that goes on with `overlap` holds the weights of now
        if name not in contents.parts:
            explorer = name == parts.config.expl_behavior
            raise UserError(
                f'`expl_behavior` {name} cannot be added to a run that has learned without it; '
                'a new run can begin with what this one has learned: --from, and another --logdir'
                if explorer
                else f'the checkpoint is not one of this run: it lacks the part `{name}`'
            )
        if name == ANY_NAMES:
            continue
        missing = set(part.get_state()[0]) - set(contents.parts[name][0])
        if missing:
            raise UserError(f'the checkpoint is not one of this run: its part `{name}` lacks {", ".join(missing)}')


def check_running(contents: Contents, parts: Parts) -> None:
    """Raises UserError where running episodes are not those of these environments, or of one moment."""
    spaces = parts.agent.spaces
    specs = {key: spec._replace(dtype=dtype_of(spec.dtype, key)) for key, spec in spaces.observation.items()}
    specs |= {'reward': Spec((), np.dtype(np.float32)), 'action': Spec((spaces.action.size,), np.dtype(np.float32))}
    specs |= {flag: Spec((), np.dtype(np.bool_)) for flag in FLAGS}
    for mode in parts.envs:
        numbered(contents, f'{mode}_envs')
        for index, rows in numbered(contents, f'{mode}_replay').items():
            where = f'the running episode {index} of its part `{mode}_replay`'
            if index >= len(contents.parts[f'{mode}_replay'][0]['numbers']):
                raise UserError(f'the checkpoint is damaged: {where} is of no environment')
            wrong = [key for key, spec in specs.items() if key not in rows or not _fits(rows[key], spec)]
            lengths = {len(array) if array.shape else 0 for array in rows.values()}
            if wrong or len(lengths) > 1 or 0 in lengths:
                raise UserError(f'the checkpoint is damaged: {where} has other rows: {", ".join(wrong) or lengths}')
    running, newest = numbered(contents, 'train_replay'), numbered(contents, 'driver', 'rows/')
    row_keys = specs.keys() - {'action'}
    same = running.keys() == newest.keys() and all(
        rows.keys() == row_keys and all(_is_kept_as(rows[key], running[index][key][-1]) for key in row_keys)
        for index, rows in newest.items()
    )
    if not same:
        raise UserError('the checkpoint is damaged: `driver` and `train_replay` are not of the same moment of a run')


def check_memory(contents: Contents, parts: Parts) -> None:
    """Raises UserError where what the policy remembers is not of this policy and these environments."""
    memory = {
        name.removeprefix('policy/'): array
        for name, array in contents.parts['driver'][1].items()
        if name.startswith('policy/')
    }
    expected = parts.agent.train_policy.initial(len(parts.envs['train'])).to_arrays()
    if memory.keys() == expected.keys():
        wrong = [name for name, array in memory.items() if not _same_kind(array, expected[name])]
        if wrong:
            raise UserError(f'the checkpoint is damaged: the memory of the policy has another {", ".join(wrong)}')


def check_drawn(contents: Contents, parts: Parts) -> None:
    """Raises UserError where the pieces that are drawn already are no batch of this run."""
    chunks = contents.parts['dataset'][0]['chunks'] or []
    section = parts.config.dataset
    rows = [sum(stop - start for _, start, stop in chunk) for chunk in chunks]
    if rows and rows != [section.length] * section.batch:
        raise UserError(
            f'the checkpoint is damaged: a drawn batch must be {section.batch} x {section.length} rows. '
            f'Received: {shown(rows)}'
        )


def numbered(contents: Contents, part: str, prefix: str = '') -> dict[int, dict[str, np.ndarray]]:
    """Returns {index of the environment: {name: array}} of a part's arrays `PREFIXindex/name`. Raises UserError."""
    groups: dict[int, dict[str, np.ndarray]] = {}
    for name, array in contents.parts[part][1].items():
        if name.startswith(prefix):
            match = _NUMBERED.fullmatch(name.removeprefix(prefix))
            if match is None:
                raise UserError(f'the checkpoint is damaged: `{part}` holds `{name}`, which is of no environment')
            groups.setdefault(int(match.group(1)), {})[match.group(2)] = array
    return groups


def _fits(rows: np.ndarray, spec: Spec) -> bool:
    return rows.dtype == spec.dtype and rows.shape[1:] == tuple(spec.shape) and rows.ndim > 0


def _is_kept_as(value: np.ndarray, kept: np.ndarray) -> bool:
    """Whether a value of an environment is kept in an episode as that."""
    comparable = value.dtype.kind in 'biuf' and value.shape == kept.shape
    return comparable and value.astype(kept.dtype).tobytes() == kept.tobytes()


def _same_kind(array: np.ndarray, other: np.ndarray) -> bool:
    return array.shape == other.shape and array.dtype == other.dtype
