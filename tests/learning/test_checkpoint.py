import errno
import zipfile

import numpy as np
import pytest

from dreamerv2_tf.errors import UserError
from dreamerv2_tf.learning.checkpoint import BrokenCheckpoint, Checkpoints, check, hash_of, read, read_file, write
from dreamerv2_tf.nets.weights import assign
from dreamerv2_tf.replay import npz

from .. import small


def test_learning_goes_on_where_it_stopped(tmp_path):
    straight = small.agent()
    for i in range(4):
        expected = straight.learner.update(small.rows(i), i)
    first, second = small.agent(), small.agent(seed=0, discount=0.999)
    for i in range(2):
        first.learner.update(small.rows(i), i)
    Checkpoints(tmp_path).save(7, small.variables(first))
    assign(small.variables(second), Checkpoints(tmp_path).load())
    for i in range(2, 4):
        metrics = second.learner.update(small.rows(i), i)
    for name, value in expected.items():
        np.testing.assert_allclose(metrics[name], value, rtol=1e-5, err_msg=name)
    for name, value in small.variables(straight).items():
        np.testing.assert_allclose(small.variables(second)[name], value, rtol=1e-4, atol=1e-6, err_msg=name)


def test_it_is_a_plain_npz_of_names_that_needs_no_pickle(tmp_path):
    path = Checkpoints(tmp_path).save(7, small.variables(small.agent(precision='mixed_float16')))
    with np.load(path, allow_pickle=False) as file:
        names = set(file.files)
        assert all(file[name].dtype != object for name in names)
    assert {
        'learner/rssm/gru/kernel',
        'learner/model/m/rssm/gru/kernel',
        'greedy/actor/v/actor/out/bias',
        'greedy/target_critic/out/bias',
        'learner/model/loss_scale',
        'learner/model/updates',
        'learner/updates',
        'greedy/reward_norm',
    } <= names


def test_the_last_two_are_kept_and_the_newest_is_loaded(tmp_path):
    checkpoints = Checkpoints(tmp_path / 'deep' / 'folder')
    assert checkpoints.load() is None
    for steps in (10, 9000, 200000):
        checkpoints.save(steps, {'a': np.array(steps)})
    assert [path.name for path in checkpoints.folder.iterdir()] != []
    assert sorted(path.name for path in checkpoints.folder.iterdir()) == ['000000009000.npz', '000000200000.npz']
    assert checkpoints.load()['a'] == 200000


def test_one_that_cannot_be_read_is_named_and_the_one_before_is_used(tmp_path, caplog):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, {'a': np.array(1)})
    path = checkpoints.save(2, {'a': np.array(2)})
    path.write_bytes(path.read_bytes()[:-30])
    assert checkpoints.load()['a'] == 1
    assert f'cannot read the checkpoint {path}' in caplog.text
    checkpoints.save(3, {'a': np.array(3)})
    assert [path.name for path in checkpoints.paths()] == ['000000000001.npz', '000000000003.npz']
    assert Checkpoints(tmp_path).load()['a'] == 3


def test_where_none_can_be_read_the_run_does_not_begin_anew_by_itself(tmp_path):
    (tmp_path / '000000000001.npz').write_bytes(b'PK\x03\x04 broken')
    for _ in range(2):
        with pytest.raises(UserError, match='no checkpoint in .* can be read'):
            Checkpoints(tmp_path).load()


def test_one_that_the_machine_does_not_give_just_now_stays_where_it_is(tmp_path, monkeypatch):
    path = Checkpoints(tmp_path).save(1, {'a': np.array(1)})

    def refuse(*args, **settings):
        raise PermissionError(errno.EACCES, 'Permission denied')

    monkeypatch.setattr(npz, 'open_file', refuse)
    with pytest.raises(UserError, match='Permission denied'):
        Checkpoints(tmp_path).load()
    monkeypatch.undo()
    assert path.exists() and Checkpoints(tmp_path).load()['a'] == 1


def test_where_all_are_broken_the_best_one_is_named(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save_best(3, {'a': np.array(3)})
    (tmp_path / '000000000005.npz').write_bytes(b'PK\x03\x04 broken')
    with pytest.raises(UserError, match='copy of best-000000000003.npz as 000000000003.npz'):
        checkpoints.load()


def test_a_file_without_its_last_array_is_not_complete(tmp_path, caplog):
    np.savez(tmp_path / '000000000001.npz', a=1)
    with pytest.raises(UserError):
        Checkpoints(tmp_path).load()
    assert 'it is not complete' in caplog.text


def test_what_a_killed_process_left_half_written_is_named(tmp_path, caplog):
    (tmp_path / '.000000000007.npz.tmp').write_bytes(b'half')
    assert Checkpoints(tmp_path).load() is None
    assert '000000000007.npz was not finished and is left out' in caplog.text
    assert not list(tmp_path.iterdir())


def test_the_best_one_is_kept_besides(tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=1)
    for steps in (1, 2, 3, 4):
        if steps in (1, 3):
            checkpoints.save_best(steps, {'a': np.array(steps)})
        checkpoints.save(steps, {'a': np.array(steps)})
    assert sorted(path.name for path in tmp_path.iterdir()) == ['000000000004.npz', 'best-000000000003.npz']
    assert read(tmp_path / 'best-000000000003.npz')['a'] == 3


def test_the_error_for_a_mismatch_names_path_and_shape():
    small_agent = small.agent()
    other = small.agent(rssm__deter=10, slow_target=False)
    arrays = {name: np.array(value) for name, value in small.variables(other).items()}
    before = {name: np.array(value) for name, value in small.variables(small_agent).items()}
    with pytest.raises(UserError) as error:
        check(small.variables(small_agent), arrays)
    assert 'learner/rssm/gru/kernel is (26, 30) there and (28, 36) here' in str(error.value)
    with pytest.raises(UserError, match='greedy/target_critic/mlp/dense0/kernel is missing there'):
        check({'greedy/target_critic/mlp/dense0/kernel': before['learner/updates']}, arrays)


@pytest.mark.parametrize('sentinel', [np.array([True, True, True]), np.array('no'), np.array(1), np.array(False)])
def test_only_a_single_true_says_that_a_file_is_complete(tmp_path, sentinel):
    np.savez(tmp_path / '000000000001.npz', a=1, complete=sentinel)
    with pytest.raises(BrokenCheckpoint, match='it is not complete'):
        read(tmp_path / '000000000001.npz')


def test_arrays_of_one_shape_that_were_swapped_are_noticed_and_the_one_before_is_used(tmp_path, caplog):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, {'a': np.zeros(3), 'b': np.ones(3)})
    path = checkpoints.save(2, {'a': np.zeros(3), 'b': np.ones(3)})
    swap(path, 'a', 'b')
    assert read_file(path).hash_holds is False
    assert list(checkpoints.load()['a']) == [0, 0, 0]
    assert (
        'its arrays are not those that its hash was made of; it is left out as 000000000002.npz.broken' in caplog.text
    )


def test_parts_of_two_runs_in_one_file_are_noticed(tmp_path):
    one, other = ({'learner/a': np.full(3, value), 'greedy/b': np.full(3, value)} for value in (1.0, 2.0))
    mixed = dict(np.load(Checkpoints(tmp_path / 'one').save(1, one)))
    mixed['greedy/b'] = np.load(Checkpoints(tmp_path / 'other').save(1, other))['greedy/b']
    np.savez(tmp_path / 'mixed.npz', **mixed)
    with pytest.raises(BrokenCheckpoint, match='hash'):
        read(tmp_path / 'mixed.npz')


def test_the_hash_is_of_names_dtypes_shapes_and_contents():
    array = np.arange(6, dtype=np.int32)
    others = [{'b': array}, {'a': array.view(np.float32)}, {'a': array.reshape(2, 3)}, {'a': array[::-1]}, {}]
    hashes = [hash_of(arrays) for arrays in ({'a': array}, *others)]
    assert len(set(hashes)) == len(hashes)
    assert hash_of({'a': array, 'b': array + 1}) == hash_of({'b': array + 1, 'a': array})


def test_a_file_without_a_hash_is_read(tmp_path):
    np.savez(tmp_path / 'old.npz', a=7, complete=True)
    assert read(tmp_path / 'old.npz') == {'a': 7} and read_file(tmp_path / 'old.npz').hash_holds is None


def test_arrays_of_all_kinds_come_back(tmp_path):
    arrays = {
        'by columns': np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        'empty': np.zeros((0, 3), np.uint8),
        'text': np.array('Zürich'),
        'no text': np.array(''),
        'bool': np.array(True),
        'scalar': np.float32(0.5),
    }
    write(tmp_path / 'a.npz', arrays)
    for name, array in read(tmp_path / 'a.npz').items():
        np.testing.assert_array_equal(array, arrays[name], strict=True)


HEADERS = {
    'parentheses': b'(' * 9000,
    'minus signs': b'-' * 8999 + b'1',
    'a call': b"{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}",
    'a huge shape': b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000,)}",
    'objects': b"{'descr': '|O', 'fortran_order': False, 'shape': ()}",
}


@pytest.mark.parametrize('header', HEADERS.values(), ids=HEADERS)
def test_whatever_a_header_raises_the_checkpoint_is_broken_and_the_one_before_is_used(tmp_path, header):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, {'a': np.array(1)})
    path = checkpoints.save(2, {'a': np.array(2)})
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('a.npy', b'\x93NUMPY\x02\x00' + len(header).to_bytes(4, 'little') + header + b'\0' * 8)
    assert checkpoints.load()['a'] == 1
    assert path.with_name(f'{path.name}.broken').exists()


def test_a_flipped_bit_anywhere_is_noticed_or_changes_nothing(tmp_path):
    arrays = {'a': np.arange(50.0), 'parts': np.array('{}'), 'step': np.array(3)}
    whole, path = (tmp_path / name for name in ('whole.npz', 'flipped.npz'))
    write(whole, arrays)
    content, generator = whole.read_bytes(), np.random.default_rng(0)
    for place in generator.integers(8 * len(content), size=600):
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        try:
            back = read(path)
        except BrokenCheckpoint:
            continue
        assert back.keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(back[name], array)


def test_a_number_of_another_kind_does_not_become_a_weight():
    agent = small.agent()
    arrays = {name: np.array(value) for name, value in small.variables(agent).items()}
    arrays['learner/rssm/gru/kernel'] = np.full(arrays['learner/rssm/gru/kernel'].shape, 'x')
    with pytest.raises(UserError, match='learner/rssm/gru/kernel is of <U1 there and of float32 here'):
        check(small.variables(agent), arrays)


def swap(path, one, other):
    """Exchanges two arrays of a file, as somebody could who writes a valid archive."""
    arrays = dict(np.load(path))
    arrays[one], arrays[other] = arrays[other], arrays[one]
    np.savez(path, **arrays)
