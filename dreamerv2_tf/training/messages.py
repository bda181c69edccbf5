"""Messages of a run: before it starts, while it goes on, and at its end."""

import math
import pathlib
import statistics
from collections.abc import Mapping, Sequence

from ..config import presets
from ..config.tree import Config
from ..display.format import duration_text
from ..learning.device import Device
from ..spec import ActionSpec, Spaces, Spec
from .disk_guard import DiskGuard

LAYERS = (
    'rssm.deter',
    'rssm.hidden',
    'encoder.cnn_depth',
    'decoder.cnn_depth',
    'actor.units',
    'critic.units',
    'reward_head.units',
    'discount_head.units',
)


def describe(
    config: Config, device: Device, counts: tuple[int, int], spaces: Spaces, logdir: pathlib.Path
) -> list[str]:
    """Returns lines on device and sizes; counts: (world model, all) parameters."""
    model, total = counts
    lines = [
        f'{config.task}, seed {config.seed}, logdir {logdir}',
        f'device      {device.name}, {device.precision}{", XLA" if device.jit_compile else ""}',
        f'parameters  {model / 1e6:.1f}M world model, {total / 1e6:.1f}M in all',
        f'observes    {spaces.describe()}',
    ]
    uneven = [f'{key}={config[key]}' for key in LAYERS if config[key] % 8]
    if device.name == 'CPU' and device.precision != 'float32':
        lines.append(
            f'precision   CPUs without units for it compute {device.precision} several times slower than float32'
        )
    if device.name != 'CPU' and uneven:
        lines.append(f'layers      GPUs are fast at multiples of 8, which are not: {", ".join(uneven)}')
    return lines


def collecting(config: Config, observation: dict[str, Spec], action: ActionSpec) -> list[str]:
    """Returns lines on ratios and the replay that a run will need."""
    rows = config.dataset.batch * config.dataset.length
    per_update = rows / config.train_ratio if config.train_ratio else config.train_every / config.train_steps
    replayed = rows / per_update if per_update else 0
    row = 4 * action.size + 4 + 3 + sum(math.prod(spec.shape) * spec.dtype.itemsize for spec in observation.values())
    limit = config.replay.disk_limit_gb
    disk = min(config.steps * row / 1e9, limit or math.inf)
    return [
        f'ratios      {per_update * config.action_repeat:g} frames per update, '
        f'{replayed:g} replayed steps per agent step',
        f'replay      the newest {min(config.replay.capacity, config.steps):,} steps; train_episodes grows to '
        f'{disk:.2g} GB at most' + ('' if limit else ', unless replay.disk_limit_gb bounds it'),
        f'until       {config.steps:,} agent steps = {config.steps * config.action_repeat:,} frames',
    ]


def expectation(config: Config, device: Device, seconds: float) -> str:
    """Returns how long the rest of a run will take, and on a CPU how to shorten it.

    seconds: left, at the speed of the first updates.
    """
    text = f'At the speed of the first updates the rest takes about {duration_text(seconds)}.'
    small = presets.load()['cpu']['rssm.deter']
    if device.name == 'CPU' and config.rssm.deter > small:
        text += (
            ' These layers are made for a GPU; the preset `cpu` has small ones for a machine like '
            'this: --configs ... cpu'
        )
    return text


def endless(steps: int, limit: int) -> str:
    """Returns a sentence on an environment of which no episode ended in the prefill of so many agent steps."""
    return (
        f'no episode has ended in {steps:,} agent steps, and `time_limit` is 0: from now on they are cut after '
        f'{limit:,} agent steps; --time_limit N cuts them earlier'
    )


def ending(
    done: str, finished: bool, updates: int, logdir: pathlib.Path, disk: DiskGuard, command: str
) -> tuple[str, bool]:
    """Returns how a run ended that did not fail, as (text, whether it ran out of space).

    done: such as '800 frames'; finished: whether that is all; updates: made; disk: of the run; command: to go on.
    """
    if finished and not updates:
        return f'ended after {done} without an update: nothing was learned; all is in {logdir}', False
    if finished:
        return f'finished {done}; all is in {logdir}', False
    if disk.was_low:
        return f'{disk.describe()} and go on: {command}', True
    return f'stopped at {done}; to go on: {command}', False


def evaluated(frames: int, name: str, returns: Sequence[float]) -> str:
    """Returns a line on an evaluation; `name` is that of its returns."""
    mean = f', mean of {len(returns)} episodes' if len(returns) > 1 else ''
    return f'{frames:,} frames: {name} {statistics.fmean(returns):.4g}{mean}'


def foreseen(frames: int, numbers: Mapping[str, float]) -> str:
    """Returns a line on what the agent foresees in an evaluation; numbers: the finite ones of `Foresight.measure`."""
    if 'reward_skill_ahead' not in numbers:
        return f'{frames:,} frames: the evaluation shows no change of reward by which the world model could be judged'
    ahead = numbers['reward_skill_ahead']
    text = (
        f'{frames:,} frames: of the reward the world model explains {_share(numbers["reward_skill"])}, '
        f'{_share(ahead)} one step ahead'
    )
    if 'value_skill' in numbers:
        text += f'; of the return the critic explains {_share(numbers["value_skill"])}'
    if ahead <= 0:
        text += (
            '. Its rewards are no better than their mean yet, and nothing can be learned from them: '
            'docs/when_it_does_not_learn.md'
        )
    return text


def spent(seconds: dict[str, float]) -> str:
    """Returns a line on {part: seconds} of a run, the largest share first."""
    total = sum(seconds.values())
    shares = sorted(((value / total, part) for part, value in seconds.items()), reverse=True)
    return f'{duration_text(total)} in all: ' + ', '.join(f'{part} {share:.1%}' for share, part in shares)


def _share(skill: float) -> str:
    return f'{skill:.0%}' if skill >= 0.005 else 'nothing'
