"""Where a run is: all that its next step depends on, but for what the learner holds."""

import numpy as np
import tensorflow as tf

from ..errors import SnapshotError

MODES = 'train', 'eval'


class Position:
    """Takes the state of a run's parts, and puts it back in another process.

    Args:
      agent: an `Agent`.
      driver: the `Driver` that collects.
      envs, buffers: {'train', 'eval'} of environments and `Buffer`s.
      dataset, recorder, jsonl: see there.
      clocks: {name: `Every`}.
      generators: {name: NumPy generator} of all that draws.

    Attributes:
      steps: agent steps done.
      prefilled: whether the prefill is over.
      best_return: mean of the best evaluation so far, or None.
    """

    def __init__(self, agent, driver, envs, buffers, dataset, recorder, jsonl, clocks, generators):
        self._agent, self._driver = agent, driver
        self._envs, self._buffers = envs, buffers
        self._dataset, self._recorder, self._jsonl = dataset, recorder, jsonl
        self._clocks, self._generators = clocks, generators
        self.steps, self.prefilled, self.best_return = 0, False, None
        self._metrics_bytes = None  # of metrics.jsonl, where what follows will be written again

    @property
    def has_episodes(self):
        """Whether there is anything to learn from."""
        return bool(self._buffers['train'].total_episodes)

    def begin(self):
        """The run goes on from here: lines of `metrics.jsonl` that it will write again are cut off."""
        self._jsonl.cut(self._metrics_bytes)

    def take(self):
        """(counts as plain data for JSON, {name: array})."""
        counts = {
            'steps': self.steps,
            'prefilled': self.prefilled,
            'best_return': self.best_return,
            'train_calls': self._agent.train_policy.calls,
            'eval_calls': self._agent.eval_policy.calls,
            'clocks': {name: clock.last for name, clock in self._clocks.items()},
            'random': {name: g.bit_generator.state for name, g in self._generators.items()},
            'dataset': self._dataset.get_state()[0],
            'recorder': self._recorder.state,
            'metrics_bytes': self._jsonl.flush(),
        }
        policy = [] if self._driver.state is None else tf.nest.flatten(self._driver.state)
        arrays = {f'policy/{index}': tf.cast(value, tf.float32) for index, value in enumerate(policy)}
        for mode in MODES:
            counts[f'{mode}_buffer'], running = self._buffers[mode].get_state()
            arrays |= {f'open/{mode}/{name}': value for name, value in running.items()}
            arrays |= {
                f'env/{mode}/{index}/{key}': value
                for index in range(len(self._envs[mode]))
                for key, value in (self._envs[mode].snapshot(index) or {}).items()
            }
        return counts, arrays

    def put(self, counts, arrays, changed):
        """Goes on from what was taken.

        Where running episodes cannot go on, they end as truncated, and files that the run wrote later
        count from now on, with their steps.

        Args:
          counts, arrays: as taken.
          changed: settings are other ones, so that later files would not be written again alike.

        Returns why running episodes ended, or ''.
        """
        self.steps, self.prefilled = counts['steps'], counts['prefilled']
        self.best_return = counts['best_return']
        self._agent.train_policy.calls, self._agent.eval_policy.calls = (counts['train_calls'], counts['eval_calls'])
        for name, clock in self._clocks.items():
            clock.last = counts['clocks'][name]
        for name, generator in self._generators.items():
            generator.bit_generator.state = counts['random'][name]
        running = {mode: _grouped(arrays, f'open/{mode}/') for mode in MODES}
        ended = 'settings have changed' if changed else self._restore_envs(running, arrays)
        for mode in MODES:
            rows = {f'{i}/{key}': value for i, episode in running[mode].items() for key, value in episode.items()}
            self._buffers[mode].set_state(counts[f'{mode}_buffer'], rows)
            gained = self._buffers[mode].adopt_later() if ended else 0
            self.steps += gained if mode == 'train' else 0
        self._dataset.set_state(counts['dataset'], {})
        if changed:
            self._dataset.drop_drawn()
        if not ended:
            self._recorder.restore(counts['recorder'])
            self._metrics_bytes = counts['metrics_bytes']
            self._restore_driver(arrays, running['train'])
        return ended

    def _restore_envs(self, running, arrays):
        """Why an environment cannot go on, or ''."""
        for mode in MODES:
            snapshots = _grouped(arrays, f'env/{mode}/')
            if not self._envs[mode].resumable or set(running[mode]) - set(snapshots):
                return 'episodes of this task cannot be saved while they go on'
            try:
                for index, snapshot in snapshots.items():
                    self._envs[mode].restore(index, snapshot)
            except SnapshotError as error:
                return str(error)
        return ''

    def _restore_driver(self, arrays, running):
        for index, episode in running.items():
            self._driver.rows[index] = {key: value[-1] for key, value in episode.items() if key != 'action'}
        if 'policy/0' in arrays:
            like = self._agent.train_policy.initial(len(self._envs['train']))
            values = [
                tf.cast(arrays[f'policy/{index}'], zero.dtype) for index, zero in enumerate(tf.nest.flatten(like))
            ]
            self._driver.state = tf.nest.pack_sequence_as(like, values)


def _grouped(arrays, prefix):
    """{'PREFIX0/a': x, 'PREFIX0/b': y} -> {0: {'a': x, 'b': y}}."""
    groups = {}
    for name, value in arrays.items():
        if name.startswith(prefix):
            index, _, key = name.removeprefix(prefix).partition('/')
            groups.setdefault(int(index), {})[key] = np.asarray(value)
    return groups
