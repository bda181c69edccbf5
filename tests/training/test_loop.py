"""Which evaluation is the best one."""

import math

import pytest

from dreamerv2_tf.display.progress import Progress, Silent
from dreamerv2_tf.learning.checkpoint import find
from dreamerv2_tf.training.loop import Training
from dreamerv2_tf.training.offline import NoEnvironments
from dreamerv2_tf.training.parts import make_parts

from .. import small


class Evaluated(Training):
    """A run whose evaluations have given returns."""

    def evaluate(self, steps, *returns):
        self._parts.counts.add_steps(steps - self.steps)
        self._returns = list(returns)
        self._evaluate_agent()

    def _evaluate(self, policy, episodes, name):
        self._eval_returns = self._returns


@pytest.fixture
def run(tmp_path):
    agent = small.agent()
    envs = NoEnvironments(agent.spaces)
    return make_parts(small.config(), tmp_path, agent, {'train': envs, 'eval': envs}, Progress(Silent()))


def best_return(run):
    return run.counts.get_state()[0]['best_return']


def best(run):
    return [int(path.stem.removeprefix('best-')) for path in find(run.checkpoints.folder, 'best-*')]


@pytest.mark.parametrize('broken', [math.nan, math.inf])
def test_an_evaluation_that_is_not_finite_is_never_the_best_and_freezes_nothing(run, caplog, broken):
    training = Evaluated(run, lambda: False)
    training.evaluate(10, 1.0, broken)
    assert best(run) == [] and best_return(run) is None
    assert f'the evaluation at 40 frames has the mean return {broken}: its checkpoint is not kept' in caplog.text
    training.evaluate(20, 1.0, 2.0)
    training.evaluate(30, broken)
    training.evaluate(40, 1.0)
    assert best(run) == [20] and best_return(run) == 1.5
    training.evaluate(50, 3.0)
    assert best(run) == [50] and best_return(run) == 3.0
