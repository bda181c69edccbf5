"""TensorBoard can read what is written."""

import math

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from dreamerv2_tf.media.gif import gif
from dreamerv2_tf.metrics.tensorboard import TensorBoard


def test_scalars_are_read_back_with_their_steps(tmp_path):
    sink = TensorBoard(tmp_path / 'events')
    sink.write(4, {'train_return': -21.0, 'kl': 0.5})
    sink.write(10**8, {'train_return': 3.0})
    sink.write(10**8 + 4, {'kl': math.nan})
    events = EventAccumulator(str(tmp_path / 'events')).Reload()
    assert set(events.Tags()['tensors']) == {'scalars/train_return', 'scalars/kl'}

    def read(name):
        return [(event.step, float(make_ndarray(event.tensor_proto))) for event in events.Tensors(name)]

    assert read('scalars/train_return') == [(4, -21.0), (10**8, 3.0)]
    assert read('scalars/kl')[0] == (4, 0.5)
    assert math.isnan(read('scalars/kl')[1][1])


def test_a_gif_is_read_back_as_an_image(tmp_path):
    frames = np.zeros((3, 6, 8, 1), np.uint8)
    frames[1] = 255
    TensorBoard(tmp_path).write_gif(40, 'open_loop_image', gif(frames), frames.shape)
    events = EventAccumulator(str(tmp_path)).Reload()
    (image,) = events.Images('open_loop_image')
    assert (image.step, image.width, image.height) == (40, 8, 6)
    assert image.encoded_image_string == gif(frames)


def test_what_cannot_be_written_is_one_line_with_the_folder_and_the_reason(tmp_path):
    (tmp_path / 'file').write_text('no folder')
    with pytest.raises(OSError, match='events cannot be written to .*file/events: [^{\n]*is not a directory$'):
        TensorBoard(tmp_path / 'file' / 'events').write(1, {'a': 0.5})
