"""An agent becomes one file, which evaluate, dream and load_agent take in place of a run."""

import json
import shutil

import numpy as np
import pytest

import dreamerv2_tf as dv2
from dreamerv2_tf import checkpoint as show
from dreamerv2_tf import dream, evaluate, export
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.learning import checkpoint
from dreamerv2_tf.learning.card import Card, thinned

from . import small


@pytest.fixture(scope='module')
def logdir(tmp_path_factory):
    """A run that has learned nothing, evaluated three times, the last time after its newest checkpoint."""
    logdir = tmp_path_factory.mktemp('run')
    config = small.config(task='toy_catch', action_repeat=1, logdir=str(logdir), replay__read_dirs=str(logdir))
    small.save(logdir, config, 900)
    lines = [{'step': step, 'eval_return': score} for step, score in ((300, -9), (600, -8.5), (1200, -7))]
    (logdir / 'metrics.jsonl').write_text(''.join(json.dumps(line) + '\n' for line in lines))
    return logdir


@pytest.fixture(scope='module')
def file(logdir, tmp_path_factory):
    file = tmp_path_factory.mktemp('exported') / 'catch.npz'
    assert export.main([str(logdir), '--out', str(file), '--episodes', '4', '--keep', '2', '--envs', '2']) == 0
    return file


def test_the_file_holds_the_weights_of_the_run_and_its_card(logdir, file):
    run, agent = dv2.load_agent(logdir), dv2.load_agent(file)
    assert (agent.steps, agent.config.task) == (900, 'toy_catch')
    assert agent.card.curve == [(300, -9.0), (600, -8.5)] and len(agent.card.returns) == 4
    assert sorted(path.name for path in file.parent.iterdir()) == ['catch.npz', 'catch_episodes']
    row, state = run.make_env().reset(seed=0), None
    assert np.array_equal(run.policy(row, state)[0], agent.policy(row, state)[0])
    seen = [each.observe(dv2.load_episodes(file.parent / 'catch_episodes')[0]) for each in (run, agent)]
    np.testing.assert_array_equal(seen[0].kl, seen[1].kl)


def test_the_settings_of_the_file_name_no_place_of_the_machine(logdir, file):
    config = dv2.load_agent(file).config
    assert config.logdir == 'auto' and not config.replay.read_dirs
    assert str(logdir) not in str(checkpoint.read(file)['config'])


def test_the_first_episodes_are_kept_and_are_those_of_the_card(file):
    kept = dv2.load_episodes(file.parent / 'catch_episodes')
    assert sorted(float(episode['reward'].sum()) for episode in kept) == sorted(dv2.load_agent(file).card.returns[:2])


def test_an_exported_agent_can_be_exported_again_with_its_curve(file, tmp_path):
    assert export.main([str(file), '--out', str(tmp_path / 'again.npz'), '--episodes', '1', '--seed', '5']) == 0
    again, before = dv2.load_agent(tmp_path / 'again.npz').card, dv2.load_agent(file).card
    assert (again.curve, again.steps, again.seed) == (before.curve, before.steps, 5) and len(again.returns) == 1


def test_an_explorer_is_left_out(tmp_path):
    config = small.config(task='toy_catch', action_repeat=1, expl_behavior='Plan2Explore', disag_models=2)
    small.save(tmp_path / 'run', config, 900)
    assert export.main([str(tmp_path / 'run'), '--out', str(tmp_path / 'agent.npz'), '--episodes', '1']) == 0
    assert not [name for name in checkpoint.read(tmp_path / 'agent.npz') if 'ensemble' in name]
    assert dv2.load_agent(tmp_path / 'agent.npz').config.expl_behavior == 'greedy'


def test_evaluate_plays_what_the_card_says(file, capsys):
    assert evaluate.main(['--agent', str(file), '--episodes', '4', '--envs', '2', '--json']) == 0
    played = json.loads(capsys.readouterr().out)
    assert [episode['return'] for episode in played['episodes']] == dv2.load_agent(file).card.returns
    assert played['frames'] == 900


def test_dream_and_the_model_are_shown_with_the_kept_episodes(file, tmp_path, capsys):
    assert evaluate.main(['--agent', str(file), '--model', '--json']) == 0
    judged = json.loads(capsys.readouterr().out)
    assert (judged['episodes'], judged['folder']) == (2, str(file.parent / 'catch_episodes'))
    assert dream.main(['--agent', str(file), '--out', str(tmp_path / 'dream'), '--horizon', '3']) == 0
    assert (tmp_path / 'dream' / 'dream.npz').is_file()


def test_checkpoint_show_tells_how_well_it_plays(file, capsys):
    assert show.main(['show', str(file)]) == 0
    printed = capsys.readouterr().out
    assert 'exported after 900 agent steps, 0 updates; return ' in printed and ' of 4 episodes' in printed
    assert 'of an exported agent: what it has learned from' in printed


def test_a_file_that_was_changed_is_refused(file, tmp_path):
    arrays = {**checkpoint.read(file), 'hash': None}
    with np.load(file, allow_pickle=False) as opened:
        arrays = dict(opened)
    arrays['greedy/actor/out/bias'] = arrays['greedy/actor/out/bias'] + 1
    np.savez(tmp_path / 'changed.npz', **arrays)
    with pytest.raises(UserError, match='its arrays are not those that its hash was made of'):
        dv2.load_agent(tmp_path / 'changed.npz')


def test_a_card_that_cannot_be_is_refused(file, tmp_path):
    arrays = checkpoint.read(file)
    parts = json.loads(str(arrays['parts']))
    for card, said in (({'steps': 3}, 'must have steps, updates'), (parts['card'] | {'curve': [[1]]}, '`curve` of')):
        arrays['parts'] = np.array(json.dumps(parts | {'card': card}))
        checkpoint.write(tmp_path / 'card.npz', arrays)
        with pytest.raises(UserError, match=said):
            dv2.load_agent(tmp_path / 'card.npz')


@pytest.mark.parametrize(
    'argv, message',
    [
        (['{logdir}', '--out', 'agent.txt'], '`--out` must be a file NAME.npz that is not there yet'),
        (['{logdir}', '--out', '{file}'], 'nor NAME_episodes/. Received'),
        (['{logdir}', '--out', '/proc/agent.npz'], 'cannot be written'),
        (['nowhere', '--out', 'agent.npz'], 'no checkpoint `newest` of nowhere'),
        (['{logdir}', '--out', 'agent.npz', '--checkpoint', '7'], 'In {logdir}/checkpoints there are: 000000000900'),
        (['{logdir}', '--out', 'agent.npz', '--episodes', '0'], 'must be a whole number, 1 or more'),
        (['--out', 'agent.npz'], 'required: LOGDIR'),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(argv, message, logdir, file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    places = {'logdir': logdir, 'file': file}
    assert export.main([word.format(**places) for word in argv]) == 2
    error = capsys.readouterr().err
    assert message.format(**places) in error and error.count('\n') == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    'argv, message',
    [
        ([], 'give either `--logdir`, the folder of a run, or `--agent`'),
        (['--logdir', '.', '--agent', 'toy_catch'], 'give either'),
        (['--agent', 'toy_cach'], 'no agent `toy_cach` comes with the package (did you mean `toy_catch`?)'),
        (['--agent', 'nowhere.npz'], 'cannot read the checkpoint nowhere.npz'),
        (['--agent', 'toy_catch', '--checkpoint', 'best'], 'is one agent; there is no checkpoint `best`'),
    ],
)
def test_which_agent_is_meant_must_be_clear(argv, message, capsys):
    assert evaluate.main(argv) == 2
    assert message in capsys.readouterr().err


def test_a_new_run_can_begin_with_an_exported_agent_as_with_other_weights(file, tmp_path):
    (tmp_path / 'checkpoints').mkdir()
    shutil.copy(file, tmp_path / 'checkpoints' / '000000000000.npz')
    assert dv2.load_agent(tmp_path).steps == 900


def test_long_curves_are_thinned_and_keep_their_last_point():
    curve = [(frames, float(frames)) for frames in range(1001)]
    thin = thinned(curve)
    assert len(thin) <= 200 and thin[-1] == (1000, 1000.0) and thinned(curve[:200]) == curve[:200]
    assert thinned([]) == []


def test_a_card_of_few_episodes():
    card = Card(10, 2, [], [4.0], 0)
    assert card.text() == 'exported after 10 agent steps, 2 updates; return 4 of 1 episodes'
    assert np.isnan(card.standard_error) and np.isnan(Card(10, 2, [], [], 0).mean)
    assert Card(10, 2, [], [1.0, 3.0], 0).standard_error == pytest.approx(1)
