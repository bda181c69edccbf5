"""Plays an environment with random actions, and tells what an agent would see of it and what is wrong."""

import copy
import dataclasses
import time
import traceback
from typing import Any

import gymnasium
import numpy as np

from ..envs import gym_api
from ..envs.actions import ActionAdapter
from ..envs.observations import Observer
from ..errors import UserError
from ..seeding import generator
from ..spec import Spec
from .findings import Findings

STEPS = 1000
COMPARED_STEPS = 100  # of two episodes of one seed
MAX_RANGES = 6  # of the numbers of an action that are shown
SLOW = 20  # times the median is a step that is mentioned


@dataclasses.dataclass
class Examination:
    """What is known of an environment after it was played.

    Attributes:
      observation: {key: `Spec`} as an agent sees it.
      actions: of an agent, as a phrase; '' where there is none.
      notes: sentences on what an agent sees or does in another form.
      problems: sentences on what is wrong; empty if all is well.
      remarks: sentences on what is worth knowing, and not wrong.
      steps: that were made.
      lengths, returns: of the episodes that ended, in steps and rewards.
      seconds: of each step.
    """

    observation: dict[str, Spec] = dataclasses.field(default_factory=dict)
    actions: str = ''
    notes: list[str] = dataclasses.field(default_factory=list)
    problems: list[str] = dataclasses.field(default_factory=list)
    remarks: list[str] = dataclasses.field(default_factory=list)
    steps: int = 0
    lengths: list[int] = dataclasses.field(default_factory=list)
    returns: list[float] = dataclasses.field(default_factory=list)
    seconds: list[float] = dataclasses.field(default_factory=list)


def examine(env: gymnasium.Env, image_layout: str, limited: bool, seed: int = 0, steps: int = STEPS) -> Examination:
    """Plays an environment with random actions.

    Args:
      env: the environment.
      image_layout: see `Observer`.
      limited: whether something cuts its episodes if they do not end.
      seed: of actions and episodes.
      steps: how many.
    """
    found, problems, remarks = Examination(), Findings(), Findings()
    try:
        observer = Observer(env.observation_space, image_layout)
        found.observation, found.notes = observer.specs, [*getattr(env, 'notes', ()), *observer.notes]
        adapter = ActionAdapter(env.action_space)
        found.actions = adapter.spec.describe() + _scaling(env.action_space, adapter)
        found.notes = [*found.notes, *adapter.notes]
    except UserError as error:
        problems.add(str(error))
    else:
        try:
            _Player(env, adapter, found, problems, remarks).play(seed, steps)
            _check_ends(found, limited, problems, remarks)
            _check_determinism(env, adapter, seed, problems)
        except UserError as error:  # then it cannot be played on
            problems.add(str(error))
    found.problems, found.remarks = problems.sentences, remarks.sentences
    return found


def _scaling(space: gymnasium.Space, adapter: ActionAdapter) -> str:
    """Returns how the numbers of a Box are scaled, as the end of a sentence; '' for other spaces."""
    if not isinstance(space, gymnasium.spaces.Box):
        return ''
    low, high = (adapter.to_env(np.full(adapter.spec.size, side, np.float32)).ravel() for side in (-1, 1))
    ranges = dict.fromkeys(f'{a:g} .. {b:g}' for a, b in zip(low, high))
    more = ', ...' if len(ranges) > MAX_RANGES else ''
    return f', scaled from -1 .. 1 to {", ".join(list(ranges)[:MAX_RANGES])}{more}'


class _Player:
    """Makes steps and looks at all that they give."""

    def __init__(
        self, env: gymnasium.Env, adapter: ActionAdapter, found: Examination, problems: Findings, remarks: Findings
    ) -> None:
        self._env, self._adapter, self._found = env, adapter, found
        self._problems, self._remarks = problems, remarks

    def play(self, seed: int, steps: int) -> None:
        """Plays so many steps. Raises UserError where the environment cannot be played on."""
        draws, found = generator(seed, 'check_env'), self._found
        length, total = 0, 0.0
        self._reset(seed)
        for number in range(1, steps + 1):
            action = self._adapter.to_env(self._adapter.spec.random(draws))
            began = time.perf_counter()
            result = _called(self._env, 'step', action)
            found.seconds.append(time.perf_counter() - began)
            reward, done = self._look(result, f'at step {number}')
            found.steps, length, total = number, length + 1, total + reward
            if done:
                found.lengths.append(length)
                found.returns.append(total)
                length, total = 0, 0.0
                self._reset(seed + len(found.lengths))

    def _reset(self, seed: int) -> None:
        try:
            result = self._env.reset(seed=seed)
        except TypeError as error:
            if 'seed' not in str(error):
                raise _failed('reset', error) from error
            raise UserError(
                'reset() takes no `seed`; Gymnasium needs reset(self, *, seed=None, options=None)'
            ) from error
        except Exception as error:  # of any kind: it is the environment's own
            raise _failed('reset', error) from error
        observation, _ = gym_api.check_reset(result, 'the environment')
        self._problems.check_observation(self._env.observation_space, observation, '', 'after reset()')

    def _look(self, result: Any, when: str) -> tuple[float, bool]:
        """Returns (reward, whether the episode ended) of what a step gave."""
        observation, reward, terminated, truncated, info = _five(result)
        self._problems.check_observation(self._env.observation_space, observation, '', when)
        for name, flag in (('terminated', terminated), ('truncated', truncated)):
            self._problems.check_flag(name, flag, when)
        if not isinstance(info, dict):
            self._problems.add(f'`info` must be a dict. Received {when}: {type(info).__name__}', 'info')
        try:
            number = gym_api.number(reward, when)
        except UserError as error:
            self._problems.add(str(error), 'reward')
            return 0.0, _is_end(terminated, truncated)
        if np.ndim(reward):
            self._remarks.add(f'the reward is an array of one number {when}; it is taken as that number', 'reward')
        if not np.isfinite(number):
            self._problems.add(f'the reward is {number} {when}', 'finite reward')
        return number, _is_end(terminated, truncated)


def _check_ends(found: Examination, limited: bool, problems: Findings, remarks: Findings) -> None:
    if not found.lengths:
        text = f'no episode ended in {found.steps:,} steps'
        if limited:
            remarks.add(f'{text} of random actions')
        else:
            problems.add(
                f'{text}, and nothing limits them: set `max_episode_steps` where it is registered, or --time_limit'
            )
    later = found.lengths[1:]
    if later and found.lengths[0] > 1 and set(later) == {1}:
        problems.add(
            f'the first episode had {found.lengths[0]:,} steps and all later ones one: reset() begins no new episode'
        )
    median = float(np.median(found.seconds))
    if max(found.seconds) > max(SLOW * median, 0.1):
        remarks.add(f'the slowest step took {max(found.seconds):.2g} s, the median one {median:.2g} s')


def _check_determinism(env: gymnasium.Env, adapter: ActionAdapter, seed: int, problems: Findings) -> None:
    """Plays the same actions twice from one seed."""
    first, second = (_record(env, adapter, seed) for _ in range(2))
    for number, (one, other) in enumerate(zip(first, second)):
        different = [name for name in one if not _same(one[name], other[name])]
        if different:
            when = f'at step {number}' if number else 'after reset()'
            problems.add(f'the same seed and the same actions give another `{different[0]}` {when}')
            return


def _same(one: Any, other: Any) -> bool:
    """Whether two observations or numbers are equal; NaN is equal to itself."""
    try:
        np.testing.assert_equal(one, other)
    except AssertionError:
        return False
    return True


def _record(env: gymnasium.Env, adapter: ActionAdapter, seed: int) -> list[dict[str, Any]]:
    """Returns what the first steps of an episode gave, by name."""
    draws = generator(seed, 'check_env')
    recorded = [_by_key(_called(env, 'reset', seed=seed)[0])]
    for _ in range(COMPARED_STEPS):
        action = adapter.to_env(adapter.spec.random(draws))
        observation, reward, terminated, truncated, _ = _five(_called(env, 'step', action))
        flags = {'reward': reward, 'terminated': terminated, 'truncated': truncated}
        recorded.append(_by_key(observation) | copy.deepcopy(flags))
        if _is_end(terminated, truncated):
            break
    return recorded


def _is_end(*flags: Any) -> bool:
    """Whether an episode ended, also where the flags are none."""
    return any(bool(np.asarray(flag).astype(bool).any()) for flag in flags)


def _by_key(observation: Any) -> dict[str, Any]:
    """Returns the parts of an observation; copies, since environments may write into their arrays."""
    named = observation if isinstance(observation, dict) else {'observation': observation}
    return copy.deepcopy(named)


def _five(result: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Returns the five values of a step. Raises UserError if there are others."""
    if not isinstance(result, tuple) or len(result) != 5:
        gym_api.check_step(result, 'the environment')
    return result


def _called(env: gymnasium.Env, method: str, *args: Any, **kwargs: Any) -> Any:
    """Returns what a method of the environment returns. Raises UserError if it raises something."""
    try:
        return getattr(env, method)(*args, **kwargs)
    except Exception as error:  # of any kind: it is the environment's own
        gym_api.check_inner(env.unwrapped, 'the environment')
        raise _failed(method, error) from error


def _failed(method: str, error: Exception) -> UserError:
    """Returns the error for a method that raised, with the line of the environment where it did."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    text = ' '.join(f'{type(error).__name__}: {error}'.split())
    return UserError(f'{method}() raised {text} ({last.filename}, line {last.lineno})')
