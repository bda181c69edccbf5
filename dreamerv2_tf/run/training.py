"""When things happen: prefill, pretraining, then acting and learning in turn."""

import re

import numpy as np

from .. import build
from ..collect.driver import Driver, RandomPolicy
from ..errors import RunError
from ..experience import episode_length, episode_return
from ..learning.checkpoint import Checkpoints
from ..metrics.clocks import Every
from ..metrics.jsonl import Jsonl
from ..metrics.recorder import Recorder
from ..metrics.tensorboard import TensorBoard
from ..seeding import generator
from . import saving
from .evaluation import evaluate
from .pictures import Pictures

SHOWN_EPISODES = 2  # of an evaluation, in pictures


def make_training(config, logdir, agent, train_envs, eval_envs, progress, stop):
    """A `Training` that keeps its episodes, checkpoints, metrics and films below `logdir`."""
    generators = {name: generator(config.seed, name) for name in ('sampler', 'random policy')}
    train_buffer = build.make_buffer(config, logdir, 'train', train_envs)
    eval_buffer = build.make_buffer(config, logdir, 'eval', eval_envs)
    dataset = build.make_dataset(config, train_buffer, agent.world_model, generators['sampler'])
    tensorboard = TensorBoard(logdir)
    recorder = Recorder([progress, Jsonl(logdir / 'metrics.jsonl'), tensorboard])
    pictures = Pictures(logdir / 'videos', agent.world_model, eval_envs.observation, config.log_keys_video,
                        config.seed, config.video_every, tensorboard)
    return Training(config, agent, train_envs, eval_envs, train_buffer, eval_buffer, dataset, recorder,
                    progress, pictures, Checkpoints(logdir / 'checkpoints'), generators, stop)


class Training:
    """A run from its first random action to its last update.

    Args:
      config: a `Config`.
      agent: an `Agent`.
      train_envs, eval_envs: environments.
      train_buffer, eval_buffer: `Buffer`s.
      dataset: a `Dataset` over train_buffer.
      recorder: a `Recorder`.
      progress: a `Progress`.
      pictures: a `Pictures`.
      checkpoints: a `Checkpoints`.
      generators: {name: NumPy generator} of all that draws; `random policy` is one.
      stop: function without arguments; once it is true, the run ends after the current step.

    Attributes:
      steps: agent steps done.
    """

    def __init__(self, config, agent, train_envs, eval_envs, train_buffer, eval_buffer, dataset,
                 recorder, progress, pictures, checkpoints, generators, stop):
        self._config, self._agent = config, agent
        self._eval_envs, self._train_envs = eval_envs, train_envs
        self._train_buffer, self._eval_buffer = train_buffer, eval_buffer
        self._dataset, self._recorder = dataset, recorder
        self._progress, self._pictures = progress, pictures
        self._checkpoints, self._generators, self._stop = checkpoints, generators, stop
        self._random = RandomPolicy(train_envs.action, generators['random policy'])
        self._driver = Driver(train_envs, self._on_train_row)
        self._train_due, self._log_due = Every(config.train_every), Every(config.log_every)
        self._learning = False
        self._metrics = {}  # of the last update
        self._eval_returns, self._shown = [], []  # of this evaluation; the newest episodes for pictures
        self.steps = 0

    @property
    def frames(self):
        return self.steps * self._config.action_repeat

    def resume(self, allow_changes=False):
        """Goes on from the newest checkpoint; False where there is none.

        Args:
          allow_changes: settings may differ from those of the checkpoint.

        Raises:
          UserError: the checkpoint cannot be read, or does not fit; then nothing has changed.
        """
        arrays = self._checkpoints.load()
        if arrays is None:
            return False
        counts = saving.restore(arrays, self._config, allow_changes, self._agent, self._generators)
        self.steps = counts['steps']
        self._train_due.last, self._log_due.last = counts['train_due'], counts['log_due']
        self._pictures.due.last = counts['video_due']
        buffers = (('train', self._train_buffer, self._train_envs),
                   ('eval', self._eval_buffer, self._eval_envs))
        for mode, buffer, envs in buffers:
            buffer.numbers = {int(index): count for index, count in counts[f'{mode}_episodes'].items()}
            for index in range(len(envs)):
                episode = buffer.numbers.get(index, 0)
                envs.reseed(index, build.env_seed(self._config.seed, mode, index, episode))
        saving.check_episodes(self.steps, self._train_buffer)
        return True

    def run(self):
        """Runs until `steps` agent steps are done or `stop` says so, and saves.

        Each phase looks at what is done already, so that a resumed run finds its place.
        """
        self._prefill()
        self._pretrain()
        self._save()
        self._learning = not self._stop()
        total = self._config.steps * self._config.action_repeat
        with self._progress.phase('training', 'frames', self.frames, total):
            while self.steps < self._config.steps and not self._stop():
                self._evaluate(self._agent.eval_policy, self._config.eval_eps, 'evaluation return')
                self._pictures.make(self.steps, self.frames, self._shown)
                self._collect(min(self.steps + self._config.eval_every, self._config.steps))
                self._save()
        self._train_buffer.close_open()
        self._recorder.write(self.frames)
        self._save()

    def close(self):
        """Waits for films that are being made."""
        self._pictures.close()

    def _prefill(self):
        """At least `prefill` steps and one episode with random actions, and one to evaluate."""
        def missing():
            return self.steps < self._config.prefill or not self._train_buffer.loaded_episodes
        if missing():
            total = self._config.prefill * self._config.action_repeat
            with self._progress.phase('prefill', 'frames', self.frames, total):
                while missing() and not self._stop():
                    self._driver.step(self._random)
            self._train_buffer.close_open()
            self._driver.restart()
        if not self._eval_buffer.numbers:
            self._evaluate(self._random, 1, 'return of random actions')

    def _pretrain(self):
        def done():
            return int(self._agent.learner.updates)
        if done() < self._config.pretrain:
            with self._progress.phase('pretraining', 'updates', done(), self._config.pretrain):
                while done() < self._config.pretrain and not self._stop():
                    self._update()
                    self._progress.advance(done())

    def _collect(self, until):
        while self.steps < until and not self._stop():
            random = self._config.expl_behavior == 'random' and (
                not self._config.expl_until or self.frames < self._config.expl_until)
            self._driver.step(self._random if random else self._agent.train_policy)

    def _evaluate(self, policy, episodes, told):
        self._eval_returns, self._shown = [], []
        if not episodes:
            return
        with self._progress.phase('evaluation', 'episodes', 0, episodes):
            evaluate(self._eval_envs, policy, episodes, self._on_eval_row, self._stop)
        if self._eval_returns:
            count = len(self._eval_returns)
            mean = f', mean of {count} episodes' if count > 1 else ''
            self._progress.say(
                f'{self.frames:,} frames: {told} {np.mean(self._eval_returns):.4g}{mean}')

    def _update(self):
        self._check_finite()
        self._metrics = self._agent.learner.update(next(self._dataset), self.steps)
        self._recorder.add(self._metrics)
        self._progress.count_update()

    def _check_finite(self):
        """Looks at the update before, whose numbers are there by now.

        Raises:
          RunError: one of them is NaN or infinite.
        """
        for name, value in self._metrics.items():
            if not np.isfinite(value):
                updates = int(self._agent.learner.updates)
                raise RunError(f'{name} became {float(value)} in update {updates} at {self.steps:,} agent '
                               'steps; what was saved before is kept')

    def _on_train_row(self, row, index):
        self.steps += not row['is_first']
        episode = self._train_buffer.add(row, index)
        if episode:
            self._log_episode('train', episode, self._train_buffer)
        self._progress.advance(self.frames)
        if row['is_first'] or not self._learning:
            return
        if self._train_due(self.steps):
            for _ in range(self._config.train_steps):
                self._update()
        if self._log_due(self.steps):
            self._recorder.write(self.frames)

    def _on_eval_row(self, row, index):
        episode = self._eval_buffer.add(row, index)
        if episode:
            self._eval_returns.append(episode_return(episode))
            self._shown = [*self._shown, episode][-SHOWN_EPISODES:]
            self._log_episode('eval', episode, self._eval_buffer)
        self._progress.advance(len(self._eval_returns))

    def _log_episode(self, mode, episode, buffer):
        numbers = {
            f'{mode}_return': episode_return(episode), f'{mode}_length': episode_length(episode),
            f'{mode}_total_steps': buffer.total_steps, f'{mode}_total_episodes': buffer.total_episodes,
            f'{mode}_loaded_steps': buffer.loaded_steps,
            f'{mode}_loaded_episodes': buffer.loaded_episodes}
        for kind, reduce in (('sum', np.sum), ('mean', np.mean), ('max', np.max)):
            pattern = self._config[f'log_keys_{kind}']
            numbers |= {f'{kind}_{mode}_{key}': float(reduce(value)) for key, value in episode.items()
                        if re.match(pattern, key)}
        self._recorder.write_at_once(self.frames, numbers)

    def _save(self):
        self._check_finite()
        counts = {
            'steps': self.steps, 'train_due': self._train_due.last, 'log_due': self._log_due.last,
            'video_due': self._pictures.due.last,
            'train_episodes': self._train_buffer.numbers, 'eval_episodes': self._eval_buffer.numbers}
        self._checkpoints.save(
            self.steps, saving.state(counts, self._config, self._agent, self._generators))
