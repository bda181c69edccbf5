"""Runs the project on the inputs of a golden file and compares everything with what it recorded.

A golden file holds numbers of the authors' release: see data/README.md.
"""

import json
import re

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from dreamerv2_tf import build
from dreamerv2_tf.agent.imagination import imagine, start_states
from dreamerv2_tf.config import presets, release
from dreamerv2_tf.distributions import one_hot
from dreamerv2_tf.spec import NOT_OBSERVED, ActionPart, ActionSpec, Spec

SEED = tf.constant([0, 0])
STEPS = 0  # agent steps at which schedules are read

# Where the release's names of weights differ from ours.
RENAMED = [
    (r'rssm/gru_norm/', 'rssm/gru/norm/'),
    (r'rssm/img_out_norm/', 'rssm/prior/img_out/norm0/'),
    (r'rssm/img_out/', 'rssm/prior/img_out/dense0/'),
    (r'rssm/img_dist/', 'rssm/prior/img_dist/'),
    (r'(encoder|decoder)/densenorm(\d)/', r'\1/mlp/norm\2/'),
    (r'(\w+)/(dense\d|norm\d)/', r'\1/mlp/\2/'),
]


def take_modes(monkeypatch):
    """Replaces every draw by the distribution's mode, as in the golden files."""

    def most_likely(logits, seed):
        return tf.one_hot(tf.argmax(logits, -1), logits.shape[-1])

    def location(self, n, seed=None):
        return tf.broadcast_to(self.loc[None], [n, *self.loc.shape])

    monkeypatch.setattr(one_hot, 'draw', most_likely)
    monkeypatch.setattr(tfd.TruncatedNormal, '_sample_n', location)
    monkeypatch.setattr(tfd.MultivariateNormalDiag, 'sample', lambda self, *a, **k: self.mean())


class Golden:
    """One golden file: its arrays, and the largest error of each that was compared.

    Attributes:
      errors: {array: (error, tolerance)}; an error is in units that the tolerance bounds.
    """

    def __init__(self, path):
        with np.load(path, allow_pickle=False) as file:
            self.arrays = {name: file[name] for name in file.files}
        self.errors = {}
        self._used = {'config'}
        self._flat = json.loads(str(self.arrays['config']))
        batches = len({name.split('/')[0] for name in self.arrays if name.startswith('batch')})
        self.batches = [self._below(f'batch{i}/') for i in range(batches)]

    def run(self):
        """Compares all that the file has."""
        self._compare_model()
        self._compare_best(self._compare_imagined)
        self._compare_best(self._compare_updates)

    @property
    def forgotten(self):
        """Names of arrays that were compared with nothing and are no inputs either."""
        return sorted(set(self.arrays) - set(self.errors) - self._used)

    def _below(self, prefix):
        """Inputs {name without prefix: array}."""
        found = {name: array for name, array in self.arrays.items() if name.startswith(prefix)}
        self._used |= set(found)
        return {name.removeprefix(prefix): array for name, array in found.items()}

    def _compare_best(self, compare):
        """Compares, with a reward normaliser, both ways in which a recorder may have used it.

        `imagined/reward` may stand there before or after it, and its running mean may have taken in the
        rollout of `imagined/` before the updates or not. Whatever the file has must fit throughout.
        """
        ways = [False, True] if self._flat.get('reward_norm.momentum', 1.0) != 1.0 else [False]
        found, others = [], self.errors
        for way in ways:
            self.errors = {}
            compare(way)
            found.append(self.errors)
        self.errors = others | min(found, key=lambda errors: max(e / t for e, t in errors.values()))

    def _agent(self):
        """A new agent with the recorded weights."""
        flat = {'actor_advantage': 'release', **self._flat}
        config = presets.defaults().updated(release.translate(flat)[0])
        rows = self.batches[0]
        observation = {
            key: Spec(array.shape[2:], array.dtype) for key, array in rows.items() if key not in NOT_OBSERVED
        }
        weights = self._below('weight/')
        action = ActionSpec((ActionPart(rows['action'].shape[-1], 'actor/std/kernel' not in weights),))
        agent = build.make_agent(config, observation, action)
        variables = agent.weights
        for name, array in weights.items():
            variables.pop(ours(name)).assign(array)
        assert not variables, f'the file has no weights for {sorted(variables)}'
        return agent

    def _compare(self, name, value):
        if name not in self.arrays:
            return
        theirs, value = self.arrays[name], np.asarray(value)
        assert value.shape == theirs.shape, (name, value.shape, theirs.shape)
        assert np.isfinite(theirs).all() and np.isfinite(value).all(), name
        error = np.abs(value - theirs)
        if '/weight/' in name:
            tolerance = 1e-5
        else:
            error = error / np.maximum(1, np.abs(theirs))
            tolerance = 1e-3 if name.endswith('grad_norm') else 1e-4
        self.errors[name] = (float(error.max(initial=0)), tolerance)

    def _compare_model(self):
        agent = self._agent()
        out = agent.world_model.loss(tensors(self.batches[0]), SEED)
        self._compare('model/loss', out.loss)
        self._compare('model/embed', out.embed)
        self._compare('model/feat', out.post.feat)
        self._compare('model/kl', out.kl)
        for side, state in (('post', out.post), ('prior', out.prior)):
            for field, value in state._asdict().items():
                self._compare(f'model/{side}/{field}', value)
        for key, value in out.metrics.items():
            self._compare(f'model/metric/{key}', value)
        for key, mean in out.means.items():
            self._compare(f'model/decoder_mean/{key}', mean)
        self._compare('model/reward_mode', out.means['reward'])
        if 'discount' in out.means:
            self._compare('model/discount_mean', out.means['discount'])

    def _compare_imagined(self, raw_reward):
        agent = self._agent()
        task, critic, rows = agent.task, agent.actor_critic, tensors(self.batches[0])
        start = start_states(agent.world_model.loss(rows, SEED).post)
        horizon = self.arrays['imagined/feat'].shape[0] - 1
        trajectory = imagine(agent.world_model.rssm, critic.policy, start, horizon, SEED)
        imagined, _ = task.evaluate(trajectory, rows['is_terminal'])
        if raw_reward:
            reward = agent.world_model.predicted_reward(trajectory.feat)
            imagined = critic.evaluate(trajectory, reward, imagined.discount)
        for field, value in imagined._asdict().items():
            self._compare(f'imagined/{field}', value)
        scheduled = task.schedules(STEPS)
        actor_loss, _ = critic.actor_loss(
            imagined, scheduled['entropy_scale'], task.mix, scheduled['dynamics_share'], SEED
        )
        critic_loss, _ = critic.critic_loss(imagined)
        self._compare('imagined/actor_loss', actor_loss)
        self._compare('imagined/critic_loss', critic_loss)

    def _compare_updates(self, normaliser_has_seen_rollout):
        agent = self._agent()
        if normaliser_has_seen_rollout:
            rows = tensors(self.batches[0])
            start = start_states(agent.world_model.loss(rows, SEED).post)
            trajectory = imagine(
                agent.world_model.rssm,
                agent.actor_critic.policy,
                start,
                self.arrays['imagined/feat'].shape[0] - 1,
                SEED,
            )
            agent.task.evaluate(trajectory, rows['is_terminal'])
        for i, rows in enumerate(self.batches):
            for key, value in agent.learner.update(rows, STEPS).items():
                self._compare(f'train{i}/metric/{key}', value)
            variables = agent.weights
            for name in self.arrays:
                if name.startswith(f'train{i}/weight/'):
                    self._compare(name, variables[ours(name.split('/weight/')[1])])


def ours(name):
    """The path of a variable here, from the release's name of a weight."""
    for pattern, replacement in RENAMED:
        name, count = re.subn('^' + pattern, replacement, name)
        if count:
            break
    return name


def tensors(rows):
    return {key: tf.constant(value) for key, value in rows.items()}
