"""The authors' release in a process of its own, which works when it is told to and else waits for a line.

    python -m dreamerv2_tf.benchmarks.beside.release_side FOLDER

Each line of its input and output is JSON: first an `Order`, answered when all is made, then a turn at a time. A turn of
`update` and `policy` is {"calls": N}, answered by the seconds of each call; one of `loop` is {"seconds": N}, answered
by [seconds, frames, updates]. It ends at the end of its input.
"""

import json
import os
import pathlib
import sys
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple, TextIO

import numpy as np

from .. import random_experience
from ..stopwatch import Call, seconds_of
from .game import Game
from .release_modules import load

UNTIMED_CALLS = 3  # the first two trace the graph, without and with a state
UNTIMED_CYCLES = 5  # of acting and learning

Answer = Any  # for JSON
Turn = Callable[..., Answer]


class Order(NamedTuple):
    """What the process is to make.

    Attributes:
      case: update, policy or loop.
      settings: of the release, a tree.
      full_actions: all 18 actions instead of the game's minimal set.
      folder: for episodes.
    """

    case: str
    settings: dict[str, Any]
    full_actions: bool
    folder: str


class Release(NamedTuple):
    """The release's modules, its settings, games, and its counter of agent steps."""

    agent: ModuleType
    common: ModuleType
    config: Any
    games: list[Game]
    step: Any
    folder: pathlib.Path

    def make_agent(self) -> Any:
        """Returns an agent for these games."""
        return self.agent.Agent(self.config, self.games[0].obs_space, self.games[0].act_space, self.step)


def main(checkout: str) -> None:
    """Answers lines until there are no more."""
    answers = _take_stdout()
    order = Order(**json.loads(sys.stdin.readline()))
    turn = CASES[order.case](_make(pathlib.Path(checkout), order))
    _write(answers, 'ready')
    for line in sys.stdin:
        _write(answers, turn(**json.loads(line)))


def update(release: Release) -> Turn:
    """Returns turns of updates on random rows. The loss is read after each, since a device may compute on."""
    import tensorflow as tf

    agent, game, size = release.make_agent(), release.games[0], release.config.dataset
    arrays = random_experience.batch(size.batch, size.length, game.observation, game.action)
    rows = {key: tf.constant(array) for key, array in arrays.items()}
    state = None

    def call() -> None:
        nonlocal state
        state, metrics = agent.train(rows, state)
        float(metrics['model_loss'])

    return _calls(call)


def policy(release: Release) -> Turn:
    """Returns turns of policy calls on the first rows of all games, each with the state of the call before."""
    agent, first = release.make_agent(), [game.reset() for game in release.games]
    rows = {key: np.stack([row[key] for row in first]) for key in first[0]}
    state = None

    def call() -> None:
        nonlocal state
        outputs, state = agent.policy(rows, state, mode='train')
        outputs['action'].numpy()

    return _calls(call)


def loop(release: Release) -> Turn:
    """Returns turns of acting and learning, after prefill and pretraining."""
    common, config, step = release.common, release.config, release.step
    replay = common.Replay(release.folder / 'train_episodes', **config.replay)
    driver = common.Driver(release.games)
    driver.on_step(lambda row, worker: step.increment())
    driver.on_step(replay.add_step)
    driver.on_reset(replay.add_step)
    driver(_random_policy(release.games[0]), steps=config.prefill, episodes=1)
    driver.reset()
    agent, dataset = release.make_agent(), iter(replay.dataset(**config.dataset))
    train = common.CarryOverState(agent.train)
    due, updates = common.Every(config.train_every), 0

    def learn(times: int) -> None:
        nonlocal updates
        for _ in range(times):
            float(train(next(dataset))['model_loss'])
            updates += 1

    def act() -> None:
        driver(lambda *args: agent.policy(*args, mode='train'), steps=config.train_every)

    def turn(seconds: float) -> Answer:
        began, steps, updates_before = time.perf_counter(), int(step), updates
        while time.perf_counter() < began + seconds:
            act()
        took = time.perf_counter() - began
        return [took, (int(step) - steps) * config.action_repeat, updates - updates_before]

    learn(max(1, config.pretrain))
    driver.on_step(lambda row, worker: learn(config.train_steps if due(step) else 0))
    for _ in range(UNTIMED_CYCLES):
        act()
    return turn


CASES: dict[str, Callable[[Release], Turn]] = {'update': update, 'policy': policy, 'loop': loop}


def _make(checkout: pathlib.Path, order: Order) -> Release:
    agent, common = load(checkout)
    import tensorflow as tf

    config = common.Config(order.settings)
    tf.config.run_functions_eagerly(not config.jit)
    games = [Game(config, order.full_actions, config.seed + index) for index in range(config.envs)]
    return Release(agent, common, config, games, common.Counter(0), pathlib.Path(order.folder))


def _calls(call: Call) -> Turn:
    seconds_of(call, UNTIMED_CALLS)
    return lambda calls: seconds_of(call, calls)


def _random_policy(game: Game) -> Callable[..., Any]:
    generator = np.random.default_rng(0)

    def act(rows: dict[str, np.ndarray], state: None = None, mode: str = 'train') -> tuple[dict[str, np.ndarray], None]:
        return {'action': np.stack([game.action.random(generator) for _ in rows['reward']])}, None

    return act


def _take_stdout() -> TextIO:
    """Returns a stream to the standard output, where nothing else can print from now on: it goes to stderr."""
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    return answers


def _write(answers: TextIO, answer: Answer) -> None:
    print(json.dumps(answer), file=answers, flush=True)


if __name__ == '__main__':
    main(sys.argv[1])
