"""Jobs that run while the caller goes on."""

import threading

from dreamerv2_tf.media.background_jobs import MAX_WAITING_JOBS, Background


def test_jobs_run_in_order_and_closing_waits_for_them():
    background, done = Background(), []
    for number in range(MAX_WAITING_JOBS):
        background.submit(f'job {number}', lambda number=number: done.append(number))
    background.close()
    assert done == list(range(MAX_WAITING_JOBS))


def test_jobs_that_pile_up_are_dropped_with_a_notice(caplog):
    background, go_on, done = Background(), threading.Event(), []
    for number in range(MAX_WAITING_JOBS + 1):
        background.submit(f'film {number}', lambda number=number: (go_on.wait(), done.append(number)))
    assert [record.getMessage() for record in caplog.records] == [
        f'film {MAX_WAITING_JOBS} dropped: the ones before are not finished yet'
    ]
    go_on.set()
    background.close()
    assert done == list(range(MAX_WAITING_JOBS))


def test_a_failure_is_logged_and_the_next_job_runs(caplog):
    background, done = Background(), []
    background.submit('film 7', lambda: 1 / 0)
    background.submit('film 8', lambda: done.append(8))
    background.close()
    assert 'film 7 failed: ZeroDivisionError' in caplog.text
    assert done == [8]
