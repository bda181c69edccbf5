"""Pieces against the rule of the release, worked out exactly, and chunks made of them."""

import collections
import itertools
import json

import numpy as np
import pytest

from dreamerv2_tf.replay.episode_file import FinishedEpisode
from dreamerv2_tf.replay.open_episode import OpenEpisode
from dreamerv2_tf.replay.sampler import Piece, Sampler, assemble

from ..fakes import episode, rows

KEYS = ('vector', 'reward', 'action', 'is_first', 'is_last', 'is_terminal')


def finished(*steps):
    """Episodes whose values begin with 0, 100, 200, ..."""
    return [whole(episode(count, start=100 * i)) for i, count in enumerate(steps)]


def whole(arrays):
    return FinishedEpisode('a digest', lambda digest: arrays, len(arrays['reward']))


def sampler(minlen, maxlen, prioritize_ends=False, seed=0):
    return Sampler(minlen, maxlen, prioritize_ends, np.random.default_rng(seed))


def values(chunk):
    return [
        int(v) for piece in chunk for v in piece.episode.slices(['vector'], piece.start, piece.stop)['vector'].ravel()
    ]


def probabilities(rows, minlen, maxlen, prioritize_ends):
    """{(start, stop): probability} by going through all draws."""
    chances = collections.Counter()
    if rows <= minlen:
        return {(0, rows): 1.0}
    longest = min(rows, maxlen) if maxlen else rows
    for less in range(minlen):
        count = max(minlen, longest - less)
        last = rows - count + (minlen if prioritize_ends else 0)
        for draw in range(last + 1):
            start = min(draw, rows - count)
            chances[start, start + count] += 1 / minlen / (last + 1)
    return chances


@pytest.mark.parametrize('ends', [False, True])
@pytest.mark.parametrize('steps, minlen, maxlen', [(8, 3, 3), (8, 3, 5), (8, 4, 0), (5, 4, 20), (6, 1, 4)])
def test_pieces_are_drawn_with_the_probabilities_of_the_rule(steps, minlen, maxlen, ends):
    draws = 40000
    expected = probabilities(steps + 1, minlen, maxlen, ends)
    assert sum(expected.values()) == pytest.approx(1)
    source, episodes = sampler(minlen, maxlen, ends), finished(steps)
    pieces = (source.piece(episodes) for _ in range(draws))
    seen = collections.Counter((start, stop) for _, start, stop in pieces)
    assert set(seen) == set(expected)
    for bounds, chance in expected.items():
        spread = (draws * chance * (1 - chance)) ** 0.5
        assert abs(seen[bounds] - draws * chance) <= 4 * spread


def test_the_rule_in_a_hand_computed_case():
    assert probabilities(4, 2, 3, False) == pytest.approx(
        {(0, 3): 1 / 4, (1, 4): 1 / 4, (0, 2): 1 / 6, (1, 3): 1 / 6, (2, 4): 1 / 6}
    )
    assert probabilities(4, 2, 3, True) == pytest.approx(
        {(0, 3): 1 / 8, (1, 4): 3 / 8, (0, 2): 1 / 10, (1, 3): 1 / 10, (2, 4): 3 / 10}
    )


@pytest.mark.parametrize('steps', [1, 4])
def test_an_episode_of_at_most_minlen_rows_is_one_piece(steps):
    source, episodes = sampler(5, 5, True), finished(steps)
    assert {source.piece(episodes)[1:] for _ in range(50)} == {(0, steps + 1)}


def test_episodes_are_drawn_uniformly_and_not_by_their_length():
    source, episodes = sampler(5, 5), finished(5, 500, 1)
    counts = collections.Counter(source.piece(episodes).episode.rows for _ in range(6000))
    assert counts.keys() == {6, 501, 2}
    assert all(1850 < count < 2150 for count in counts.values())


def test_a_running_episode_gives_pieces_too():
    growing = OpenEpisode('a digest')
    for row in rows(20, last=False):
        growing.add(row)
    chunk = sampler(5, 5).chunk([growing], 5)
    batch = assemble([chunk], KEYS)
    start = int(batch['vector'][0, 0, 0])
    assert batch['vector'][0, :, 0].tolist() == list(range(start, start + 5))


def test_the_rest_of_a_cut_piece_goes_on_in_the_next_chunk():
    source, episodes = sampler(10, 10), finished(9)
    chunks = [values(source.chunk(episodes, 4)) for _ in range(5)]
    assert chunks == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 1], [2, 3, 4, 5], [6, 7, 8, 9]]


def test_a_piece_that_fits_exactly_leaves_no_rest():
    source, episodes = sampler(5, 5), finished(4)
    assert [values(source.chunk(episodes, 5)) for _ in range(2)] == [[0, 1, 2, 3, 4]] * 2


def test_short_episodes_are_packed_and_not_dropped():
    source, episodes = sampler(50, 50), finished(1, 2)
    chunks = [source.chunk(episodes, 7) for _ in range(30)]
    joined = list(itertools.chain(*map(values, chunks)))
    assert all(len(values(chunk)) == 7 for chunk in chunks)
    while len(joined) >= 3:
        whole = [0, 1] if joined[0] == 0 else [100, 101, 102]
        assert joined[: len(whole)] == whole
        del joined[: len(whole)]


def test_all_rows_of_pieces_arrive_in_order_whatever_the_length_of_chunks():
    episodes = finished(30, 12, 3)
    whole, source = sampler(4, 9, seed=3), sampler(4, 9, seed=3)
    expected = list(itertools.chain(*(values([whole.piece(episodes)]) for _ in range(60))))
    got = list(itertools.chain(*(values(source.chunk(episodes, 7)) for _ in range(20))))
    assert got == expected[:140]


def test_the_same_seed_gives_the_same_chunks_and_another_does_not():
    episodes = finished(30, 12, 3)
    first, same, other = (
        [values(one.chunk(episodes, 6)) for _ in range(10)]
        for one in (sampler(4, 9, True, seed=1), sampler(4, 9, True, seed=1), sampler(4, 9, True, seed=2))
    )
    assert first == same != other


def test_a_sampler_goes_on_from_its_state_in_the_middle_of_a_piece():
    arrays = {digest: episode(19, start=100 * index) for index, digest in enumerate('ab')}
    episodes = {digest: FinishedEpisode(digest, arrays.get, 20) for digest in arrays}
    source, again = sampler(10, 10, seed=1), sampler(10, 10, seed=2)
    source.chunk(list(episodes.values()), 7)
    plain, saved = source.get_state()
    assert plain['rest'] == source.rest.to_plain() and saved == {}
    again.set_state(json.loads(json.dumps(plain)), saved, episodes.get)
    both = [[values(one.chunk(list(episodes.values()), 7)) for _ in range(5)] for one in (source, again)]
    assert both[0] == both[1]


@pytest.mark.parametrize('found', [None, FinishedEpisode('a', None, 11)])
def test_a_rest_is_dropped_where_its_episode_is_gone_or_shorter_than_it_was(found):
    source = sampler(5, 5)
    plain = source.get_state()[0] | {'rest': ['a', 8, 12]}
    source.set_state(plain, {}, {'a': found}.get)
    assert source.rest is None


def test_every_piece_and_every_chunk_begins_with_is_first():
    long, short = finished(9, 3)
    batch = assemble(
        [[Piece(long, 2, 5), Piece(short, 0, 4), Piece(long, 7, 8)], [Piece(long, 0, 8)], [Piece(long, 1, 9)]], KEYS
    )
    assert {key: value.shape for key, value in batch.items()} == {
        'vector': (3, 8, 1),
        'reward': (3, 8),
        'action': (3, 8, 2),
        'is_first': (3, 8),
        'is_last': (3, 8),
        'is_terminal': (3, 8),
    }
    assert batch['vector'][0, :, 0].tolist() == [2, 3, 4, 100, 101, 102, 103, 7]
    assert [np.flatnonzero(one).tolist() for one in batch['is_first']] == [[0, 3, 7], [0], [0]]
    assert [np.flatnonzero(one).tolist() for one in batch['is_terminal']] == [[6], [], []]


def test_a_stored_is_first_in_the_middle_stays_and_the_episode_is_not_changed():
    arrays = episode(9)
    arrays['is_first'][6] = True
    stored = arrays['is_first'].copy()
    source = whole(arrays)
    batch = assemble([[Piece(source, 3, 5), Piece(source, 4, 9)]], KEYS)
    assert np.flatnonzero(batch['is_first'][0]).tolist() == [0, 2, 4]
    np.testing.assert_array_equal(arrays['is_first'], stored)


def test_the_rest_of_a_piece_begins_with_is_first():
    source, episodes = sampler(10, 10), finished(9)
    batch = assemble([source.chunk(episodes, 6) for _ in range(2)], KEYS)
    assert batch['vector'][1, :, 0].tolist() == [6, 7, 8, 9, 0, 1]
    assert np.flatnonzero(batch['is_first'][1]).tolist() == [0, 4]


def test_only_the_wanted_keys_are_read():
    batch = assemble([[Piece(finished(4)[0], 0, 3)]], ('vector', 'is_first'))
    assert set(batch) == {'vector', 'is_first'}
