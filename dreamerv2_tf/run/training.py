"""When things happen: prefill, pretraining, then acting and learning in turn (SPEC section 8)."""

import json
import re

import numpy as np

from ..collect.driver import Driver, RandomPolicy
from ..experience import episode_length, episode_return
from ..learning.checkpoint import restore
from ..metrics.clocks import Every
from ..seeding import generator
from .evaluation import evaluate


class Training:
    """A run from its first random action to its last update.

    Args:
      config: a `Config`.
      agent: an `Agent`.
      train_envs, eval_envs: environments.
      train_buffer, eval_buffer: `Buffer`s.
      dataset: a `Dataset` over train_buffer.
      recorder: a `Recorder`.
      checkpoints: a `Checkpoints`.
      stop: function without arguments; once it is true, the run ends after the current step.
    """

    def __init__(self, config, agent, train_envs, eval_envs, train_buffer, eval_buffer, dataset,
                 recorder, checkpoints, stop):
        self._config, self._agent = config, agent
        self._train_envs, self._eval_envs = train_envs, eval_envs
        self._train_buffer, self._eval_buffer = train_buffer, eval_buffer
        self._dataset, self._recorder = dataset, recorder
        self._checkpoints, self._stop = checkpoints, stop
        self._random = RandomPolicy(train_envs.action, generator(config.seed, 'random policy'))
        self._driver = Driver(train_envs, self._on_train_row)
        self._learning = False
        self._train_due, self._log_due = Every(config.train_every), Every(config.log_every)
        self.steps = 0

    @property
    def frames(self):
        return self.steps * self._config.action_repeat

    def resume(self):
        """Goes on from the newest checkpoint; False where there is none.

        Raises:
          UserError: the checkpoint cannot be read or does not fit.
        """
        arrays = self._checkpoints.load()
        if arrays is None:
            return False
        restore(self._agent.learner.state, arrays)
        counts = json.loads(str(arrays['run']))
        self.steps = counts['steps']
        for mode, buffer in (('train', self._train_buffer), ('eval', self._eval_buffer)):
            buffer.numbers = dict(enumerate(counts[f'{mode}_episodes']))
        self._agent.train_policy.calls = counts['train_calls']
        self._agent.eval_policy.calls = counts['eval_calls']
        self._train_due.last, self._log_due.last = counts['train_due'], counts['log_due']
        self._learning = True
        return True

    def run(self):
        """Runs until `steps` agent steps are done or `stop` says so, and saves."""
        if not self._learning:
            self._prefill()
            self._pretrain()
        while self.steps < self._config.steps and not self._stop():
            self._evaluate(self._agent.eval_policy, self._config.eval_eps)
            self._collect(min(self.steps + self._config.eval_every, self._config.steps))
            self._save()
        if not self._learning:
            return  # stopped during prefill: episodes are saved, there is nothing else
        self._close_open()
        self._save()

    def _prefill(self):
        """At least `prefill` steps and one episode with random actions, and one to evaluate."""
        ended = 0
        while (self.steps < self._config.prefill or not ended) and not self._stop():
            ended += self._driver.step(self._random)
        self._close_open()
        if not self._stop():
            self._evaluate(self._random, 1)

    def _pretrain(self):
        for _ in range(self._config.pretrain):
            if not self._stop():
                self._update()
        self._learning = not self._stop()

    def _collect(self, until):
        while self.steps < until and not self._stop():
            random = self._config.expl_behavior == 'random' and (
                not self._config.expl_until or self.frames < self._config.expl_until)
            self._driver.step(self._random if random else self._agent.train_policy)

    def _evaluate(self, policy, episodes):
        if episodes:
            evaluate(self._eval_envs, policy, episodes, self._on_eval_row)

    def _update(self):
        self._recorder.add(self._agent.learner.update(next(self._dataset), self.steps))

    def _on_train_row(self, row, index):
        self.steps += not row['is_first']
        episode = self._train_buffer.add(row, index)
        if episode:
            self._log_episode('train', episode, self._train_buffer)
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
            self._log_episode('eval', episode, self._eval_buffer)

    def _close_open(self):
        for episode in self._train_buffer.close_open():
            self._log_episode('train', episode, self._train_buffer)
        self._driver.restart()

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
        counts = {
            'steps': self.steps,
            'train_episodes': _counts(self._train_buffer, self._train_envs),
            'eval_episodes': _counts(self._eval_buffer, self._eval_envs),
            'train_calls': self._agent.train_policy.calls,
            'eval_calls': self._agent.eval_policy.calls,
            'train_due': self._train_due.last, 'log_due': self._log_due.last}
        self._checkpoints.save(self.steps, {
            **self._agent.learner.state, 'run': json.dumps(counts), 'config': self._config.to_yaml()})


def _counts(buffer, envs):
    """How many episodes of each environment have ended."""
    return [buffer.numbers.get(index, 0) for index in range(len(envs))]
