"""Updates beside acting, and what becomes of numbers that are not finite."""

import json
import math
import pathlib
import threading

import pytest

from dreamerv2_tf.display.progress import Progress, Silent
from dreamerv2_tf.errors import RunError
from dreamerv2_tf.metrics.jsonl import Jsonl
from dreamerv2_tf.metrics.recorder import Recorder
from dreamerv2_tf.metrics.timing import Timing
from dreamerv2_tf.training.updates import Updates


class Learner:
    """Gives the metrics of a list, update by update."""

    def __init__(self, *metrics):
        self._metrics, self.updates = list(metrics), 0

    def update(self, batch, agent_steps):
        self.updates += 1
        return self._metrics.pop(0)


class Batches:
    """Empty batches, drawn from given files."""

    newest_batch = (
        pathlib.Path('run/train_episodes/20260101T000000-1a2b3c4d000000000000000000000000-9.npz'),
        pathlib.Path('run/train_episodes/20260102T000000-5e6f7a8b000000000000000000000000-9.npz'),
        pathlib.Path('other/20260103T000000-9c0d1e2f000000000000000000000000-9.npz'),
    )

    def __next__(self):
        return {}


@pytest.fixture
def make(tmp_path):
    def updates(*metrics, learner=None, held=None):
        recorder = Recorder([Jsonl(tmp_path / 'metrics.jsonl')])
        progress = Progress(Silent())
        progress.phases = (progress_phase(),)
        made = Updates(
            learner or Learner(*metrics), Batches(), recorder, progress, Timing(), held, profiler=lambda count: None
        )
        return made, recorder

    return updates


def progress_phase():
    class Phase:
        updates = 0

        def restart(self):
            """Nothing is measured."""

    return Phase()


class LongUpdate:
    """A learner whose update ends once an agent step was done meanwhile."""

    def __init__(self, acted, tape):
        self._acted, self._tape, self.updates = acted, tape, 0

    def update(self, batch, agent_steps):
        self._tape.append('update')
        in_time = self._acted.wait(60)
        self.updates += 1
        return {'acted_meanwhile': in_time}


class Held:
    """Writes down that weights are taken."""

    def __init__(self, tape):
        self._tape = tape

    def hold(self):
        self._tape.append('hold')


def test_it_acts_while_an_update_goes_on_with_the_weights_of_before_it(make, tmp_path):
    acted, tape = threading.Event(), []
    updates, recorder = make(learner=LongUpdate(acted, tape), held=Held(tape))
    for update in range(3):
        updates.make(16 * update)
        assert updates.done == update
        acted.set()  # what an agent step would do
        updates.check(16 * update)
        acted.clear()
        assert updates.done == update + 1 and tape == ['hold', 'update'] * (update + 1)
    recorder.write(1)
    assert json.loads((tmp_path / 'metrics.jsonl').read_text())['acted_meanwhile'] == 1


@pytest.mark.parametrize('name', ['image_loss', 'actor_loss', 'model_grad_norm'])
@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_a_loss_or_gradient_norm_that_is_not_finite_ends_the_run(make, name, value):
    updates, _ = make({'model_loss': 1.0}, {'model_loss': 1.0, name: value})
    updates.make(10)
    updates.make(20)
    with pytest.raises(RunError, match=f'{name} became {value} in update 2 at 20 agent steps'):
        updates.check(20)


def test_the_message_names_the_files_of_the_batch(make):
    updates, _ = make({'kl_loss': math.nan})
    updates.make(10)
    with pytest.raises(RunError) as error:
        updates.check(10)
    assert str(error.value) == (
        'kl_loss became nan in update 1 at 10 agent steps; what was saved before is kept. '
        'Its batch was drawn from the files that begin with 20260101T000000-1a2b3c4d, 20260102T000000-5e6f7a8b '
        'in run/train_episodes; 20260103T000000-9c0d1e2f in other'
    )


def test_another_number_is_recorded_as_null_with_one_warning(make, tmp_path, caplog):
    updates, recorder = make(*[{'model_loss': 1.0, 'my_ratio': math.nan}] * 3)
    for steps in (10, 20, 30):
        updates.make(steps)
    updates.check(30)
    assert [record.getMessage() for record in caplog.records] == [
        'my_ratio became nan in update 1 at 20 agent steps; it is recorded as null'
    ]
    recorder.write(120)
    assert json.loads((tmp_path / 'metrics.jsonl').read_text()) == {'step': 120, 'model_loss': 1.0, 'my_ratio': None}
