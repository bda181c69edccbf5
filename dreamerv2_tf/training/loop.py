"""The training loop: prefill, pretraining, then acting and learning in turn."""

import logging
import math
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from .. import build
from ..agent.behaviour import Behaviour
from ..collect.driver import Policy
from ..collect.failures import EnvironmentFailed
from ..collect.whole_episodes import ENDLESS_STEPS, play_whole_episodes
from ..learning.checkpoint_format import contents_of
from ..spec import Row, episode_return
from . import achievements, episode_metrics, messages
from .episode_metrics import MAX_EPISODES_FILMED, Episode
from .parts import Parts
from .resume import resume

_log = logging.getLogger(__name__)


class Training:
    """A run from its first random action to its last update.

    Args:
      parts: of the run.
      stop: once it is true, the run ends after the current step.

    Attributes:
      longer: the flag that lets a finished run go on.
    """

    longer: ClassVar[str] = '--steps'

    def __init__(self, parts: Parts, stop: Callable[[], bool]) -> None:
        self._parts, self._stop = parts, stop
        self._learning = False
        self._eval_returns: list[float] = []  # of this evaluation
        self._newest_episodes: list[Episode] = []  # of this evaluation, for films and foresight
        self._abandoned = False  # the last evaluation, because the run was stopped in the middle of it

    @property
    def steps(self) -> int:
        """Agent steps done."""
        return self._parts.counts.steps

    @property
    def frames(self) -> int:
        """Frames done."""
        return self.steps * self._parts.config.action_repeat

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.steps >= self._parts.config.steps

    @property
    def done(self) -> str:
        """How far the run is, as a phrase."""
        return f'{self.frames:,} frames'

    def plan(self) -> list[str]:
        """Returns lines on what the run is going to do."""
        envs = self._parts.envs['train']
        return messages.collecting(self._parts.config, envs.observation, envs.action)

    def resume(self, allow_changes: bool = False) -> str:
        """Goes on from the newest checkpoint; see `resume.resume`.

        Returns how it goes on, as a phrase; '' where there is no checkpoint.

        Raises:
          UserError: the checkpoint does not fit; then nothing has changed.
        """
        arrays = self._parts.checkpoints.load()
        if arrays is None:
            return ''
        newest = self._parts.checkpoints.paths()[-1]
        return resume(contents_of(arrays, newest), self._parts, allow_changes)

    def run(self) -> None:
        """Runs until `steps` agent steps are done or `stop` is true, and saves.

        Each phase checks what is done already, so that a resumed run finds its place. Running episodes are in the
        last checkpoint, from which the run may go on; besides, they are saved as truncated ones, and written again
        if it does.

        Raises:
          EnvironmentFailed: an environment failed three times in a row; all is saved.
          RunError: a number became NaN or infinite.
        """
        self._parts.metrics_file.cut()
        self._save()
        try:
            self._prefill()
            self._pretrain()
            self._train()
        except EnvironmentFailed:
            self._end()
            raise
        self._end()

    def _end(self) -> None:
        if not self._abandoned:  # an evaluation begins anew, from the checkpoint before it
            self._save()
        self._parts.replays['train'].close_open()
        self._flush()
        self._write_metrics()

    def close(self) -> None:
        """Waits for updates, films and files in the background."""
        self._parts.updates.close()
        self._parts.films.close()
        self._flush()

    def _prefill(self) -> None:
        """At least `prefill` steps and one episode with random actions, and one to evaluate."""
        parts, counts = self._parts, self._parts.counts
        prefill = parts.agent.collectors.prefill
        if not counts.prefilled:
            total = parts.config.prefill * parts.config.action_repeat
            with parts.progress.phase('prefill', 'frames', self.frames, total):
                while self.steps < parts.config.prefill or not parts.replays['train'].loaded_episodes:
                    if self._stop():
                        return
                    if self.steps >= parts.config.prefill and not counts.episode_limit:
                        self._limit_episodes()
                    self._collect(prefill)
            parts.replays['train'].close_open()
            parts.driver.restart()
            counts.end_prefill()
        if not any(parts.replays['eval'].numbers) and not self._stop():
            self._save()
            self._evaluate(prefill.policy, 1, 'return of random actions')

    def _limit_episodes(self) -> None:
        """After the prefill without an end of an episode: they are cut from now on, unless they have a limit."""
        if not self._parts.config.time_limit:
            self._parts.counts.limit_episodes(ENDLESS_STEPS)
            self._parts.progress.say(messages.endless(self.steps, ENDLESS_STEPS))

    def _pretrain(self) -> None:
        updates, total = self._parts.updates, self._parts.config.pretrain
        if updates.done < total and not self._stop():
            with self._parts.progress.phase('pretraining', 'updates', updates.done, total):
                while updates.done < total and not self._stop():
                    updates.make(self.steps)
                    updates.check(self.steps)
                    self._parts.progress.advance(updates.done)

    def _train(self) -> None:
        parts = self._parts
        self._learning = not self._stop()
        total = parts.config.steps * parts.config.action_repeat
        with parts.progress.phase('training', 'frames', self.frames, total):
            while not self.finished and not self._stop():
                if parts.clocks.eval.at(self.steps):
                    self._save()
                    parts.clocks.eval(self.steps)
                    self._evaluate_agent()
                else:
                    self._collect(parts.agent.collectors.at(self.frames))
            parts.updates.check(self.steps)

    def _collect(self, behaviour: Behaviour) -> None:
        """A step in every environment, and a checkpoint if one is due."""
        timing = self._parts.timing
        with timing.part('environment'):
            policy = timing.of('policy', behaviour.policy)
            self._parts.driver.step(policy, self._on_train_row, self._parts.replays['train'].cut)
        if self._parts.clocks.save(self.frames):
            self._save()

    def _evaluate_agent(self) -> None:
        """Evaluates, makes films and keeps the checkpoint if it is the best one."""
        parts = self._parts
        self._evaluate(parts.agent.eval_policy, parts.config.eval_eps, 'evaluation return')
        achievements.log(parts, self.frames)
        if self._abandoned or not self._eval_returns:
            return
        self._measure_foresight()
        if parts.films.possible(self._newest_episodes) and parts.clocks.film(self.steps):
            with parts.timing.part('logging'):
                parts.films.make(self.steps, self.frames, self._newest_episodes[-MAX_EPISODES_FILMED:])
        mean = float(np.mean(self._eval_returns))
        if not math.isfinite(mean):
            _log.warning(
                'the evaluation at %d frames has the mean return %s: its checkpoint is not kept as the best',
                self.frames,
                mean,
            )
        elif parts.counts.is_best(mean):
            with parts.timing.part('saving'):
                parts.checkpoints.save_best(self.steps, parts.contents().to_arrays())
            self._save()

    def _measure_foresight(self) -> None:
        """Says whether the agent foresees what matters in the newest episodes of this evaluation."""
        parts = self._parts
        with parts.timing.part('evaluation'):
            measured = parts.foresight.measure(self._newest_episodes, self.steps)
        numbers = {name: value for name, value in measured.items() if math.isfinite(value)}
        parts.recorder.write_at_once(self.frames, numbers)
        parts.progress.say(messages.foreseen(self.frames, numbers))

    def _evaluate(self, policy: Policy, episodes: int, name: str) -> None:
        """Plays whole episodes; `name` names their mean return in messages."""
        parts = self._parts
        self._eval_returns, self._newest_episodes = [], []
        if not episodes:
            return
        parts.updates.check(self.steps)
        played = sum(parts.replays['eval'].numbers)
        with parts.timing.part('evaluation'), parts.progress.phase('evaluation', 'episodes', 0, episodes):
            play_whole_episodes(
                parts.envs['eval'],
                policy,
                episodes,
                self._on_eval_row,
                lambda number: build.env_seed(parts.config.seed, 'eval', 0, played + number),
                self._stop,
                parts.replays['eval'].cut,
                parts.counts.episode_limit,
            )
        self._abandoned = len(self._eval_returns) < episodes
        if self._eval_returns:
            parts.progress.say(messages.evaluated(self.frames, name, self._eval_returns))

    def _on_train_row(self, row: Row, index: int) -> None:
        parts = self._parts
        parts.counts.add_steps(int(not row['is_first']))
        self._add('train', row, index)
        with parts.timing.part('logging'):
            parts.progress.advance(self.frames)
        if row['is_first'] or not self._learning:
            return
        for _ in range(parts.clocks.train.due(self.steps)):
            parts.updates.make(self.steps)
        if parts.clocks.log(self.steps):
            self._write_metrics()

    def _write_metrics(self) -> None:
        parts = self._parts
        parts.updates.check(self.steps)
        with parts.timing.part('logging'):
            parts.recorder.add({f'time_{part}': share for part, share in parts.timing.shares().items()})
            parts.recorder.write(self.frames)

    def _on_eval_row(self, row: Row, index: int) -> None:
        episode = self._add('eval', row, index)
        if episode:
            self._eval_returns.append(episode_return(episode))
            self._newest_episodes = episode_metrics.newest([*self._newest_episodes, episode])
        with self._parts.timing.part('logging'):
            self._parts.progress.advance(len(self._eval_returns))

    def _add(self, mode: str, row: Row, index: int) -> Episode | None:
        """Keeps a row; returns the episode that it ends, or None."""
        with self._parts.timing.part('replay'):
            episode = self._parts.replays[mode].add(row, index)
        if episode:
            with self._parts.timing.part('logging'):
                numbers = episode_metrics.numbers(mode, episode, self._parts.replays[mode], self._parts.config)
                self._parts.recorder.write_at_once(self.frames, numbers)
        return episode

    def _save(self) -> None:
        """Writes a checkpoint; then deletes episodes beyond the disk limit."""
        parts = self._parts
        parts.updates.check(self.steps)
        with parts.timing.part('saving'):
            self._flush()
            for replay in parts.replays.values():
                replay.leave_surplus(parts.dataset.in_use)
            parts.checkpoints.save(self.steps, parts.contents().to_arrays())
            for replay in parts.replays.values():
                replay.remove_surplus()
        parts.clocks.save.restart(self.frames)

    def _flush(self) -> None:
        for replay in self._parts.replays.values():
            replay.flush()
