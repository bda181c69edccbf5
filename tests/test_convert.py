"""The convert command: a checkpoint of the authors' release computes here what it computed there."""

import contextlib
import io
import pathlib
import pickle
import shutil

import numpy as np
import pytest

from dreamerv2_tf import build, convert
from dreamerv2_tf.config import presets
from dreamerv2_tf.errors import UserError
from dreamerv2_tf.evaluation.restore import restore
from dreamerv2_tf.learning import checkpoint
from dreamerv2_tf.learning.checkpoint_format import contents_of
from dreamerv2_tf.release.weights import find
from dreamerv2_tf.replay import episode_file
from dreamerv2_tf.spec import ActionSpec, Spec

from .parity.golden import take_modes, tensors

RUN = pathlib.Path(__file__).parent / 'data' / 'release_run'
PICKLE, CONFIG = str(RUN / 'variables.pkl'), str(RUN / 'config.yaml')


@pytest.fixture(scope='module')
def converted(tmp_path_factory):
    """The new logdir, and what was printed."""
    out, printed = tmp_path_factory.mktemp('convert') / 'deep' / 'run', io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert convert.main([PICKLE, str(out), '--config', CONFIG]) == 0
    assert [path.name for path in out.parent.iterdir()] == ['run']
    return out, printed.getvalue()


def agent_of(out):
    config, notices = presets.stack([str(out / 'config.yaml')])
    assert notices == []
    return build.make_agent(config, {'image': Spec((64, 64, 1), np.dtype(np.uint8))}, ActionSpec.choice(6))


def test_it_computes_what_the_release_computed(converted, monkeypatch):
    take_modes(monkeypatch)
    with np.load(RUN / 'golden.npz', allow_pickle=False) as file:
        golden = {name: file[name] for name in file.files}
    episode = episode_file.load(next((RUN / 'train_episodes').iterdir()))
    rows = {
        key: np.stack([value[begin:][: golden['length']] for begin in golden['begin']])
        for key, value in episode.items()
    }
    rows['is_first'][:, 0] = True
    agent = restore(converted[0], **{'model_opt.lr': 0, 'model_opt.wd': 0}).agent
    metrics = agent.learner.update(tensors(rows), 0)
    theirs = {name.removeprefix('metric/'): value for name, value in golden.items() if name.startswith('metric/')}
    assert set(theirs) == set(metrics)
    for name, value in theirs.items():
        np.testing.assert_allclose(metrics[name], value, 1e-3 if 'grad_norm' in name else 1e-4, err_msg=name)


def test_the_new_logdir_holds_settings_and_weights_alone(converted):
    out, _ = converted
    assert sorted(str(path.relative_to(out)) for path in out.rglob('*')) == [
        'checkpoints',
        'checkpoints/000000000000.npz',
        'config.yaml',
    ]
    config, _ = presets.stack([str(out / 'config.yaml')])
    assert config == presets.stack([CONFIG])[0].updated({'logdir': str(out)})
    assert config.actor_advantage == 'release'
    contents = contents_of(checkpoint.Checkpoints(out / 'checkpoints').load(), out)
    assert contents.config == (out / 'config.yaml').read_text()
    assert '"image"' in contents.spaces and not contents.is_run
    learned = agent_of(out).learned
    assert set(contents.parts) == set(learned)
    for name, (_, arrays) in contents.parts.items():
        shapes = {path: tuple(variable.shape) for path, variable in learned[name].weights.items()}
        assert {path: array.shape for path, array in arrays.items()} == shapes
        assert all(array.dtype == np.float32 for array in arrays.values())


def test_it_prints_what_became_of_every_array(converted):
    out, printed = converted
    table = {int(line[:4]): line[4:].split() for line in printed.splitlines() if line[:4].strip().isdecimal()}
    assert sorted(table) == list(range(65))
    assert table[2] == ['target_critic/mlp/dense0/kernel', '32x16']
    assert table[57] == ['rssm/img_in/kernel', '22x16']
    assert table[0] == ['agent', 'steps', '867,', 'left', 'out']
    assert '62 of 65 arrays are weights; left out are 3: agent steps, updates, mean size of rewards' in printed
    assert "note: a config.yaml of the authors' release: actor_advantage=release" in printed
    assert printed.endswith(f' -m dreamerv2_tf.train --configs {out}/config.yaml\n')


def test_an_empty_folder_is_filled_and_flags_win(tmp_path):
    (tmp_path / 'out').mkdir()
    argv = [PICKLE, str(tmp_path / 'out'), f'--config={CONFIG}', '--train_every', '8', '--actor_advantage', 'paper']
    assert convert.main(argv) == 0
    config, _ = presets.stack([str(tmp_path / 'out' / 'config.yaml')])
    assert (config.train_every, config.actor_advantage) == (8, 'paper')


# Layers in the order in which agents of the release listed them; `-` is a variable that is no weight.
ALL_LAYERS = """- - target_critic/mlp/dense0 target_critic/mlp/norm0 target_critic/out actor/mlp/dense0 actor/mlp/norm0
    actor/out actor/std critic/mlp/dense0 critic/mlp/norm0 critic/out - encoder/conv0 encoder/conv1 encoder/convnorm0
    encoder/convnorm1 encoder/mlp/dense0 encoder/mlp/dense1 encoder/mlp/norm0 encoder/mlp/norm1 decoder/deconv0
    decoder/deconv3 decoder/dense decoder/convnorm0 decoder/mlp/dense0 decoder/mlp/dense1 decoder/out_alpha
    decoder/out_zeta decoder/mlp/norm0 decoder/mlp/norm1 discount/mlp/dense0 discount/mlp/norm0 discount/out
    reward/mlp/dense0 reward/mlp/norm0 reward/out rssm/gru rssm/gru/norm rssm/prior/img_dist rssm/img_in
    rssm/img_in_norm rssm/prior/img_out/dense0 rssm/prior/img_out/norm0 rssm/obs_dist rssm/obs_out
    rssm/obs_out_norm"""
NO_SLOW_CRITIC = '- critic/mlp/dense0 critic/out actor/mlp/dense0 actor/out - encoder/conv0 decoder/dense reward/out'
DEEP_LAYERS = """-
    actor/out - reward/mlp/dense0 reward/mlp/dense1 reward/mlp/dense10 reward/mlp/dense11 reward/mlp/dense2
    reward/out rssm/gru rssm/gru/norm rssm/prior/img_dist rssm/prior1/img_dist rssm/prior2/img_dist rssm/img_in
    rssm/prior/img_out/dense0 rssm/prior1/img_out/dense0 rssm/prior2/img_out/dense0 rssm/prior/img_out/norm0
    rssm/prior1/img_out/norm0 rssm/prior2/img_out/norm0 rssm/obs_dist"""


@pytest.mark.parametrize('layers', [ALL_LAYERS, NO_SLOW_CRITIC, DEEP_LAYERS])
def test_arrays_are_taken_in_the_releases_order(layers):
    names = []
    for layer in layers.split():
        both = ('gamma', 'beta') if 'norm' in layer.rpartition('/')[2] else ('kernel', 'bias')
        names += ['-'] if layer == '-' else [f'{layer}/{variable}' for variable in both]
    arrays = [np.zeros(()) if name == '-' else np.full(3, index) for index, name in enumerate(names)]
    arrays = [array.astype(np.float32) for array in arrays]
    weights = {name: np.zeros(3) for name in sorted(names) if name != '-'}
    found = find(arrays, weights, 'variables.pkl')
    assert [one.name if one.is_weight else '-' for one in found] == names
    for one, array in zip(found, arrays):
        np.testing.assert_array_equal(one.array, array)


def test_weights_become_float32_and_must_be_floats():
    weights, counters = {'reward/out/bias': np.zeros(2)}, [np.array(1), np.array(1.0)]
    found = find([*counters, np.ones(2, np.float16)], weights, 'variables.pkl')
    assert found[2].array.dtype == np.float32
    with pytest.raises(UserError, match='array 2, reward/out/bias, is of type int64 there'):
        find([*counters, np.ones(2, int)], weights, 'variables.pkl')


@pytest.mark.parametrize(
    'flags, message',
    [
        ('--rssm.deter 20', 'array 2 is (32, 16) there, target_critic/mlp/dense0/kernel is (36, 16) here'),
        ('--encoder.cnn_depth 4', 'array 21 is (4, 4, 1, 2) there, encoder/conv0/kernel is (4, 4, 1, 4) here'),
        ('--atari_full_actions True', 'array 12 is (16, 6) there, actor/out/kernel is (16, 18) here'),
        ('--slow_target False', 'array 1 is () there, critic/mlp/dense0/kernel is (32, 16) here'),
        ('--pred_discount False --grad_heads decoder', 'It holds 65 arrays, an agent of these settings 59'),
        ('--atari_grayscale False', 'encoder/conv0/kernel is (4, 4, 3, 2) here'),
        ('--rssm.detr 20', 'did you mean `rssm.deter`?'),
        ('--task atari_pnog', 'did you mean `atari_pong`?'),
    ],
)
def test_the_error_for_settings_that_do_not_fit_names_position_and_shapes(flags, message, tmp_path, capsys):
    check_mistake([PICKLE, str(tmp_path / 'new'), '--config', CONFIG, *flags.split()], message, tmp_path, capsys)


@pytest.mark.parametrize(
    'argv, message',
    [
        ([], 'required: variables.pkl, OUT, --config'),
        ([PICKLE], 'required: OUT, --config'),
        ([PICKLE, 'new'], 'required: --config'),
        (['--config', CONFIG, PICKLE, 'new'], 'required: variables.pkl, OUT'),
        ([PICKLE, 'new', '--seed', '1'], 'required: --config'),
        ([PICKLE, 'new', '--config'], '`--config` needs a value'),
        ([PICKLE, 'new', '--confg', CONFIG], 'did you mean `--config`'),
        ([PICKLE, 'new', '--config', 'missing.yaml'], 'cannot read missing.yaml'),
        ([PICKLE, 'new', '--config', PICKLE], 'unknown preset'),
        (['missing.pkl', 'new', '--config', CONFIG], 'cannot read missing.pkl: No such file'),
        ([CONFIG, 'new', '--config', CONFIG], 'it is no pickle, or not all of one'),
        ([PICKLE, '.', '--config', CONFIG], 'be empty and not the current folder'),
        ([PICKLE, str(RUN), '--config', CONFIG], 'must not be there yet, or be empty'),
        ([PICKLE, f'{PICKLE}/new', '--config', CONFIG], 'is not a folder'),
        ([PICKLE, '/proc/new', '--config', CONFIG], 'cannot be used'),
    ],
)
def test_a_mistake_is_one_clear_line_and_creates_nothing(argv, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    check_mistake(argv, message, tmp_path, capsys)


def test_functions_named_in_a_pickle_are_not_run(tmp_path, capsys):
    class Malicious:
        def __reduce__(self):
            return shutil.rmtree, (str(tmp_path / 'precious'),)

    (tmp_path / 'precious').mkdir()
    (tmp_path / 'variables.pkl').write_bytes(pickle.dumps([np.zeros(3), Malicious()]))
    argv = [str(tmp_path / 'variables.pkl'), str(tmp_path / 'new'), '--config', CONFIG]
    assert convert.main(argv) == 2
    assert "it names 'shutil." in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ['precious', 'variables.pkl']


def test_where_writing_fails_nothing_is_left(tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(checkpoint.Checkpoints, 'save', fail)
    assert convert.main([PICKLE, str(tmp_path / 'new'), '--config', CONFIG]) == 1
    assert capsys.readouterr().err == 'error: [Errno 28] No space left on device; nothing was written\n'
    assert list(tmp_path.iterdir()) == []


def test_help_lists_how_it_is_called_and_keys(capsys):
    assert convert.main(['--help']) == 0
    printed = capsys.readouterr().out
    assert 'convert variables.pkl OUT --config config.yaml' in printed and '--kl.balance' in printed


def check_mistake(argv, message, folder, capsys):
    assert convert.main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith('error: ') and message in error and error.count('\n') == 1
    assert list(folder.iterdir()) == []
