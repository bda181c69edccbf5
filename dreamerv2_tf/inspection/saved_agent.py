"""An agent of a saved run, to act with and to ask."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import build
from ..agent.policy import PolicyState
from ..envs.row_env import RowEnv
from ..errors import UserError
from ..evaluation.restore import RestoredAgent, restore
from ..media.gif import is_film
from ..recordings.episodes import Episode
from ..replay.archive import BrokenEpisode
from ..replay.episode_file import check_fits
from ..replay.infer_spaces import is_one_hot
from ..spec import Spec, observed
from .beliefs import Beliefs, Observed, Predictions, Rollouts
from .dream import Dream, dream
from .model_quality import quality

Rows = Mapping[str, np.ndarray] | Episode


class SavedAgent:
    """An agent of a saved run: what `dreamerv2_tf.load_agent` returns.

    Args:
      restored: the agent, and where it is from.

    Attributes:
      config: settings of its run.
      steps, frames: that it had learned from; 0 where only weights are known.
      path: of its checkpoint.
      spaces: `Spaces` of its environment.
    """

    def __init__(self, restored: RestoredAgent) -> None:
        self.config, self.path = restored.config, restored.path
        self.steps, self.frames = restored.steps, restored.frames
        self._agent = restored.agent
        self.spaces = restored.agent.spaces
        self._beliefs = Beliefs(restored.agent.world_model, restored.agent.actor_critic, self.spaces.observation)

    def make_env(self) -> RowEnv:
        """The environment that it learned in, as in evaluations: `reset(seed)` and `step(action)` give rows."""
        return build.env_constructor(self.config, 'eval')()

    def act(
        self, row: dict[str, Any], state: PolicyState | None = None, sample: bool = False
    ) -> tuple[np.ndarray, PolicyState]:
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

    def observe(self, episode: Rows, seed: int = 0) -> Observed:
        """What its world model makes of an episode, row by row.

        Args:
          episode: {key: [L+1, ...]} with `action`, `is_first` and the observations; also a part of one.
          seed: of the latents that are drawn.

        Returns `beliefs.Observed`: posteriors and priors [L+1, ...].

        Raises:
          UserError: an episode of other observations or actions.
        """
        self.check(episode)
        return self._beliefs.observe(episode, seed)

    def imagine(self, start: Any, horizon: int, seed: int = 0, actions: np.ndarray | None = None) -> Rollouts:
        """Rollouts in its world model, of its actor or of given actions.

            seen = agent.observe(episode)
            dreamed = agent.imagine(seen.at([10, 10, 40]), horizon=15)
            images, expected = agent.decode(dreamed.state)['image'], agent.predict(dreamed.state)

        Args:
          start: states [N, ...], from `Observed.at`, or of other rollouts.
          horizon: H, in agent steps.
          seed: of actions and latents that are drawn.
          actions: [H or more, N, A], to be taken one after the other; None asks the actor.

        Returns `beliefs.Rollouts`: states and actions [H+1, N, ...].

        Raises:
          UserError: actions of another shape.
        """
        if actions is None:
            return self._beliefs.imagine(start, horizon, seed)
        shape, needed = np.shape(actions), (len(start.deter), self.spaces.action.size)
        if len(shape) != 3 or shape[0] < horizon or shape[1:] != needed:
            raise UserError(
                f'actions must be [{horizon} or more steps, {needed[0]} rollouts, {needed[1]}]. Received: {shape}'
            )
        return self._beliefs.follow(start, actions[:horizon], seed)

    def predict(self, state: Any, seed: int = 0) -> Predictions:
        """`beliefs.Predictions` of reward, discount, value and entropy of the policy, from states [...]."""
        return self._beliefs.predict(state, seed)

    def decode(self, state: Any) -> dict[str, np.ndarray]:
        """Observations that states [...] stand for: {key: [..., *shape]} float32; pictures from 0 to 1.

        27,000 pictures of 64 x 64 x 1 take 0.4 GB; ask for parts of long episodes.
        """
        return self._beliefs.decode(state)

    def seen(self, rows: Rows) -> dict[str, np.ndarray]:
        """Observations of rows {key: [..., *shape]}, as `decode` gives them, to be compared with them."""
        return self._beliefs.seen({key: np.asarray(rows[key]) for key in self._agent.world_model.preprocess.keys})

    def dream(
        self, episode: Rows, start: int | None = None, horizon: int = 45, samples: int = 4, seed: int = 0
    ) -> Dream:
        """What its world model believes of an episode: beliefs, predictions and rollouts, to be drawn.

            dv2.figures.open_loop(agent.dream(episode), 'image').savefig('open_loop.png')

        Args and errors: see `inspection.dream.dream`.
        """
        return dream(self, episode, start, horizon, samples, seed)

    def model_quality(self, episodes: Sequence[Rows], seed: int = 0) -> dict[str, Any]:
        """How good its world model is on episodes; see `inspection.model_quality.quality`."""
        return quality(self, episodes, seed)

    @property
    def film_keys(self) -> list[str]:
        """Observations that it predicts and that can be shown."""
        observation = self.spaces.observation
        return [
            key
            for key in self._agent.world_model.decoder.cnn_keys
            if is_film(observation[key].shape, observation[key].dtype)
        ]

    def check(self, episode: Rows, name: object = 'the episode') -> None:
        """Raises UserError unless an episode has the observations and actions that it knows."""
        arrays, observation, action = {key: episode[key] for key in episode.keys()}, *self.spaces
        specs = {key: observation[key] for key in observed(observation)}
        try:
            check_fits(arrays, specs | {'action': Spec((action.size,), np.dtype(np.float32))})
        except BrokenEpisode as error:
            raise UserError(f'{name} does not fit the agent of {self.path}: {error}') from None
        if action.discrete and not is_one_hot(np.asarray(arrays['action'])):
            raise UserError(
                f'{name} does not fit the agent of {self.path}: its actions are not one of {action.size} each'
            )


def load_agent(logdir: str | pathlib.Path, checkpoint: str | int = 'newest', **changes: Any) -> SavedAgent:
    """See `dreamerv2_tf.load_agent`."""
    return SavedAgent(restore(logdir, checkpoint, **changes))
