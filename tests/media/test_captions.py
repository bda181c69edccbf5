"""Captions leave the frames as they are."""

import numpy as np
import pytest

from dreamerv2_tf.media.captions import CAPTION_PIXELS, INK, LINE_PIXELS, PAPER, above, below, text_panel


@pytest.mark.parametrize('channels', [1, 3])
def test_captions_stand_above_the_frames_in_columns(channels):
    film = np.random.default_rng(0).integers(0, 256, (2, 8, 100, channels)).astype(np.uint8)
    shown = above(film, [('left', ''), ('', 'right')])
    assert shown.shape == (2, CAPTION_PIXELS + 8, 100, channels) and shown.dtype == np.uint8
    np.testing.assert_array_equal(shown[:, CAPTION_PIXELS:], film)
    lines = shown[:, :CAPTION_PIXELS]
    dark = [np.flatnonzero((line < PAPER).any((0, 2))) for line in lines]
    assert dark[0].max() < 52 <= dark[1].min()
    assert (lines == lines[..., :1]).all() and lines.min() >= INK


def test_lines_of_text_stand_below_a_frame_in_their_colours():
    frame = np.random.default_rng(0).integers(0, 256, (8, 60, 3)).astype(np.uint8)
    shown = below(frame, [('return', (255, 0, 0)), ('', (255, 255, 255))], (0, 0, 9))
    assert shown.shape == (8 + 2 * LINE_PIXELS + 4, 60, 3)
    np.testing.assert_array_equal(shown[:8], frame)
    first, second = shown[8 : 8 + LINE_PIXELS], shown[8 + LINE_PIXELS :]
    assert first[..., 0].max() > 200 and first[..., 1].max() == 0
    assert (second == (0, 0, 9)).all()


def test_a_panel_is_gray_where_its_background_is():
    assert text_panel(5, 7, [], 3).tolist() == np.full((7, 5, 1), 3).tolist()
    assert text_panel(5, 7, [], (1, 2, 3))[0, 0].tolist() == [1, 2, 3]
