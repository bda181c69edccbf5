"""The release's process as this one sees it: turns to ask for, and how it ended."""

import contextlib
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple

from ...config.tree import Config
from ...errors import RunError, shorten
from . import settings

MODULE = f'{__package__}.release_side'
ONEDNN = 'TF_ENABLE_ONEDNN_OPTS'


class Checkout(NamedTuple):
    """Where the release is, and what it is started with.

    Attributes:
      folder: with its `configs.yaml`.
      defaults: its own settings.
      environment: variables of this process as the user gave them, without those that our commands set for themselves.
    """

    folder: pathlib.Path
    defaults: settings.Tree
    environment: Mapping[str, str]

    @property
    def onednn(self) -> str:
        """Whether the user switched oneDNN on (1) or off (0) for it; else `auto`, as TensorFlow chooses."""
        return self.environment.get(ONEDNN, 'auto')


class Process:
    """The release at work on one case. It waits for a line between its turns."""

    def __init__(self, process: 'subprocess.Popen[str]', stderr: IO[bytes]) -> None:
        self._process, self._stderr = process, stderr

    def ask(self, **message: Any) -> Any:
        """Returns the answer to a message, which the process begins to work on at once.

        Raises:
          RunError: the process ended.
        """
        assert self._process.stdin and self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(message), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RunError(self._death())
        return json.loads(line)

    def _death(self) -> str:
        code = self._process.wait()
        how = f'was killed by {signal.Signals(-code).name}' if code < 0 else f'ended with exit code {code}'
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors='replace').split('\n')
        last = next((line.strip() for line in reversed(lines) if re.search(r'\w', line)), 'it said nothing')
        return f"the release's process {how}: {shorten(last)}"


@contextlib.contextmanager
def started(checkout: Checkout, case: str, config: Config) -> Iterator[Process]:
    """Starts the release and waits until it has made all that a case needs. It is killed afterwards.

    Args:
      checkout: of the release.
      case: update, policy or loop.
      config: settings, which are translated.

    Raises:
      RunError: the process ended.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, '-m', MODULE, str(checkout.folder.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={'TF_CPP_MIN_LOG_LEVEL': '3', **checkout.environment, 'TF_USE_LEGACY_KERAS': '1'},
        )
        try:
            release = Process(process, stderr)
            tree = settings.translate(config, checkout.defaults)
            release.ask(case=case, settings=tree, full_actions=config.atari_full_actions, folder=folder)
            yield release
        finally:
            process.kill()
            process.communicate()
