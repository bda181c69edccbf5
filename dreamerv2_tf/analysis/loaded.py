"""An agent of a saved run, to act with and to ask."""

import numpy as np

from .. import build
from ..run import loading


class LoadedAgent:
    """What `dreamerv2_tf.load_agent` gives.

    Args:
      loaded: a `Loaded`.

    Attributes:
      config: settings of its run.
      steps, frames: that it had learned from; 0 where only weights are known.
      path: of its checkpoint.
      spaces: `Spaces` of its environment.
    """

    def __init__(self, loaded):
        self.config, self.path = loaded.config, loaded.path
        self.steps, self.frames = loaded.steps, loaded.frames
        self._agent = loaded.agent
        self.spaces = loaded.agent.spaces

    def make_env(self):
        """The environment that it learned in, as in evaluations: `reset(seed)` and `step(action)` give rows."""
        return build.env_constructor(self.config, 'eval')()

    def act(self, row, state=None, sample=False):
        """What it does next.

            row, state = env.reset(seed=0), None
            while not row['is_last']:
                action, state = agent.act(row, state)
                row = env.step(action)

        Args:
          row: {observation: array}, or of N environments {observation: [N, ...]}; other keys play no part, but
            where `is_first` is true, the state is forgotten.
          state: what the call before gave; None begins anew.
          sample: draw the action, as in training, instead of taking the most likely one.

        Returns (action [A] or [N, A], state).
        """
        policy = self._agent.train_policy if sample else self._agent.eval_policy
        keys = self._agent.world_model.preprocess.keys
        rows = {key: np.asarray(row[key]) for key in keys}
        single = rows[keys[0]].ndim == len(self.spaces.observation[keys[0]].shape)
        if single:
            rows = {key: value[None] for key, value in rows.items()}
        count = len(rows[keys[0]])
        rows['is_first'] = np.broadcast_to(row.get('is_first', False), count)
        action, state = policy(rows, state)
        return action[0] if single else action, state


def load_agent(logdir, checkpoint='newest', **changes):
    """See `dreamerv2_tf.load_agent`."""
    return LoadedAgent(loading.load(logdir, checkpoint, **changes))
