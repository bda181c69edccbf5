"""One malformed file: where it lies, what read it, and what was found."""

import contextlib
import io
import logging

from dreamerv2_tf import cli
from dreamerv2_tf.errors import RunError, UserError
from dreamerv2_tf.learning.checkpoint import BrokenCheckpoint
from dreamerv2_tf.replay.archive import BrokenEpisode

from . import guard

PROJECT_ERRORS = (UserError, RunError, BrokenEpisode, BrokenCheckpoint)
MAX_MESSAGE_CHARACTERS = 3000
CONTROL = {*map(chr, range(32)), *map(chr, range(127, 160))} - {'\n', '\t'}


class Case:
    """A folder with a malformed file in `inside`, and others in `outside` that nobody may touch.

    Attributes:
      folder: of both.
      findings: sentences on what must not happen.
      outcome: of the reader that counts in the table: `loaded` or the name of an error.
    """

    def __init__(self, folder):
        self.folder, self.inside = folder, folder / 'run'
        self.findings, self.outcome = [], ''
        for part in (self.inside, folder / 'outside'):
            part.mkdir(parents=True)
        (folder / 'outside' / 'secret.txt').write_text('secret')

    def find(self, reader, fault):
        self.findings.append(f'{reader}: {fault}')

    def read(self, reader, function, *args, allowed=PROJECT_ERRORS):
        """Returns the `guard.Outcome` of a reader, and keeps what it must not do."""
        outcome = guard.attempt(function, *args, allowed=allowed)
        if outcome.fault:
            self.find(reader, outcome.fault)
        self.check_length(reader, outcome.message)
        return outcome

    def check_length(self, reader, text):
        """Keeps a text that is too long for people."""
        if len(text) > MAX_MESSAGE_CHARACTERS:
            self.find(reader, f'a text of {len(text):,} characters: {text[:80]!r}')

    def _check_printed(self, reader, text):
        """Keeps a line that is too long, or would reach into a terminal."""
        self.check_length(reader, text)
        if codes := CONTROL & set(text):
            self.find(reader, f'prints control characters {sorted(codes)}: {text[:200]!r}')

    def door(self, main, *words):
        """Reads with a command line, see `_printing`."""
        return self._printing(f'{main.__module__.rpartition(".")[2]} {words[0]}', main, words)

    def command(self, reader, body):
        """Reads with a function that a command line calls, see `_printing`."""
        self._printing(reader, lambda words: cli.run(cli.Parser(''), words, lambda given: body() and 0), ())

    def _printing(self, reader, main, words):
        """Reads with a command line; what it prints must be a text for terminals."""
        with _printed() as text:
            outcome = self.read(reader, main, list(words))
        for part in text:
            for line in part.split('\n'):
                self._check_printed(reader, line)
        if outcome.result not in (None, 0, 1, 2):
            self.find(reader, f'exit code {outcome.result}')
        if outcome.result == 2 and '\nerror: ' not in f'\n{text[1]}':
            self.find(reader, f'exit code 2 with {text[1][:80]!r}')
        return outcome

    @contextlib.contextmanager
    def untouched(self, reader, but=()):
        """Nothing but what lies in the folders `but` may change while the body reads."""
        before = guard.listing(self.folder, but)
        yield
        changed = guard.changes(before, guard.listing(self.folder, but))
        if changed:
            self.find(reader, changed)


@contextlib.contextmanager
def _printed():
    """Yields [stdout, stderr] of the body, filled when it ends; as strict as those of a process."""
    streams = [io.TextIOWrapper(io.BytesIO(), 'utf-8', errors) for errors in ('strict', 'backslashreplace')]
    texts = []
    handlers, logging.root.handlers = logging.root.handlers, []  # so that the command line sets up its own
    try:
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            yield texts
    finally:
        logging.root.handlers = handlers
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
