"""A saved agent, to act with and to look inside."""

import contextlib
import functools
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np

from .. import build
from ..agent.policy import PolicyState
from ..envs import space_text
from ..envs.row_env import RowEnv
from ..envs.translator import Translator, batch_of_rows
from ..errors import UserError, shown
from ..evaluation.restore import RestoredAgent, restore
from ..media.gif import is_film
from ..nets.latent import ModelState
from ..replay import action_parts
from ..replay.archive import BrokenEpisode
from ..replay.episode_file import check_fits
from ..spec import Spec, observed
from .beliefs import Beliefs, Observed, Predictions, Rollouts, Rows
from .dream import Dream, dream
from .model_quality import Quality, quality
from .playing import Played, play


class SavedAgent:
    """A saved agent, as `dreamerv2_tf.load_agent` returns it.

    Args:
      restored: the agent, and where it is from.

    Attributes:
      config: settings of its run.
      steps, frames: of its run when the checkpoint was written; 0 where only weights are known.
      path: of the checkpoint.
      source: where it was asked for, see `evaluation.sources`.
      card: how well it plays, where it is an exported agent; else None.
      spaces: `Spaces` of its environment.
      world_model, actor_critic: its networks.
    """

    def __init__(self, restored: RestoredAgent) -> None:
        self.config, self.path, self.source = restored.config, restored.path, restored.source
        self.steps, self.frames, self.card = restored.steps, restored.frames, restored.card
        self._agent, self._gym_spaces = restored.agent, restored.gym_spaces
        self.spaces, self.world_model = restored.agent.spaces, restored.agent.world_model
        self.actor_critic = restored.agent.task.actor_critic
        self._beliefs = Beliefs(self.world_model, self.actor_critic, self.spaces.observation)

    def make_env(self) -> RowEnv:
        """Returns the environment of its run, as in evaluations: `reset(seed)` and `step(action)` return rows."""
        return build.env_constructor(self.config, 'eval')()

    @functools.cached_property
    def translator(self) -> Translator:
        """Translates between rows and what its environment gives and takes.

        Raises:
          UserError: the spaces of the environment are not known, or damaged.
        """
        text = self._gym_spaces
        if not text:  # a checkpoint of version 0.1, or of a run that never acted
            with contextlib.closing(self.make_env()) as env:
                text = env.gym_spaces
        try:
            translator = Translator(*space_text.from_text(text), self.config.image_layout)
        except ValueError as error:
            raise UserError(f'{self.path}: {error}') from None
        if translator.spaces != self.spaces:
            raise UserError(f'{self.path}: its environment has {translator.spaces.describe()}, the agent others')
        return translator

    def act(
        self,
        observation: Any,
        state: PolicyState | None = None,
        first: bool | Sequence[bool] = False,
        sample: bool = False,
    ) -> tuple[Any, PolicyState]:
        """Returns the next action as the environment takes it, and its state for the next call.

            observation, state, done = env.reset()[0], None, False
            while not done:
                action, state = agent.act(observation, state)
                observation, reward, terminated, truncated, info = env.step(action)
                done = terminated or truncated

        An episode begins where `state` is None or `first` is true. Otherwise the observation is taken for the next one
        of the episode that the state is of.

        Args:
          observation: as the environment gives it, or a batch of N; or rows {key: array} or {key: [N, ...]} with
            `is_first`.
          state: from the call before; None in the first call.
          first: whether an episode begins, or [N] of that.
          sample: draw the action, as in training, instead of taking the most likely one.

        Returns (action, or a batch of N as `gymnasium.vector` has them; state).

        Raises:
          UserError: the observation does not fit, holds a number that is not finite, or the state is of another N.
        """
        translator = self.translator
        if translator.is_row(observation):
            vectors, state, single = self._decide({'is_first': first, **observation}, state, sample)
        else:
            rows, single = translator.observed(observation)
            count = len(next(iter(rows.values())))
            begins = np.asarray(first)
            if begins.dtype != np.bool_ or begins.shape not in ((), (count,)):
                raise UserError(f'`first` must be True or False, or {count} of them. Received: {shown(first)}')
            flags = {'is_first': np.broadcast_to(begins, count)}
            vectors, state, _ = self._decide(rows | flags, state, sample)
        return translator.actions(vectors, single), state

    def policy(
        self, rows: Mapping[str, Any], state: PolicyState | None = None, sample: bool = False
    ) -> tuple[np.ndarray, PolicyState]:
        """Returns (action vector [A] or [N, A], state), as rows hold them and `make_env()` takes them.

            row, state = env.reset(seed=0), None
            while not row['is_last']:
                action, state = agent.policy(row, state)
                row = env.step(action)

        Args:
          rows: {observation: array}, or of N environments {observation: [N, ...]}; of the other keys only
            `is_first` is used: where it is true, the state is forgotten.
          state, sample: see `act`.

        Raises:
          UserError: a row does not fit, holds a number that is not finite, or the state is of another N.
        """
        vectors, state, single = self._decide(rows, state, sample)
        return vectors[0] if single else vectors, state

    def play(
        self, env: gymnasium.Env | RowEnv | None = None, episodes: int = 1, seed: int = 0, sample: bool = False
    ) -> Played:
        """Plays whole episodes in an environment and returns them and their returns, see `Played`.

            played = agent.play(Corridor(), episodes=3)
            print(played.returns)

        Episodes that do not end are cut after 27,000 steps.

        Args:
          env: as it was given to `dreamerv2_tf.train`; None = one of its run's, see `make_env`.
          episodes: how many.
          seed: of what the environment draws.
          sample: see `act`.

        Raises:
          UserError: it is no environment, or does not fit the agent.
          RunError: it fails again and again.
        """
        policy = self._agent.train_policy if sample else self._agent.eval_policy
        with contextlib.ExitStack() as stack:
            if env is None:
                env = stack.enter_context(contextlib.closing(self.make_env()))
            return play(env, policy, self.spaces, self.config, episodes, seed)

    def _decide(
        self, rows: Mapping[str, Any], state: PolicyState | None, sample: bool
    ) -> tuple[np.ndarray, PolicyState, bool]:
        """Returns (action vectors [N, A], state, whether the rows were those of one environment)."""
        specs = {key: self.spaces.observation[key] for key in self.world_model.preprocess.keys}
        checked, single = batch_of_rows(rows, specs)
        count = len(checked['is_first'])
        if state is not None and (not isinstance(state, PolicyState) or len(state.action) != count):
            known = f'of {len(state.action)}' if isinstance(state, PolicyState) else shown(state)
            raise UserError(f'`state` must be what the last call returned for {count} environments. Received: {known}')
        policy = self._agent.train_policy if sample else self._agent.eval_policy
        return (*policy(checked, state), single)

    def observe(self, episode: Rows, seed: int = 0) -> Observed:
        """Returns what its world model believes in each row of an episode.

        Args:
          episode: {key: [L+1, ...]} with `action`, `is_first` and the observations; may be a part of one.
          seed: of the latents that are drawn.

        Returns `beliefs.Observed`: posteriors and priors [L+1, ...].

        Raises:
          UserError: the episode has other observations or actions.
        """
        self.check(episode)
        return self._beliefs.observe(episode, seed)

    def imagine(self, start: ModelState, horizon: int, seed: int = 0, actions: np.ndarray | None = None) -> Rollouts:
        """Returns rollouts in its world model, of its actor or of given actions.

            seen = agent.observe(episode)
            dreamed = agent.imagine(seen.at([10, 10, 40]), horizon=15)
            images, expected = agent.decode(dreamed.state)['image'], agent.predict(dreamed.state)

        Args:
          start: states [N, ...], from `Observed.at` or of other rollouts.
          horizon: H, in agent steps.
          seed: of actions and latents that are drawn.
          actions: [H or more, N, A], to be taken one after the other; None: the actor chooses.

        Returns `beliefs.Rollouts`: states and actions [H+1, N, ...].

        Raises:
          UserError: the actions have another shape.
        """
        if actions is None:
            return self._beliefs.imagine(start, horizon, seed)
        shape, needed = np.shape(actions), (len(start.deter), self.spaces.action.size)
        if len(shape) != 3 or shape[0] < horizon or shape[1:] != needed:
            raise UserError(
                f'actions must be [{horizon} or more steps, {needed[0]} rollouts, {needed[1]}]. Received: {shape}'
            )
        return self._beliefs.follow(start, actions[:horizon], seed)

    def predict(self, state: ModelState, seed: int = 0) -> Predictions:
        """Returns `beliefs.Predictions` of reward, discount, value and entropy of the policy, from states [...]."""
        return self._beliefs.predict(state, seed)

    def decode(self, state: ModelState) -> dict[str, np.ndarray]:
        """Returns observations {key: [..., *shape]} decoded from states [...], float32; images from 0 to 1.

        27,000 images of 64 x 64 x 1 take 0.4 GB: decode long episodes in parts.
        """
        return self._beliefs.decode(state)

    def seen(self, rows: Rows) -> dict[str, np.ndarray]:
        """Returns true observations of rows {key: [..., *shape]}, in the scale of `decode`, for comparison."""
        return self._beliefs.seen({key: np.asarray(rows[key]) for key in self.world_model.preprocess.keys})

    def dream(
        self, episode: Rows, start: int | None = None, horizon: int = 45, samples: int = 4, seed: int = 0
    ) -> Dream:
        """Returns the view of its world model of an episode: beliefs, predictions and rollouts, to be drawn.

            dv2.figures.open_loop(agent.dream(episode), 'image').savefig('open_loop.png')

        Arguments and errors are those of `inspection.dream.dream`.
        """
        return dream(self, episode, start, horizon, samples, seed)

    def model_quality(
        self, episodes: Sequence[Rows], seed: int = 0, track: Callable[[Sequence[Rows]], Iterable[Rows]] = iter
    ) -> Quality:
        """Returns how good its world model is on episodes that it has not learned from.

            dv2.quality_table.table(agent.model_quality(dv2.load_episodes(folder)))

        Arguments and errors are those of `inspection.model_quality.quality`.
        """
        return quality(self, episodes, seed, track)

    @property
    def film_keys(self) -> list[str]:
        """Names of the observations that it predicts and that films can show."""
        observation = self.spaces.observation
        return [
            key for key in self.world_model.decoder.cnn_keys if is_film(observation[key].shape, observation[key].dtype)
        ]

    def check(self, episode: Rows, name: object = 'the episode') -> None:
        """Raises UserError, with a name of the episode, unless it has the observations and actions of this agent."""
        arrays, observation, action = {key: episode[key] for key in episode.keys()}, *self.spaces
        specs = {key: observation[key] for key in observed(observation)}
        try:
            check_fits(arrays, specs | {'action': Spec((action.size,), np.dtype(np.float32))})
        except BrokenEpisode as error:
            raise UserError(f'{name} does not fit the agent of {self.path}: {error}') from None
        if not action_parts.fit(action, np.asarray(arrays['action'])):
            raise UserError(f'{name} does not fit the agent of {self.path}: its actions are not {action.describe()}')


def load_agent(where: str | pathlib.Path, checkpoint: str | int = 'newest', **changes: Any) -> SavedAgent:
    """Returns a saved agent; see `dreamerv2_tf.load_agent`."""
    return SavedAgent(restore(where, checkpoint, **changes))
