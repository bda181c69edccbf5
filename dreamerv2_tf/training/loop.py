"""When things happen: prefill, pretraining, then acting and learning in turn."""

import re

import numpy as np

from .. import build
from ..collect.driver import Driver, RandomPolicy
from ..collect.whole_episodes import evaluate
from ..learning.checkpoint import Checkpoints
from ..metrics.clocks import Every, Since
from ..metrics.jsonl import Jsonl
from ..metrics.recorder import Recorder
from ..metrics.tensorboard import TensorBoard
from ..metrics.timing import Timing
from ..seeding import generator
from ..spec import episode_length, episode_return
from . import messages, resume
from .films import Pictures
from .profiler import Trace
from .published_curve import Beside, OnTrack
from .state import Position
from .updates import Updates

SHOWN_EPISODES = 2  # of an evaluation, in pictures


def make_training(config, logdir, agent, train_envs, eval_envs, progress, stop, sinks=(), kind=None):
    """A `Training` that keeps its episodes, checkpoints, metrics and films below `logdir`.

    Args:
      agent: an `Agent`.
      train_envs, eval_envs: environments.
      progress: a `Progress`.
      stop: function without arguments; once it is true, the run ends after the current step.
      sinks: more of them for numbers, see `Recorder`.
      kind: makes something else than a `Training` of the same parts.
    """
    envs = {'train': train_envs, 'eval': eval_envs}
    buffers = {mode: build.make_buffer(config, logdir, mode, each) for mode, each in envs.items()}
    generators = {name: generator(config.seed, name) for name in ('sampler', 'random policy')}
    dataset = build.make_dataset(config, buffers['train'], agent.world_model, generators['sampler'])
    jsonl, tensorboard = Jsonl(logdir / 'metrics.jsonl'), TensorBoard(logdir)
    on_track = OnTrack(config.task, config.action_repeat, config.discount)
    recorder = Recorder([progress, jsonl, *(Beside(sink, on_track) for sink in (tensorboard, *sinks))])
    pictures = Pictures(
        logdir / 'videos', agent.world_model, eval_envs.observation, config.log_keys_video, config.seed, tensorboard
    )
    random_policy, timing = RandomPolicy(train_envs.action, generators['random policy']), Timing()
    updates = Updates(agent.learner, dataset, recorder, progress, timing, config.overlap, Trace(logdir, config.profile))

    def make_position(driver, clocks):
        return Position(agent, driver, envs, buffers, dataset, recorder, jsonl, clocks, generators)

    return (kind or Training)(
        config,
        agent,
        envs,
        buffers,
        dataset,
        updates,
        recorder,
        progress,
        timing,
        pictures,
        Checkpoints(logdir / 'checkpoints', config.checkpoint.keep),
        random_policy,
        make_position,
        stop,
    )


class Training:
    """A run from its first random action to its last update. Args: see `make_training`.

    Attributes:
      more: the flag that lets a finished run go on.
    """

    more = '--steps'

    def __init__(
        self,
        config,
        agent,
        envs,
        buffers,
        dataset,
        updates,
        recorder,
        progress,
        timing,
        pictures,
        checkpoints,
        random_policy,
        make_position,
        stop,
    ):
        self._config, self._agent = config, agent
        self._envs, self._buffers, self._updates = envs, buffers, updates
        self._recorder, self._progress, self._pictures = recorder, progress, pictures
        self._checkpoints, self._random, self._stop = checkpoints, random_policy, stop
        self.dataset, self.timing = dataset, timing
        self._driver = Driver(envs['train'], self._on_train_row, self._seeds('train'))
        self._train_due, self._log_due = Every(config.train_every), Every(config.log_every)
        self._eval_due, self._video_due = Every(config.eval_every), Every(config.video_every)
        self._save_due = Since(config.checkpoint.every_frames, config.checkpoint.every_minutes)
        self._position = make_position(
            self._driver,
            {'train': self._train_due, 'log': self._log_due, 'eval': self._eval_due, 'video': self._video_due},
        )
        self._learning = False
        self._eval_returns, self._shown = [], []  # of this evaluation; the newest episodes for pictures
        self._given_up = False  # an evaluation, because the run was stopped in the middle of it

    @property
    def steps(self):
        """Agent steps done."""
        return self._position.steps

    @property
    def frames(self):
        return self.steps * self._config.action_repeat

    @property
    def finished(self):
        """Whether all steps are done."""
        return self.steps >= self._config.steps

    @property
    def done(self):
        """How far it is, for people."""
        return f'{self.frames:,} frames'

    def plan(self):
        """Lines for people on what it is going to do."""
        return messages.collecting(self._config, self._envs['train'].observation, self._envs['train'].action)

    def resume(self, allow_changes=False):
        """Goes on from the newest checkpoint.

        Args:
          allow_changes: settings may differ from those of the checkpoint.

        Returns how it went, as a phrase; '' where there is no checkpoint.

        Raises:
          UserError: the checkpoint does not fit; then nothing has changed.
        """
        arrays = self._checkpoints.load()
        if arrays is None:
            return ''
        return resume.restore(arrays, self._position, self._config, self._agent, allow_changes)

    def run(self):
        """Runs until `steps` agent steps are done or `stop` says so, and saves.

        Each phase looks at what is done already, so that a resumed run finds its place. Running
        episodes are in the last checkpoint, from which the run may go on; besides, they are saved as
        truncated ones, and written again if it does.
        """
        self._position.begin()
        self._save()
        self._prefill()
        self._pretrain()
        self._train()
        if not self._given_up:  # an evaluation begins anew, from the checkpoint before it
            self._save()
        self._buffers['train'].close_open()
        self._flush()
        self._write_metrics()

    def close(self):
        """Waits for what goes on in the background."""
        self._updates.close()
        self._pictures.close()
        self._flush()

    def _seeds(self, mode):
        return lambda index: build.env_seed(self._config.seed, mode, index, self._buffers[mode].numbers[index])

    def _prefill(self):
        """At least `prefill` steps and one episode with random actions, and one to evaluate."""
        if not self._position.prefilled:
            total = self._config.prefill * self._config.action_repeat
            with self._progress.phase('prefill', 'frames', self.frames, total):
                while self.steps < self._config.prefill or not self._buffers['train'].loaded_episodes:
                    if self._stop():
                        return
                    self._act(self._random)
            self._buffers['train'].close_open()
            self._driver.restart()
            self._position.prefilled = True
        if not any(self._buffers['eval'].numbers) and not self._stop():
            self._save()
            self._evaluate(self._random, 1, 'return of random actions')

    def _pretrain(self):
        updates, total = self._updates, self._config.pretrain
        if updates.done < total and not self._stop():
            with self._progress.phase('pretraining', 'updates', updates.done, total):
                while updates.done < total and not self._stop():
                    updates.make(self.steps)
                    updates.check(self.steps)
                    self._progress.advance(updates.done)

    def _train(self):
        self._learning = not self._stop()
        total = self._config.steps * self._config.action_repeat
        with self._progress.phase('training', 'frames', self.frames, total):
            while not self.finished and not self._stop():
                if self._eval_due.at(self.steps):
                    self._save()
                    self._eval_due(self.steps)
                    self._evaluate_agent()
                    continue
                explores = self._config.expl_behavior == 'random' and (
                    not self._config.expl_until or self.frames < self._config.expl_until
                )
                self._act(self._random if explores else self._agent.train_policy)
            self._updates.check(self.steps)

    def _act(self, policy):
        """A step in every environment, and a checkpoint if one is due."""
        with self.timing.part('environment'):
            self._driver.step(self.timing.of('policy', policy))
        if self._save_due(self.frames):
            self._save()

    def _evaluate_agent(self):
        """Evaluates, makes films and keeps the checkpoint if it is the best one."""
        self._evaluate(self._agent.eval_policy, self._config.eval_eps, 'evaluation return')
        if self._given_up or not self._eval_returns:
            return
        if self._pictures.possible(self._shown) and self._video_due(self.steps):
            with self.timing.part('logging'):
                self._pictures.make(self.steps, self.frames, self._shown)
        mean, best = float(np.mean(self._eval_returns)), self._position.best_return
        if best is None or mean > best:
            self._position.best_return = mean
            with self.timing.part('saving'):
                self._checkpoints.save_best(self.steps, self._state())
            self._save()

    def _evaluate(self, policy, episodes, told):
        self._eval_returns, self._shown = [], []
        if not episodes:
            return
        self._updates.check(self.steps)
        with self.timing.part('evaluation'), self._progress.phase('evaluation', 'episodes', 0, episodes):
            evaluate(self._envs['eval'], policy, episodes, self._on_eval_row, self._seeds('eval'), self._stop)
        self._given_up = len(self._eval_returns) < episodes
        if self._eval_returns:
            count = len(self._eval_returns)
            mean = f', mean of {count} episodes' if count > 1 else ''
            self._progress.say(f'{self.frames:,} frames: {told} {np.mean(self._eval_returns):.4g}{mean}')

    def _on_train_row(self, row, index):
        self._position.steps += not row['is_first']
        self._add('train', row, index)
        with self.timing.part('logging'):
            self._progress.advance(self.frames)
        if row['is_first'] or not self._learning:
            return
        if self._train_due(self.steps):
            for _ in range(self._config.train_steps):
                self._updates.make(self.steps)
        if self._log_due(self.steps):
            self._write_metrics()

    def _write_metrics(self):
        self._updates.record()
        with self.timing.part('logging'):
            self._recorder.add({f'time_{part}': share for part, share in self.timing.shares().items()})
            self._recorder.write(self.frames)

    def _on_eval_row(self, row, index):
        episode = self._add('eval', row, index)
        if episode:
            self._eval_returns.append(episode_return(episode))
            self._shown = [*self._shown, episode][-SHOWN_EPISODES:]
        with self.timing.part('logging'):
            self._progress.advance(len(self._eval_returns))

    def _add(self, mode, row, index):
        """Keeps a row; returns the episode that it ends, or None."""
        with self.timing.part('replay'):
            episode = self._buffers[mode].add(row, index)
        if episode:
            with self.timing.part('logging'):
                self._log_episode(mode, episode)
        return episode

    def _log_episode(self, mode, episode):
        buffer = self._buffers[mode]
        numbers = {
            f'{mode}_return': episode_return(episode),
            f'{mode}_length': episode_length(episode),
            f'{mode}_total_steps': buffer.total_steps,
            f'{mode}_total_episodes': buffer.total_episodes,
            f'{mode}_loaded_steps': buffer.loaded_steps,
            f'{mode}_loaded_episodes': buffer.loaded_episodes,
        }
        for kind, reduce in (('sum', np.sum), ('mean', np.mean), ('max', np.max)):
            pattern = self._config[f'log_keys_{kind}']
            numbers |= {
                f'{kind}_{mode}_{key}': float(reduce(value)) for key, value in episode.items() if re.match(pattern, key)
            }
        self._recorder.write_at_once(self.frames, numbers)

    def _save(self):
        """Writes a checkpoint; then deletes episodes beyond the disk limit."""
        self._updates.check(self.steps)
        with self.timing.part('saving'):
            self._flush()
            for buffer in self._buffers.values():
                buffer.leave_surplus(self.dataset.in_use)
            self._checkpoints.save(self.steps, self._state())
            for buffer in self._buffers.values():
                buffer.remove_surplus()
        self._save_due.restart(self.frames)

    def _flush(self):
        for buffer in self._buffers.values():
            buffer.flush()

    def _state(self):
        return resume.state(self._position, self._config, self._agent)
